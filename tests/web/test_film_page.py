"""A film's page, written by the real recorder and opened from disk in a real Chromium."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from playwright.sync_api import expect
from torch import nn

import tapetum

HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five frames of a small network with two probes, the second of a hostile name."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(216, 2))
    recorded = tapetum.Film(model, torch.rand(2, 1, 16, 16), names=["tall", HOSTILE], name=HOSTILE)
    for epoch in range(1, 5):
        with torch.no_grad():
            model[0].weight.mul_(1.5)
        recorded.record(loss=1 / epoch, val_loss=2 / epoch, accuracy=epoch / 4)
    return recorded.save(tmp_path_factory.mktemp("film") / "film.html")


def _pixels(page: Any, which: str) -> str:
    found: str = page.locator(f"{which} canvas").first.evaluate("(canvas) => canvas.toDataURL()")
    return found


def test_the_slider_moves_kernels_maps_and_curves(visit: Callable[..., Any], film: Path) -> None:
    seen = visit()
    page = seen.open(film)
    slider = page.get_by_role("slider", name="Moment of the training")
    assert slider.get_attribute("aria-valuetext") == "epoch 4 of 4"
    last = {which: _pixels(page, f"section:has(#{which})") for which in ("kernels", "maps")}
    slider.focus()
    page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == "epoch 0 of 4"
    first = {which: _pixels(page, f"section:has(#{which})") for which in ("kernels", "maps")}
    assert first["kernels"] != last["kernels"]
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("img", name="loss at epoch 1: loss 1.00, val_loss 2.00").is_visible()
    assert page.url.endswith("#epoch=1")
    assert (seen.problems, seen.away()) == ([], [])


def test_the_address_holds_moment_and_probe_and_arrows_work_anywhere(
    visit: Callable[..., Any], film: Path
) -> None:
    page = visit().open(film, "#epoch=2&probe=2")
    assert page.get_by_role("slider").get_attribute("aria-valuetext") == "epoch 2 of 4"
    assert page.get_by_role("radio").nth(1).is_checked()
    page.keyboard.press("ArrowLeft")
    assert page.url.endswith("#epoch=1&probe=2")
    page.get_by_role("radio").first.check()
    assert page.url.endswith("#epoch=1")


def test_play_runs_to_the_end_and_nothing_moves_where_less_motion_is_asked_for(
    visit: Callable[..., Any], film: Path
) -> None:
    page = visit().open(film)
    page.get_by_role("button", name="Play").click()
    for moment in (2, 4):
        expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", f"epoch {moment} of 4")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    still = visit(reduced_motion="reduce").open(film)
    assert still.get_by_role("button", name="Play").count() == 0
    assert still.get_by_role("slider").is_visible()


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_hostile_names_are_text_and_axe_finds_nothing(
    visit: Callable[..., Any], film: Path, axe: str, scheme: str
) -> None:
    seen = visit(color_scheme=scheme)
    page = seen.open(film)
    assert page.locator("header bdi").inner_text() == HOSTILE
    assert page.locator("img").count() == 0
    page.evaluate(axe)
    found = page.evaluate("axe.run().then((found) => found.violations.map((one) => one.id))")
    assert found == []
    assert seen.problems == []


def test_it_fits_a_narrow_screen(visit: Callable[..., Any], film: Path) -> None:
    page = visit(viewport={"width": 360, "height": 800}).open(film)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
