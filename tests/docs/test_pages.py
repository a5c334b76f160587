"""The generated pages are up to date, links lead somewhere, and nothing that exists goes unmentioned."""

import re
from pathlib import Path
from types import ModuleType

import pytest
import typer.main

from tapetum.cli.commands import app
from tapetum.registry import METHODS

_LINK = re.compile(r"!?\[[^\]\n]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LARGEST_IMAGE = 200_000


def test_generated_pages_are_up_to_date(generate: ModuleType) -> None:
    for page, text in generate.pages().items():
        assert page.read_text("utf-8") == text, f"{page.name} is out of date: make docs"


def test_every_command_has_its_help_on_the_page_of_commands(
    generate: ModuleType, written: dict[str, str]
) -> None:
    known = typer.main.get_command(app).commands
    assert {"", *known} == set(generate.COMMANDS)
    by_hand = written["README.md"] + written["docs/guide.md"]
    for name in known:
        assert f"## tapetum {name}\n" in written["docs/cli.md"]
        assert f"tapetum {name}" in by_hand, f"README and guide never say `tapetum {name}`"


def test_every_method_has_a_page_a_picture_and_its_checks(root: Path, written: dict[str, str]) -> None:
    for key in METHODS:
        assert f"(methods/{key}.md)" in written["docs/methods.md"]
        assert "**Use it when**" in written[f"docs/methods/{key}.md"]
        assert (root / "docs" / "images" / "methods" / f"{key}.webp").exists(), key
        assert f"`{key}`" in written["docs/checks.md"], (
            f"docs/checks.md does not say what {key} was checked against"
        )


def test_links_lead_somewhere(root: Path, written: dict[str, str]) -> None:
    for name, text in written.items():
        for link in _LINK.findall(_FENCE.sub("", text)):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            target = ((root / name).parent / path).resolve() if path else root / name
            assert target.exists(), f"{name}: {link} leads nowhere"
            if anchor:
                headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", target.read_text("utf-8")), re.MULTILINE)
                assert anchor in map(slug, headings), f"{name}: {link} names no heading of {target.name}"


def slug(heading: str) -> str:
    """The anchor that GitHub makes of a heading."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("JSON", "json"),
        ("What to explain: targets", "what-to-explain-targets"),
        ("`gradcam`, once", "gradcam-once"),
    ],
)
def test_the_anchor_of_a_heading(heading: str, anchor: str) -> None:
    assert slug(heading) == anchor


def test_pictures_are_small_and_used(root: Path, written: dict[str, str]) -> None:
    everything = "".join(written.values())
    for image in (root / "docs" / "images").rglob("*.webp"):
        assert image.stat().st_size < _LARGEST_IMAGE, f"{image.name} is too large"
        place = image.relative_to(root / "docs").as_posix()
        assert place in everything, f"{image.name} is shown nowhere"


def test_contributing_fits_two_screens(written: dict[str, str]) -> None:
    assert written["CONTRIBUTING.md"].count("\n") <= 100


def test_the_readme_keeps_a_place_for_measurements(written: dict[str, str]) -> None:
    begin, end = "<!-- benchmarks -->", "<!-- /benchmarks -->"
    assert written["README.md"].count(begin) == written["README.md"].count(end) == 1
    assert written["README.md"].index(begin) < written["README.md"].index(end)
