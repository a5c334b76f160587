"""A journey inside a report: every map comes back from its 8-bit sprite, and the file stays small."""

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

import tapetum
from tapetum.pictures import resized
from tapetum.report.document import report_document
from tapetum.report.journey import journey_document
from tapetum.report.write import report_html


@pytest.fixture(scope="module")
def network() -> tapetum.Network:
    return tapetum.load("lite0", engine="torch")


@pytest.fixture(scope="module")
def journey(network: tapetum.Network) -> tapetum.Journey:
    return tapetum.journey(network, tapetum.sample("cat"))


def tiles(sprite: dict[str, Any], count: int) -> np.ndarray:
    """The tiles of a sprite, cut out one by one."""
    with Image.open(io.BytesIO(base64.b64decode(sprite["image"].split(",")[1]))) as image:
        pixels = np.asarray(image)
    rows, columns = sprite["rows"], sprite["columns"]
    found = []
    for place in range(count):
        top, left = place // sprite["across"] * rows, place % sprite["across"] * columns
        found.append(pixels[top : top + rows, left : left + columns])
    return np.stack(found)


def test_maps_come_back_from_their_sprites(journey: tapetum.Journey) -> None:
    document = json.loads(json.dumps(journey_document(journey), allow_nan=False))
    for step, shown in zip(journey.steps, document["steps"], strict=True):
        levels = tiles(shown["sprite"], len(shown["shown"])).astype(float) - 128
        scales = shown["scales"] or [shown["largest"]] * len(levels)
        for place, channel in enumerate(shown["shown"]):
            values = step[channel].values[0].numpy()
            fitted = resized(values, *levels[place].shape)
            back = levels[place] / 127 * scales[place]
            assert np.abs(back - fitted).max() <= scales[place] / 250 + 1e-6
            assert shown["peaks"][place] == pytest.approx(np.abs(values).max(), rel=1e-3, abs=1e-6)


def test_kernels_come_back_from_their_sprite(journey: tapetum.Journey) -> None:
    assert journey.kernels is not None
    shown = journey_document(journey)["kernels"]
    pixels = tiles(shown["sprite"], 32).astype(float)
    values = journey.kernels.values.numpy().transpose(0, 2, 3, 1)
    sizes = np.sort(np.abs(values[values != 0]))
    full = sizes[int(np.ceil(0.98 * len(sizes))) - 1]
    np.testing.assert_allclose(pixels, 127.5 + 127.5 * np.clip(values / full, -1, 1), atol=0.51)
    assert shown["dead"] == [11, 16, 28, 31]


@pytest.mark.parametrize("layer", [None, "all"])
def test_the_page_is_small(network: tapetum.Network, layer: str | None) -> None:
    found = tapetum.journey(network, tapetum.sample("astronaut"), layer=layer)
    assert len(report_html(found.explanation())) < 3_000_000


def test_an_explanation_with_a_journey_for_each_picture(network: tapetum.Network) -> None:
    small = network.at_size(64, 64)
    found = tapetum.explain(small, ["sample:cat", "sample:coffee"], methods=["gradcam"], journey=True)
    assert [one.picture.name for one in found.journeys] == ["cat", "coffee"]
    pictures = report_document(found)["pictures"]
    assert all(len(picture["journey"]["steps"]) == 13 for picture in pictures)
    alone = tapetum.journey(small, "sample:coffee")
    for one, other in zip(alone.steps, found.journeys[1].steps, strict=True):
        assert one.values.numpy() == pytest.approx(other.values.numpy(), rel=1e-4, abs=1e-4)
    without = tapetum.explain(small, "sample:cat", methods=["gradcam"])
    assert report_document(without)["pictures"][0]["journey"] is None
