"""A plain page: sentences, a picture and tables in the look of the report, one file without any script."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape

from tapetum.pictures import DIM, GROUND, INK, LINE, PANEL, POSITIVE, printable
from tapetum.results import NetworkFacts, PageFigure, PageSection, PageTable

_LONGEST = 400


def plain_page(
    title: str, lead: str, *, sections: Sequence[PageSection], foot: str, figure: PageFigure | None = None
) -> str:
    """The page as HTML. Everything in it is text: nothing that was given can become markup."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    body = "\n".join(map(_section, sections))
    text = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_text(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{_text(title)}</h1>
<p class="lead">{_text(lead)}</p>
{"" if figure is None else _figure(figure)}
{body}
<footer>{_text(foot)}</footer>
</main>
</body>
</html>
"""
    # Lone surrogates, from file names that are no UTF-8, cannot be written to a file.
    return text.encode("utf-8", "replace").decode("utf-8")


def framed(page: str) -> str:
    """A page inside a frame of its own, for a notebook, so that its styles meet nobody else's."""
    return f'<iframe srcdoc="{escape(page)}" style="width:100%;height:760px;border:0" sandbox=""></iframe>'


def origin(network: NetworkFacts, versions: Mapping[str, str], created: str) -> str:
    """Where a result comes from, in one line."""
    return (
        f"tapetum {versions['tapetum']}, {created}; {network.source}; fingerprint {network.fingerprint}; "
        f"{network.preparation}"
    )


def _section(section: PageSection) -> str:
    sentences = "".join(f"<li>{_text(words)}</li>" for words in section.sentences)
    figures = "".join(map(_figure, section.figures))
    tables = "".join(map(_table, section.tables))
    return (
        f"<section><h2>{_text(section.heading)}</h2><ul>{sentences}</ul>"
        f'<div class="figures">{figures}</div><div class="tables">{tables}</div></section>'
    )


def _figure(figure: PageFigure) -> str:
    encoded = base64.b64encode(figure.data).decode()
    image = f'<img src="data:image/{figure.kind};base64,{encoded}" alt="{_text(figure.alt)}">'
    caption = f"<figcaption>{_text(figure.caption)}</figcaption>" if figure.caption else ""
    return f"<figure>{image}{caption}</figure>"


def _table(table: PageTable) -> str:
    head = "".join(f'<th scope="col">{_text(name)}</th>' for name in table.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in table.rows
    )
    return (
        f"<table><caption>{_text(table.caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _text(words: str) -> str:
    return escape(printable(words, _LONGEST))


def _colour(rgb: tuple[int, int, int]) -> str:
    return "#" + "".join(f"{part:02x}" for part in rgb)


_STYLE = f"""
:root {{ color-scheme: dark; }}
body {{ margin: 0; background: {_colour(GROUND)}; color: {_colour(INK)};
  font: 16px/1.55 "Source Sans 3", "Source Sans Pro", "Segoe UI", "Noto Sans", system-ui, sans-serif; }}
main {{ max-width: 1240px; margin: 0 auto; padding: 40px 24px 56px; }}
h1 {{ font-size: 30px; line-height: 1.2; font-weight: 600; margin: 0 0 8px; overflow-wrap: anywhere; }}
h2 {{ font-size: 20px; font-weight: 600; margin: 0 0 8px; overflow-wrap: anywhere; }}
.lead {{ color: {_colour(DIM)}; margin: 0 0 24px; max-width: 80ch; }}
img {{ display: block; max-width: 100%; height: auto; border-radius: 8px; }}
section {{ margin-top: 32px; padding: 24px; background: {_colour(PANEL)};
  border: 1px solid {_colour(LINE)}; border-radius: 8px; }}
ul {{ margin: 0 0 16px; padding: 0; list-style: none; }}
li {{ padding-left: 20px; position: relative; overflow-wrap: anywhere; max-width: 90ch; }}
li::before {{ content: "▸"; color: {_colour(POSITIVE)}; position: absolute; left: 0; }}
figure {{ margin: 0; }}
figcaption {{ color: {_colour(DIM)}; font-size: 15px; padding-top: 6px; max-width: 80ch;
  width: 0; min-width: max(100%, min(28ch, 80vw)); }}
.figures {{ display: flex; flex-wrap: wrap; gap: 24px; margin-bottom: 16px; }}
.figures:empty {{ display: none; }}
.tables {{ display: flex; flex-wrap: wrap; gap: 24px 56px; overflow-x: auto; }}
table {{ border-collapse: collapse; font-size: 15px; }}
caption {{ text-align: left; color: {_colour(DIM)}; padding-bottom: 6px; }}
th {{ text-align: left; font-weight: 600; padding: 3px 20px 3px 0;
  border-bottom: 1px solid {_colour(LINE)}; }}
td {{ padding: 3px 20px 3px 0; max-width: 60ch; overflow-wrap: break-word;
  font-variant-numeric: tabular-nums; }}
footer {{ margin-top: 32px; color: {_colour(DIM)}; font-size: 14px; overflow-wrap: anywhere; }}
@media print {{ :root {{ color-scheme: light; }} body, section {{ background: #fff; color: #111; }} }}
"""
