"""The journey in a report, as a reader meets it: tiles, their order and scale, by mouse and by keyboard."""

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

import tapetum

Json = dict[str, Any]
Write = Callable[[Json], Path]
POSITIVE, NEGATIVE = np.array([0xD6, 0xF5, 0x5E]), np.array([0x38, 0xD6, 0xC6])
ZERO = np.array([0x0D, 0x12, 0x1A])
HOSTILE = "<img src=x onerror=alert(1)>\u202e"


def sprite(levels: np.ndarray, across: int) -> Json:
    """Tiles (count, rows, columns, …) as a sprite of so many in a row, which they fill."""
    count, rows, columns = levels.shape[:3]
    grid = levels.reshape(count // across, across, rows, columns, *levels.shape[3:]).swapaxes(1, 2)
    held = io.BytesIO()
    Image.fromarray(grid.reshape(count // across * rows, across * columns, *levels.shape[3:])).save(
        held, "PNG"
    )
    image = "data:image/png;base64," + base64.b64encode(held.getvalue()).decode()
    return {"across": across, "rows": rows, "columns": columns, "image": image}


LEVELS = np.random.default_rng(0).integers(1, 256, (6, 4, 4), dtype=np.uint8)
SCALES = [4.0, 3.0, 2.0, 1.0, 0.5, 0.01]
SHOWN = [9, 2, 7, 0, 4, 1]
UNITS = np.array([255, 1, 128, 200, 60, 128, 140, 100], np.uint8)


def step(**changed: Any) -> Json:
    return {
        "layer": "conv1",
        "title": "convolution",
        "module": "Conv2d",
        "kind": "conv2d",
        "channels": 12,
        "rows": 4,
        "columns": 4,
        "receptive_field": [7, 7],
        "stride": [2, 2],
        "silent": 0.25,
        "zeros": 0.0,
        "largest": 4.0,
        "strongest": 9,
        "shown": SHOWN,
        "peaks": SCALES,
        "scales": SCALES,
        "full": 2.0,
        "sprite": sprite(LEVELS, 3),
    } | changed


@pytest.fixture
def travelled(document: Json) -> Json:
    """The cat without heatmaps, with kernels, a layer of maps and a vector."""
    picture = document["pictures"][0] | {"maps": [], "stages": []}
    colours = np.random.default_rng(1).integers(0, 256, (4, 3, 3, 3), dtype=np.uint8)
    picture["journey"] = {
        "kernels": {
            "layer": "conv1",
            "filters": 4,
            "channels": 3,
            "rows": 3,
            "columns": 3,
            "groups": 1,
            "dead": [1],
            "twins": [{"first": 2, "second": 3, "cosine": 0.97}],
            "colour": True,
            "said": [HOSTILE],
            "sprite": sprite(colours, 2),
        },
        "steps": [
            step(),
            step(
                layer=HOSTILE,
                title=HOSTILE,
                channels=8,
                rows=None,
                columns=None,
                receptive_field=None,
                stride=None,
                shown=list(range(8)),
                peaks=[4.0] * 8,
                scales=None,
                sprite=sprite(UNITS.reshape(8, 1, 1), 4),
            ),
        ],
    }
    return document | {"pictures": [picture]}


def drawn(canvas: Locator) -> np.ndarray:
    """A canvas as rows × columns × RGBA."""
    url = canvas.evaluate("canvas => canvas.toDataURL('image/png')")
    with Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))) as image:
        return np.asarray(image.convert("RGBA"), float)


def sheet(page: Page, name: str) -> Locator:
    return page.get_by_role("img", name=name).locator("canvas")


def colours(values: np.ndarray, scale: float) -> np.ndarray:
    share = np.clip(np.abs(values) / scale, 0, 1)[..., None] ** 0.8
    return ZERO + share * (np.where(values[..., None] < 0, NEGATIVE, POSITIVE) - ZERO)


def across(canvas: np.ndarray) -> int:
    """How many tiles stand in a row: runs of opaque pixels between transparent gaps."""
    opaque = (canvas[0, :, 3] > 0).astype(int)
    return int(np.diff(opaque, prepend=0).clip(0).sum())


def tile(canvas: np.ndarray, index: int, count: int) -> np.ndarray:
    """One tile of a sheet of 4 × 4 maps, a value each; between tiles lie gaps of 4 pixels."""
    columns = across(canvas)
    side = (canvas.shape[1] + 4) // columns - 4
    assert canvas.shape[0] == -(-count // columns) * (side + 4) - 4
    top, left = index // columns * (side + 4), index % columns * (side + 4)
    middle = side // 8
    return canvas[top + middle : top + side : side // 4, left + middle : left + side : side // 4, :3]


def test_every_tile_has_the_colours_of_its_values(visit: Any, write_report: Write, travelled: Json) -> None:
    seen = visit()
    page = seen.open(write_report(travelled))
    expect(page.get_by_role("region", name="Journey")).to_contain_text("2 steps from the pixels")
    expect(page.get_by_text("no map was asked for")).to_have_count(0)
    canvas = sheet(page, "convolution: maps of 6 channels")
    page.wait_for_function("c => c.width > 20", arg=canvas.element_handle())
    values = (LEVELS.astype(float) - 128) / 127 * np.array(SCALES)[:, None, None]
    for index in range(6):
        np.testing.assert_allclose(tile(drawn(canvas), index, 6), colours(values[index], 2.0), atol=1.01)

    page.get_by_role("radio", name="per map").check()
    for index in range(6):
        expected = colours(values[index], SCALES[index])
        np.testing.assert_allclose(tile(drawn(canvas), index, 6), expected, atol=1.01)

    page.get_by_role("radio", name="by number").check()
    for index, place in enumerate(np.argsort(SHOWN)):
        expected = colours(values[place], SCALES[place])
        np.testing.assert_allclose(tile(drawn(canvas), index, 6), expected, atol=1.01)
    assert seen.problems == []
    assert seen.away() == []


def test_a_channel_by_pointer_and_by_keyboard(visit: Any, write_report: Write, travelled: Json) -> None:
    page = visit().open(write_report(travelled))
    canvas = sheet(page, "convolution: maps of 6 channels")
    page.wait_for_function("c => c.width > 20", arg=canvas.element_handle())
    box = canvas.bounding_box()
    assert box is not None
    slider = page.get_by_role("slider", name="Channel of convolution")
    canvas.hover(position={"x": box["width"] - 5, "y": 5})
    place = across(drawn(canvas)) - 1
    words = ["4.00", "3.00", "2.00", "1.00", "0.500", "0.0100"]
    expect(slider).to_have_attribute("aria-valuetext", f"channel {SHOWN[place]}, up to {words[place]}")
    assert place > 0
    slider.focus()
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "channel 9, up to 4.00")
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "channel 2, up to 3.00")
    units = page.get_by_role("slider").nth(1)
    units.focus()
    page.keyboard.press("ArrowRight")
    expect(units).to_have_attribute("aria-valuetext", "unit 1: \u22124.00")


def test_hostile_words_stay_words(visit: Any, write_report: Write, travelled: Json) -> None:
    seen = visit()
    page = seen.open(write_report(travelled))
    expect(page.get_by_role("region", name="Journey")).to_contain_text("<img src=x onerror=alert(1)>‹U+202E›")
    assert page.locator("img[src=x]").count() == 0
    assert seen.problems == []


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [1440, 390])
def test_it_fits_and_can_be_read(
    visit: Any, write_report: Write, travelled: Json, axe: str, scheme: str, width: int
) -> None:
    options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme, "bypass_csp": True}
    page = visit(**options).open(write_report(travelled))
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.add_script_tag(content=axe)
    found = page.evaluate("axe.run('section[aria-labelledby=journey]')")
    assert [violation["id"] for violation in found["violations"]] == []


def test_a_real_journey(visit: Any, tmp_path: Path) -> None:
    net = tapetum.load("lite0", size=96, engine="torch")
    report = tapetum.explain(net, "sample:cat", methods=["gradcam"], journey=True).save(tmp_path / "r.html")
    seen = visit()
    page = seen.open(report)
    section = page.get_by_role("region", name="Journey")
    expect(section.get_by_role("listitem")).to_have_count(14)
    canvases = section.get_by_role("img").locator("canvas")
    expect(canvases).to_have_count(14)
    for place in range(14):
        page.wait_for_function("c => c.width > 20 && c.height > 3", arg=canvases.nth(place).element_handle())
        assert drawn(canvases.nth(place))[:, :, :3].std() > 1
    assert seen.problems == []
    assert seen.away() == []
