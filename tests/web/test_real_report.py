"""A report of the real network on real photographs, opened from disk in a real browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

import tapetum
from tapetum.report import report_html

HOSTILE = "<img src=x onerror=alert(1)></script>\u202e.png"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cat under its own name and a rocket under a hostile one, with a hostile label among the classes."""
    folder = tmp_path_factory.mktemp("real")
    labels = dict(enumerate(tapetum.load("lite0").labels))
    labels[282] = HOSTILE
    net = tapetum.load("lite0", labels=labels)
    rocket = tapetum.open_picture(tapetum.sample("rocket").pixels, name=HOSTILE)
    targets: list[Any] = [None, 282, "Egyptian cat - tabby"]
    explanation = tapetum.explain(net, [tapetum.sample("cat"), rocket], targets=targets)
    return explanation.save(folder / "report.html")


def test_what_a_person_sees(report: Path, visit: Callable[..., Any]) -> None:
    seen = visit()
    page = seen.open(report)
    main = page.locator("main")
    expect(main).to_contain_text("Egyptian cat")
    expect(main).to_contain_text("38.1 %")
    expect(main).to_contain_text("of the positive evidence lies in")
    expect(page.locator("header")).to_contain_text("lite0")
    expect(page.locator("body")).to_contain_text("shorter side 224 (bicubic), centre 224×224")
    assert page.locator("main canvas").count() > 9
    assert seen.problems == []
    assert seen.away() == []


def test_hostile_names_stay_text(report: Path, visit: Callable[..., Any]) -> None:
    seen = visit()
    page = seen.open(report)
    expect(page.locator("main")).to_contain_text("<img src=x onerror=alert(1)></script>")
    page.keyboard.press("Tab")
    page.get_by_text("missile").first.click()
    expect(page.locator("main")).to_contain_text("<img src=x onerror=alert(1)></script>")
    assert page.locator("img[src='x']").count() == 0
    assert seen.problems == []
    assert seen.away() == []


def test_inside_a_notebook(visit: Callable[..., Any], tmp_path: Path) -> None:
    """The frame that a notebook shows runs the same page, sandboxed, and needs nothing from outside."""
    net = tapetum.load("lite0")
    explanation = tapetum.explain(net, tapetum.sample("coffee"), methods=["gradcam"])
    notebook = tmp_path / "notebook.html"
    notebook.write_text(f"<!doctype html><main><p>cell</p>{explanation._repr_html_()}</main>")
    seen = visit()
    page = seen.open(notebook)
    expect(page.frame_locator("iframe").locator("main")).to_contain_text("espresso")
    assert seen.problems == []
    assert seen.away() == []
    assert report_html(explanation).startswith("<!doctype html>")
