"""Write the pages of docs/ that are read off the code: `python -m docs.generate`, or `make docs`.

`methods.md` and the pages in `methods/` come from the registry and the docstrings, `cli.md` from `--help` of
every command, `openapi.json` and the page's types of it (`web/src/api.ts`) from the server's routes.
The tests compare them with what is committed (`--check` does the same by hand). The pictures come from
explanations of sample photographs; they are looked at, not compared.
"""

import argparse
import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from docs.dream_images import write_dreams
from docs.method_images import write_method_images
from docs.method_pages import GENERATED, method_pages
from docs.microscope_images import write_microscope
from docs.page_types import page_types

DOCS = Path(__file__).parent
IMAGES = DOCS / "images"
COMMANDS = (
    *("", "explain", "predict", "compare", "attack", "pareidolia", "visualise", "examples", "dream"),
    *("journey", "evidence", "arithmetic", "receptive-field", "layers"),
    *("train", "film", "evaluate", "lesson", "methods", "models", "serve"),
)

_WIDTH = 96

_ABOUT_COMMANDS = """# The `tapetum` command

What each command prints for `--help`. The [guide](guide.md) explains the options with examples; its sections
on [exit codes](guide.md#exit-codes) and [JSON](guide.md#json) hold for every command.
"""


def pages() -> dict[Path, str]:
    """Every generated page, by its place."""
    return {
        **method_pages(DOCS),
        DOCS / "cli.md": commands_page(),
        DOCS / "openapi.json": json.dumps(description(), ensure_ascii=False, indent=1) + "\n",
        DOCS.parent / "web" / "src" / "api.ts": page_types(description()),
    }


def description() -> dict[str, Any]:
    """The description of the server's interface, which other programs can read."""
    from tapetum.server.app import described

    return described().openapi()


def commands_page() -> str:
    """What every command prints for `--help`."""
    sections = []
    for command in COMMANDS:
        name = f"tapetum {command}".strip()
        sections.append(f"## {name}\n\n```text\n{help_text(command)}\n```\n")
    return "\n".join([GENERATED, _ABOUT_COMMANDS, *sections])


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
    """The report of the sample cat as it opens in a browser, its maps side by side, and its journey."""
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
    fooled = tapetum.attack(net, [cat, tapetum.sample("coffee")], "gibbon", up_to=0)
    fooled.sheet().save(IMAGES / "attack.webp", quality=80, method=6)
    parts = tapetum.pareidolia(net, tapetum.sample("coffee"), grids=(2, 4, 6))
    parts.sheet().save(IMAGES / "pareidolia.webp", quality=80, method=6)
    journey = tapetum.journey(net, cat, strongest=16).draw()
    journey = journey.resize((journey.width // 2, journey.height // 2), Image.Resampling.LANCZOS)
    journey.save(IMAGES / "journey.webp", quality=72, method=6)
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
    if not write_microscope(IMAGES):
        print("There is no Chromium, so the pictures of the microscope stay as they are.")


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
    (DOCS / "methods").mkdir(exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, "utf-8")
    if not asked.no_images:
        write_images()
        write_method_images(IMAGES / "methods")
        write_dreams(IMAGES / "dreams.webp")
    return 0


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
