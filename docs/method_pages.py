"""The pages of methods: the table in `methods.md`, and one page each in `methods/`."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from tapetum.options import Option
from tapetum.registry import METHODS, Method

_SECTION = re.compile(r"^(Use when|Misleads when|Args|Raises|Reference|Example):$", re.MULTILINE)
_FORMULA = re.compile(r"^\\\((.*?)\\\)$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"\\\((.*?)\\\)", re.DOTALL)

GENERATED = "<!-- Written by `make docs` from the code. Change it there. -->\n"

_ABOUT_METHODS = """# Methods

A method is called the same way everywhere: `tapetum.gradcam(net, pictures, target, layer=…)`,
`tapetum.METHODS["gradcam"](net, pictures, target, layer=…)`, or `tapetum explain --method gradcam:layer=…`.
It takes one or many pictures (anything that `open_picture` takes) or a prepared batch, and a
[target](guide.md#what-to-explain-targets); without one it explains the predicted class. It returns a
[`Heatmap`](guide.md#heatmaps) with raw values. Every page says when a method helps and when it misleads; what
each was checked against stands in [checks](checks.md).

**Passes** counts the work per picture: F a forward pass, B a backward pass to the pixels, b a backward pass
through the part after the layer only, T a forward pass through that part only, n the number of samples, C the
number of channels. **Signed**: negative values mean evidence against the target. **Sums up**: the values sum
to the score or to its difference from the baseline's, and the heatmap states by how much they miss it.
"""


def method_pages(docs: Path) -> dict[Path, str]:
    """The table of methods, and a page for each, by their places."""
    single = {docs / "methods" / f"{key}.md": _method_page(method) for key, method in METHODS.items()}
    return {docs / "methods.md": _table_page(), **single}


def _table_page() -> str:
    table = ["| method | family | passes | signed | needs a layer | sums up |", "|---|---|---|---|---|---|"]
    for method in METHODS.values():
        facts = (method.family, method.cost, *map(_yes, (method.signed, method.needs_layer, method.complete)))
        table.append(f"| [`{method.key}`](methods/{method.key}.md) | {' | '.join(facts)} |")
    return "\n".join([GENERATED, _ABOUT_METHODS, *table, ""])


def _method_page(method: Method) -> str:
    text, parts = _docstring(method)
    facts = (method.family, method.cost, *map(_yes, (method.signed, method.needs_layer, method.complete)))
    lines = [GENERATED, f"# {method.title}", "", text, ""]
    lines += [f"![{method.title} on two photographs](../images/methods/{method.key}.webp)", ""]
    lines += [f"**Use it when** {_one_line(parts['Use when'])}", ""]
    lines += [f"**It misleads when** {_one_line(parts['Misleads when'])}", ""]
    lines += ["| key | family | passes | signed | needs a layer | sums up |", "|---|---|---|---|---|---|"]
    lines += [f"| `{method.key}` | {' | '.join(facts)} |", ""]
    if method.options:
        told = _arguments(parts.get("Args", ""))
        lines += ["| option | kind | default | meaning |", "|---|---|---|---|"]
        lines += [_option_row(option, told.get(option.name, "")) for option in method.options]
        lines.append("")
    lines += ["Errors:", "", *(f"- {line}" for line in _items(parts.get("Raises", "")))]
    lines += ["", f"Reference: {_one_line(parts.get('Reference', method.reference))}", ""]
    lines += ["```pycon", inspect.cleandoc(parts["Example"]), "```", ""] if "Example" in parts else []
    return "\n".join(lines)


def _docstring(method: Method) -> tuple[str, dict[str, str]]:
    """The words before the first section, and the sections by name."""
    whole = inspect.getdoc(method.function) or ""
    text, *rest = _SECTION.split(whole)
    formulas = _FORMULA.sub(lambda found: f"```math\n{_one_line(found[1])}\n```", text.strip())
    formulas = _INLINE.sub(lambda found: f"$`{_one_line(found[1])}`$", formulas)
    return formulas, {name: inspect.cleandoc(body) for name, body in zip(rest[::2], rest[1::2], strict=True)}


def _items(section: str) -> Iterator[str]:
    """The entries `name: text` of a section, one line each."""
    for entry in re.split(r"\n(?=\S)", section):
        name, colon, text = entry.partition(":")
        if colon:
            yield f"`{name.strip()}`: {_one_line(text)}"


def _arguments(section: str) -> dict[str, str]:
    entries = (item.partition(": ") for item in _items(section))
    return {name.strip("`"): text for name, _, text in entries}


def _option_row(option: Option, meaning: str) -> str:
    kind = " or ".join(f"`{choice}`" for choice in option.choices) or option.kind
    default = "none" if option.default is None else f"`{option.default}`"
    return f"| `{option.name}` | {kind} | {default} | {meaning} |"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"
