"""A page about pictures that were made for units: one HTML file without scripts, that opens anywhere."""

import base64
import hashlib
import html
import io

from PIL.Image import Image

from tapetum.pictures import printable
from tapetum.results.visualisation import Painted, Visualisation

_LOSSLESS = 96 * 96
_STYLE = """
:root { color-scheme: dark light; --ground: #0b1017; --panel: #101722; --line: #1d2734; --ink: #e8eef4;
  --dim: #8495a6; --accent: #d6f55e; }
@media (prefers-color-scheme: light) { :root { --ground: #fbfcf8; --panel: #fff; --line: #dde3ea;
  --ink: #17202b; --dim: #5a6878; --accent: #5c7300; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 40px clamp(16px, 5vw, 72px); background: var(--ground); color: var(--ink);
  font: 16px/1.5 "Source Sans 3", system-ui, sans-serif; }
h1 { margin: 0; font-size: 28px; font-weight: 600; }
p { max-width: 68ch; margin: 8px 0; }
.dim, dt, figcaption small { color: var(--dim); }
main { display: grid; gap: 28px; margin: 32px 0;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 220px), 1fr)); }
figure { margin: 0; }
figure img { width: 100%; display: block; border-radius: 6px; background: var(--panel); }
figure .real { margin-top: 8px; background: none; }
figcaption { margin-top: 8px; overflow-wrap: anywhere; }
figcaption b { font-weight: 600; }
figcaption small { display: block; font-variant-numeric: tabular-nums; }
main.large { grid-template-columns: repeat(auto-fill, minmax(min(100%, 360px), 480px)); }
main.small { grid-template-columns: repeat(auto-fill, minmax(120px, 1fr)); gap: 16px; }
.mosaic { display: block; }
.mosaic img { image-rendering: auto; max-width: 960px; }
aside { border-left: 3px solid var(--accent); padding-left: 16px; margin: 24px 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 20px; font-size: 14px; }
dd { margin: 0; overflow-wrap: anywhere; }
"""


def visualisation_page(found: Visualisation) -> str:
    """The pictures with what they were made for, and how they were made."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    title = f"What {found.network.name} looks for"
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_text(title)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{_text(title)}</h1>",
            *(f'<p class="dim">{_text(note)}</p>' for note in found.notes),
            *_pictures(found),
            f"<aside><p>{_text(found.warning)}</p></aside>",
            _facts(found),
            "</body></html>",
            "",
        ]
    )


def _pictures(found: Visualisation) -> list[str]:
    if found.layout == "mosaic":
        return [
            f'<main class="mosaic"><img alt="{_text(found.objective)}" src="{_url(found.picture)}"></main>'
        ]
    size = "large" if len(found) <= 2 else "middle" if len(found) <= 12 else "small"
    return [f'<main class="{size}">', *(_figure(panel) for panel in found.panels), "</main>"]


def _figure(panel: Painted) -> str:
    name, _, _ = panel.caption.partition("\n")
    told = [f"score {panel.score:.3g}"]
    if panel.rank is not None:
        told.append(f"place {panel.rank} among the classes")
    if panel.prediction is not None:
        first = panel.prediction[0]
        told.append(f"seen as {first.label} ({first.probability:.0%})")
    real = (
        f'<img class="real" alt="The photographs that drive {_text(panel.objective)} most" '
        f'src="{_url(panel.real)}">'
        if panel.real is not None
        else ""
    )
    return (
        f'<figure><img alt="A picture made for {_text(panel.objective)}" src="{_url(panel.image)}">{real}'
        f"<figcaption><b>{_text(name)}</b><small>{_text(' · '.join(told))}</small></figcaption></figure>"
    )


def _facts(found: Visualisation) -> str:
    facts = {
        "network": f"{found.network.name}, {found.network.source}",
        "fingerprint": found.network.fingerprint,
        "quality": f"{found.quality}, {found.steps} steps",
        **{name: str(value) for name, value in found.options.items() if value is not None},
        "made": found.created,
        "with": ", ".join(f"{name} {version}" for name, version in found.versions.items()),
    }
    rows = "".join(f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>" for name, value in facts.items())
    return f"<dl>{rows}</dl>"


def _text(text: str) -> str:
    return html.escape(printable(text, 2000))


def _url(image: Image) -> str:
    held = io.BytesIO()
    small = image.width * image.height <= _LOSSLESS
    image.save(held, "PNG" if small else "WEBP", **({} if small else {"quality": 90}))
    return f"data:image/{'png' if small else 'webp'};base64,{base64.b64encode(held.getvalue()).decode()}"
