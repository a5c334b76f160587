"""The evidence path of a real network in a written report, opened from disk in a real browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import tapetum

HOSTILE = "<img src=x onerror=alert(1)>\u202e.png"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two targets of the cat under a hostile name, and the rocket: with paths, and no maps."""
    net = tapetum.load("lite0", size=96)
    cat = tapetum.open_picture(tapetum.sample("cat").pixels, name=HOSTILE)
    targets: list[Any] = ["Egyptian cat", "Egyptian cat - tiger cat"]
    pictures = [cat, tapetum.sample("rocket")]
    found = tapetum.explain(net, pictures, methods=[], targets=targets, evidence=2)
    return found.save(tmp_path_factory.mktemp("evidence") / "report.html")


def test_the_path_is_there_and_nothing_leaves(report: Path, visit: Callable[..., Any]) -> None:
    seen = visit()
    page = seen.open(report)
    section = page.get_by_role("region", name="Evidence path")
    expect(section).to_contain_text("Egyptian cat")
    expect(section).to_contain_text("2 of 1280 channels of head give")
    expect(section).to_contain_text("exactly")
    assert section.locator("h3").all_inner_texts()[0].startswith("head")
    assert section.get_by_role("img", name="What it sees of the picture").count() == 12
    assert "holds the prediction alone" not in page.locator("main").inner_text()
    assert seen.problems == []
    assert seen.away() == []


def test_a_unit_opens_to_its_sum_and_closes(report: Path, visit: Callable[..., Any]) -> None:
    page: Page = visit().open(report)
    section = page.get_by_role("region", name="Evidence path")
    button = section.get_by_role("button", name="written out ✓").last
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    panel = section.get_by_role("group", name="written out")
    expect(panel).to_contain_text("✓ equals the network's own value")
    expect(panel).to_contain_text("conv2d")
    kernel, values, products = (panel.get_by_role("table", name=n) for n in ("kernel", "map", "products"))
    numbers = [
        [float(cell.replace("−", "-")) for cell in table.locator("td").all_inner_texts()]
        for table in (kernel, values, products)
    ]
    assert [len(one) for one in numbers] == [9, 9, 9]
    for factor, value, product in zip(*numbers, strict=True):
        assert product == pytest.approx(factor * value, abs=0.02 + 0.01 * (abs(factor) + abs(value)))
    expect(button).to_have_attribute("aria-expanded", "true")
    panel.get_by_role("button", name="close").click()
    expect(panel).to_have_count(0)


def test_by_keyboard_and_other_targets(report: Path, visit: Callable[..., Any]) -> None:
    page: Page = visit().open(report)
    section = page.get_by_role("region", name="Evidence path")
    first = section.get_by_role("button", name="written out ✓").first
    first.focus()
    page.keyboard.press("Enter")
    expect(section.get_by_role("group", name="written out")).to_be_visible()
    section.get_by_role("radio", name="tiger cat").check(force=True)
    expect(section.get_by_role("group", name="written out")).to_have_count(0)
    expect(section.locator(".head p")).to_contain_text("tiger cat")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_it_fits_and_axe_is_content(
    report: Path, visit: Callable[..., Any], axe: str, width: int, scheme: str
) -> None:
    seen = visit(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = seen.open(report)
    page.get_by_role("button", name="written out ✓").last.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(axe)
    found = page.evaluate("axe.run().then((r) => r.violations.map((v) => [v.id, v.impact, v.nodes[0].html]))")
    assert [one for one in found if one[1] in ("serious", "critical")] == []
    assert "onerror" in page.locator("main").inner_text()
    assert page.locator("main img[src=x]").count() == 0
    assert seen.problems == []
