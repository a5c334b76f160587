"""Write the pages of docs/ that are read off the code: `python -m docs.generate`, or `make docs`.

`methods.md` comes from the registry and the docstrings, `cli.md` from `--help` of every command; the tests
compare both with what is committed (`--check` does the same by hand). The pictures come from a real
explanation of the sample cat; they are looked at, not compared.
"""

import argparse
import dataclasses
import inspect
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tapetum.registry import METHODS, Method, Option

DOCS = Path(__file__).parent
IMAGES = DOCS / "images"
COMMANDS = ("", "explain", "predict", "compare", "layers", "methods", "models")

_WIDTH = 96
_GENERATED = "<!-- Written by `make docs` from the code. Change it there. -->\n"
_SECTION = re.compile(r"^(Args|Raises|Reference|Example):$", re.MULTILINE)
_FORMULA = re.compile(r"^\\\((.*?)\\\)$", re.MULTILINE | re.DOTALL)

_ABOUT_METHODS = """# Methods

A method is called the same way everywhere: `tapetum.gradcam(net, pictures, target, layer=…)`,
`tapetum.METHODS["gradcam"](net, pictures, target, layer=…)`, or `tapetum explain --method gradcam:layer=…`.
It takes one or many pictures (anything that `open_picture` takes) or a prepared batch, and a
[target](guide.md#what-to-explain-targets); without one it explains the predicted class. It returns a
[`Heatmap`](guide.md#heatmaps) with raw values.

**Passes** counts the work per picture: F a forward pass, B a backward pass to the pixels, b a backward pass
through the part after the layer only, T a forward pass through that part only. **Signed**: negative values
mean evidence against the target. **Sums up**: the values sum to the score, and the heatmap states by how much
they miss it.
"""

_ABOUT_COMMANDS = """# The `tapetum` command

What each command prints for `--help`. The [guide](guide.md) explains the options with examples; its sections
on [exit codes](guide.md#exit-codes) and [JSON](guide.md#json) hold for every command.
"""


def pages() -> dict[Path, str]:
    """Every generated page, by its place."""
    return {DOCS / "methods.md": methods_page(), DOCS / "cli.md": commands_page()}


def methods_page() -> str:
    """The table of methods, and a section for each."""
    table = ["| method | family | passes | signed | needs a layer | sums up |", "|---|---|---|---|---|---|"]
    for method in METHODS.values():
        facts = (method.family, method.cost, *map(_yes, (method.signed, method.needs_layer, method.complete)))
        table.append(f"| [`{method.key}`](#{method.key}) | {' | '.join(facts)} |")
    sections = [_method_section(method) for method in METHODS.values()]
    return "\n".join([_GENERATED, _ABOUT_METHODS, *table, "", *sections])


def commands_page() -> str:
    """What every command prints for `--help`."""
    sections = []
    for command in COMMANDS:
        name = f"tapetum {command}".strip()
        sections.append(f"## {name}\n\n```text\n{help_text(command)}\n```\n")
    return "\n".join([_GENERATED, _ABOUT_COMMANDS, *sections])


def help_text(command: str) -> str:
    """The help of one command at a fixed width, without colours."""
    run = "import sys; sys.argv[0] = 'tapetum'; from tapetum.cli import main; main()"
    given = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "PY_COLORS")}
    fixed = {
        "TERMINAL_WIDTH": str(_WIDTH),
        "COLUMNS": str(_WIDTH),
        "_TYPER_FORCE_DISABLE_TERMINAL": "1",
        "NO_COLOR": "1",
        "PYTHONUTF8": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", run, *command.split(), "--help"],
        env=given | fixed,
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def write_images() -> None:
    """The report of the sample cat as it opens in a browser, and its maps side by side."""
    from PIL import Image

    import tapetum

    IMAGES.mkdir(exist_ok=True)
    net = tapetum.load("lite0", engine="torch")
    cat = tapetum.sample("cat")
    signed = tapetum.gradcam(net, net.prepare(cat), "Egyptian cat - tiger cat").draw()
    tiles = {
        "the part that is seen\n224 x 224": net.preparation.seen(cat),
        "gradcam\nEgyptian cat": tapetum.gradcam(net, cat, "Egyptian cat").draw(),
        "gradcam, signed\nEgyptian cat - tiger cat": signed,
        "saliency\nEgyptian cat": tapetum.saliency(net, cat, "Egyptian cat").draw(),
    }
    sheet = tapetum.contact_sheet(list(tiles.values()), list(tiles), columns=4)
    sheet.save(IMAGES / "maps.webp", quality=85, method=6)
    found = tapetum.explain(net, cat, targets=["Egyptian cat", "tiger cat"])
    steady = dataclasses.replace(
        found,
        created="2026-01-01T00:00:00Z",
        heatmaps=tuple(dataclasses.replace(heatmap, seconds=0.1) for heatmap in found.heatmaps),
    )
    with tempfile.TemporaryDirectory() as folder:
        report = steady.save(Path(folder) / "report.html")
        picture = Path(folder) / "report.png"
        if _photographed(report, picture):
            with Image.open(picture) as image:
                image.convert("RGB").save(IMAGES / "report.webp", quality=82, method=6)
        else:
            print("There is no Chromium, so docs/images/report.webp stays as it is.")


def main() -> int:
    """Write the pages and pictures, or with --check only compare the pages."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page is out of date")
    parser.add_argument("--no-images", action="store_true", help="write the pages only")
    asked = parser.parse_args()
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        print(f"{path.relative_to(DOCS.parent)} is out of date" + ("." if asked.check else ", written anew."))
    if asked.check:
        return 1 if stale else 0
    for path, text in pages().items():
        path.write_text(text, "utf-8")
    if not asked.no_images:
        write_images()
    return 0


def _method_section(method: Method) -> str:
    text, parts = _docstring(method)
    lines = [f"## {method.key}", "", f"**{method.title}.** {text}", ""]
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


def _photographed(page: Path, picture: Path) -> bool:
    """Open a page in Chromium and take its picture; False where there is none."""
    chromium = os.environ.get("TAPETUM_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        return False
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        seen = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="dark")
        seen.goto(page.as_uri())
        seen.locator("main canvas").first.wait_for()
        seen.wait_for_timeout(500)
        seen.screenshot(path=picture)
        browser.close()
    return True


if __name__ == "__main__":
    sys.exit(main())
