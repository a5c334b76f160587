"""What the network sees of a picture: frames to the pixel, values to the rounding."""

import itertools

import numpy as np
import pytest
import torch
from PIL import Image
from small_networks import Flat, Plain, noise, seeded

from tapetum.errors import ModelError, NonFiniteError, PictureError
from tapetum.models.torchvision_import import import_torchvision
from tapetum.network import Frame, Network, Preparation
from tapetum.pictures import Picture, open_picture

transforms = import_torchvision().transforms
SIZES = [(224, 224), (480, 640), (640, 480), (225, 300), (31, 977), (100, 50)]


def picture(rows: int, columns: int) -> Picture:
    """Noise, the same at every run."""
    pixels = np.random.default_rng(3).integers(0, 256, (rows, columns, 3), dtype=np.uint8)
    return Picture(pixels)


@pytest.mark.parametrize(("rows", "columns"), SIZES)
@pytest.mark.parametrize("resize", [224, 256])
def test_as_torchvision_does_it(rows: int, columns: int, resize: int) -> None:
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    ours = Preparation(224, 224, mean=mean, std=std, resize=resize, interpolation="bilinear")
    theirs = transforms.Compose(
        [
            transforms.Resize(resize, interpolation=transforms.InterpolationMode.BILINEAR),
            transforms.CenterCrop(224),
            transforms.ToTensor(),
            transforms.Normalize(mean, std),
        ]
    )
    shown = picture(rows, columns)
    assert torch.allclose(ours(shown), theirs(shown.image), atol=1e-6)


@pytest.mark.parametrize(("rows", "columns"), SIZES)
@pytest.mark.parametrize("crop", [1.0, 0.875, 0.95])
@pytest.mark.parametrize("size", [(224, 224), (160, 240)])
def test_the_frame_is_the_part_that_is_seen(
    rows: int, columns: int, crop: float, size: tuple[int, int]
) -> None:
    """A ramp of rows and one of columns: the values at the frame's corners tell where the frame lies."""
    preparation = Preparation(*size, crop=crop, interpolation="bilinear")
    frame = preparation.frame(rows, columns)
    assert frame.top >= 0
    assert frame.left >= 0
    assert frame.top + frame.rows <= rows + 1e-9
    assert frame.left + frame.columns <= columns + 1e-9
    tall, wide = preparation.resized(rows, columns)
    assert frame.rows == pytest.approx(size[0] * rows / tall)
    assert frame.columns == pytest.approx(size[1] * columns / wide)
    ramp = np.zeros((rows, columns, 3), np.uint8)
    ramp[..., 0] = np.linspace(0, 255, rows)[:, None]
    ramp[..., 1] = np.linspace(0, 255, columns)[None, :]
    seen = np.asarray(preparation.seen(Picture(ramp))).astype(float)
    for axis, start, length, total in (
        (0, frame.top, frame.rows, rows),
        (1, frame.left, frame.columns, columns),
    ):
        line = seen[..., axis].mean(1 - axis)
        step = 255 / (total - 1)
        first = (start + length / len(line) / 2 - 0.5) * step
        last = (start + length - length / len(line) / 2 - 0.5) * step
        assert line[1] == pytest.approx(first + (last - first) / (len(line) - 1), abs=1.5 + step)
        assert line[-2] == pytest.approx(last - (last - first) / (len(line) - 1), abs=1.5 + step)


def test_a_picture_of_the_input_size_passes_unchanged() -> None:
    shown = picture(32, 48)
    values = Preparation(32, 48)(shown)
    assert torch.equal((values * 255).round().byte().permute(1, 2, 0), torch.from_numpy(shown.pixels.copy()))


def test_squash_keeps_everything_in_the_frame() -> None:
    preparation = Preparation(40, 40, squash=True)
    assert preparation.frame(100, 300) == Frame(0.0, 0.0, 100.0, 300.0)
    assert preparation.seen(picture(100, 300)).size == (40, 40)
    assert "proportions not kept" in str(preparation)


def test_grey() -> None:
    preparation = Preparation(28, 28, channels=1, mean=(0.13,), std=(0.31,))
    shown = picture(28, 28)
    values = preparation(shown)
    grey = np.asarray(shown.image.convert("L"), np.float32) / 255
    assert values.shape == (1, 28, 28)
    assert torch.allclose(values[0], torch.from_numpy((grey - 0.13) / 0.31), atol=1e-6)
    assert str(preparation).startswith("grey, ")


def test_squash_cuts_the_centre_after_resizing() -> None:
    preparation = Preparation(40, 30, crop=0.5, squash=True)
    frame = preparation.frame(200, 100)
    assert (frame.top, frame.left, frame.rows, frame.columns) == (50, 25, 100, 50)
    assert "resized to 80×60, proportions not kept" in str(preparation)


@pytest.mark.parametrize(
    "preparation",
    [
        Preparation(224, 224, crop=0.875),
        Preparation(224, 224, resize=256),
        Preparation(224, 224),
        Preparation(96, 64, squash=True),
    ],
)
def test_another_size_sees_the_same_part(preparation: Preparation) -> None:
    larger = preparation.at_size(2 * preparation.rows, 2 * preparation.columns)
    assert (larger.rows, larger.columns) == (2 * preparation.rows, 2 * preparation.columns)
    for rows, columns in SIZES:
        one, two = preparation.frame(rows, columns), larger.frame(rows, columns)
        for a, b in zip(vars(one).values(), vars(two).values(), strict=True):
            assert a == pytest.approx(b, abs=max(rows, columns) / 100)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"channels": 4}, "4 channels"),
        ({"mean": (0.5, 0.5)}, "2 values"),
        ({"std": (0.0,)}, "positive"),
        ({"std": (float("nan"),)}, "std"),
        ({"crop": 0.0}, "crop is 0"),
        ({"crop": 1.5}, r"crop is 1\.5"),
        ({"rows": 0}, "0×8 is empty"),
    ],
)
def test_wrong_preparations(wrong: dict, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        Preparation(**{"rows": 8, "columns": 8, **wrong})


def test_every_kind_of_input_is_the_same_batch() -> None:
    network = Network(seeded(Plain()), Preparation(16, 16, mean=(0.5,), std=(0.25,)))
    shown = picture(20, 24)
    image, array = Image.fromarray(shown.pixels), shown.pixels
    given = (shown, image, array, [shown], (image,), network.inputs(shown).batch)
    batches = [network.prepare(one) for one in given]
    assert all(torch.equal(a, b) for a, b in itertools.pairwise(batches))
    inputs = network.inputs([shown, open_picture(image)])
    assert inputs.batch.shape == (2, 3, 16, 16)
    assert [seen.size for seen in inputs.seen] == [(16, 16), (16, 16)]
    assert network.inputs(inputs) is inputs


@pytest.mark.parametrize(
    "wrong",
    [
        torch.zeros(2, 3, 16, 17),
        torch.zeros(2, 1, 16, 16),
        torch.zeros(3, 16, 16),
        torch.zeros(0, 3, 16, 16),
        torch.zeros(2, 3, 16, 16, dtype=torch.uint8),
        torch.zeros(2, 3, 16, 16, dtype=torch.complex64),
    ],
)
def test_wrong_batches(wrong: torch.Tensor) -> None:
    """Through `inputs`: the type checker of the tests lets no wrong shape come as far as `net(batch)`."""
    network = Network(seeded(Plain()), Preparation(16, 16))
    with pytest.raises(PictureError, match=r"reads float batches of \(pictures, 3, 16, 16\)"):
        network.inputs(wrong)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_batches_that_are_not_finite(value: float) -> None:
    network = Network(seeded(Flat()), Preparation(28, 28, 1))
    batch = noise((2, 1, 28, 28))
    batch[1, 0, 3, 4] = value
    for ask in (network, network.predict, network.inputs):
        with pytest.raises(NonFiniteError, match="NaN or infinity"):
            ask(batch)


def test_no_pictures() -> None:
    network = Network(seeded(Plain()), Preparation(16, 16))
    for ask in (network.predict, network.prepare):
        with pytest.raises(PictureError, match="no pictures"):
            ask([])


def test_predictions_of_many_pictures_keep_their_order() -> None:
    network = Network(seeded(Plain()), Preparation(16, 16))
    batch = noise((37, 3, 16, 16))
    predictions = network.predict(batch, top=2)
    assert [p[0].index for p in predictions] == network(batch).argmax(1).tolist()
    assert [p.picture for p in predictions] == [f"picture {i}" for i in range(37)]
    assert all(len(p) == 2 for p in predictions)
    one = network.predict(picture(30, 30))
    assert sum(score.probability for score in one) == pytest.approx(1.0)
    with pytest.raises(ModelError, match="top is 0"):
        network.predict(batch, top=0)
