"""Examples as a page of their own: one file, no script, nothing fetched."""

import base64
import hashlib
import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tapetum.results.examples import Examples, Patch

_STYLE = """
:root{color-scheme:dark;--ground:#0b1017;--panel:#101722;--line:#1d2734;--ink:#e8eef4;--dim:#8495a6;--gold:#d6f55e}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink)}
body{font:15px/1.5 "Source Sans 3","Segoe UI",system-ui,sans-serif}
main{max-width:1320px;margin:0 auto;padding:40px 24px 80px}
h1{font-size:26px;font-weight:600;margin:0 0 4px}
p{margin:0 0 6px;color:var(--dim);max-width:80ch}
section{border-top:1px solid var(--line);padding:18px 0 20px}
h2{font-size:16px;font-weight:600;margin:0 0 10px}
h2 small{color:var(--dim);font-weight:400;margin-left:10px}
ol{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(116px,1fr));gap:12px}
.p{width:100%;aspect-ratio:1;background:var(--panel) center/contain no-repeat;border-radius:6px}
.s{image-rendering:pixelated}
figure{margin:0}
figcaption{font-size:12px;line-height:1.35;color:var(--dim);margin-top:5px;overflow:hidden;text-overflow:ellipsis;
white-space:nowrap}
figcaption b{display:block;color:var(--gold);font:600 12px/1.4 "JetBrains Mono",ui-monospace,monospace}
@media print{:root{color-scheme:light;--ground:#fff;--panel:#f2f4f6;--line:#d8dee4;--ink:#0b1017}
:root{--dim:#52606d;--gold:#4d6100}body{print-color-adjust:exact}section{break-inside:avoid}}
"""
_PIXELATED = 32
"""A patch of at most so many pixels a side shows its pixels."""


def examples_page(examples: "Examples", channels: Sequence[int]) -> str:
    """The strongest pictures of these channels as one HTML page."""
    used: dict[Patch, str] = {}
    sections = [_section(examples, channel, used) for channel in channels]
    style = _STYLE + "".join(
        f".{name}{{background-image:url({_data_url(examples.patches[key])})}}\n" for key, name in used.items()
    )
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    title = html.escape(f"{examples.layer} of {examples.network}")
    field, seen = examples.receptive_field, len(examples.seen)
    sees = "the whole picture" if field is None else f"{field[0]} × {field[1]} pixels of the network's input"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}: the pictures that drive it</title>\n<style>{style}</style></head><body><main>\n"
        f"<h1>{title}</h1>\n"
        f"<p>The {min(examples.k, seen)} of {seen:,} pictures that drive each channel most, strongest first, "
        f"cut to what the strongest place sees: {sees}, less at the edge of a picture.</p>\n"
        + "\n".join(sections)
        + "\n</main></body></html>\n"
    )


def _section(examples: "Examples", channel: int, used: "dict[Patch, str]") -> str:
    silent = channel in examples.silent
    note = "<small>silent on all pictures</small>" if silent else ""
    items = []
    for example, picture in zip(examples[channel], examples.pictures[channel].tolist(), strict=False):
        name = used.setdefault((picture, *example.box), f"i{len(used)}")
        small = " s" if max(example.image.size) <= _PIXELATED else ""
        words = html.escape(example.picture)
        place = html.escape(f"row {example.row}, column {example.column}")
        items.append(
            f'<li><figure><div class="p {name}{small}" role="img" aria-label="{words}"></div>'
            f'<figcaption title="{words}: {place}"><b>{example.value:.4g}</b>{words}</figcaption></figure>'
        )
    return f"<section><h2>channel {channel}{note}</h2>\n<ol>{''.join(items)}</ol></section>"


def _data_url(patch: bytes) -> str:
    kind = "png" if patch.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(patch).decode()}"
