"""The tall picture of a journey: every step's sheet stands in it, for any kind of network."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from small_networks import ConvolutionHead, Flat, OneLogit, Plain, Residual, Reused, seeded
from torch import Tensor, nn

import tapetum
from tapetum.errors import OutputError, PictureError

NETWORKS = {
    "plain, not square": (Plain(), (3, 20, 32)),
    "one logit": (OneLogit(), (3, 16, 16)),
    "grey digits": (Flat(), (1, 28, 28)),
    "a convolution at the end": (ConvolutionHead(), (3, 16, 16)),
    "one module called twice": (Reused(), (3, 16, 16)),
    "residual": (Residual(), (3, 16, 16)),
}


def _journey(model: nn.Module, shape: tuple[int, int, int], **options: object) -> tapetum.Journey:
    net = tapetum.load(seeded(model), input_shape=shape, mean=0.5, std=0.5, engine="torch")
    return tapetum.journey(net, tapetum.sample("cat"), **options)


def _stands_in(sheet: np.ndarray, part: np.ndarray) -> bool:
    """Whether a part stands somewhere in the column of sheets, whole and unchanged."""
    left = 340
    height, width = part.shape[:2]
    column = sheet[:, left : left + width]
    starts = np.flatnonzero((column == part[0]).all(axis=(1, 2)))
    return any(np.array_equal(column[top : top + height], part) for top in starts)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_sheet_stands_in_the_picture(name: str) -> None:
    found = _journey(*NETWORKS[name])
    sheet = np.asarray(found.draw())
    assert sheet.shape[1] == 1440
    for step in found.steps:
        assert _stands_in(sheet, step.pixels(1440 - 340 - 56)), step.layer
    assert found.kernels is not None
    assert _stands_in(sheet, found.kernels.pixels(1440 - 340 - 56))
    assert found.steps[-1].vector
    assert [step.verdict for step in found.steps] == [False] * (len(found) - 1) + [True]


def test_steps_of_the_first_layers_each_and_of_later_ones_together() -> None:
    found = _journey(*NETWORKS["plain, not square"])
    assert [step.title for step in found.steps] == [
        "convolution",
        "batch-norm",
        "ReLU",
        "head",
        "average pooling",
        "class scores",
    ]
    assert [step.verdict for step in found.steps] == [False] * 5 + [True]
    assert found["conv1"].kind == "conv2d"
    with pytest.raises(KeyError):
        found["nothing"]


def test_many_steps_are_flatter_sheets() -> None:
    class Deep(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(*(nn.Conv2d(3 if i == 0 else 8, 8, 3, padding=1) for i in range(25)))

        def forward(self, x: Tensor) -> Tensor:
            return self.body(x).mean((2, 3))

    found = _journey(Deep(), (3, 16, 16), layer="all")
    assert len(found) == 26
    sheet = np.asarray(found.draw())
    for step in found.steps:
        assert _stands_in(sheet, step.pixels(1440 - 340 - 56, ratio=8.0)), step.layer


def test_a_picture_that_no_page_holds() -> None:
    found = _journey(*NETWORKS["grey digits"])
    endless = replace(found, steps=found.steps[:3] * 200)
    with pytest.raises(OutputError, match="pixels tall"):
        endless.draw()


def test_a_pdf_is_one_page_of_the_same_shape(tmp_path) -> None:
    found = _journey(*NETWORKS["grey digits"])
    held = found.save(tmp_path / "journey.pdf").read_bytes()
    assert held.startswith(b"%PDF")
    assert held.count(b"/Type /Page\n") == 1
    start = held.index(b"/MediaBox")
    left, bottom, right, top = map(float, held[start:].split(b"[")[1].split(b"]")[0].split())
    image = found.draw()
    assert (top - bottom) / (right - left) == pytest.approx(image.height / image.width, rel=1e-3)


def test_it_shows_itself_in_a_notebook_and_a_terminal() -> None:
    from rich.console import Console

    found = _journey(*NETWORKS["residual"], strongest=2)
    with Image.open(io.BytesIO(found._repr_png_())) as image:
        assert image.size == found.draw().size
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(found)
    assert "stem" in console.export_text()


def test_what_cannot_be(tmp_path) -> None:
    found = _journey(*NETWORKS["residual"])
    for place in (tmp_path, tmp_path / "journey.gif", tmp_path / "no" / "journey.png"):
        with pytest.raises(OutputError):
            found.save(place)
    model, shape = NETWORKS["residual"]
    net = tapetum.load(seeded(model), input_shape=shape, mean=0.5, std=0.5, engine="torch")
    with pytest.raises(PictureError, match="begins with a picture"):
        tapetum.journey(net, net.prepare(tapetum.sample("cat")))
