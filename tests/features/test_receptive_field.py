"""Receptive fields: the box against the literature, the effect against differences, what a person sees."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from oracles.receptive import effect, positive
from small_networks import NoPlaces, Residual, noise, seeded
from torch import nn
from untouched import untouched

import tapetum
from tapetum.errors import LayerError, NonFiniteError, OutputError
from tapetum.pictures import INK, POSITIVE
from tapetum.results import PixelBox, ReceptiveField
from tapetum.results.words import smallest_box


class Smooth(nn.Module):
    """Strides, dilation and a smooth activation, so that differences are slopes."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.b = nn.Conv2d(4, 5, 3, dilation=2)
        self.fc = nn.Linear(5, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(torch.tanh(self.b(torch.tanh(self.a(x)))).mean((2, 3)))


@pytest.fixture(scope="module")
def small() -> tapetum.Network:
    return tapetum.load(seeded(Smooth()).double(), input_shape=(3, 16, 14), mean=0.5, std=0.5)


@pytest.mark.parametrize(("channel", "at"), [(None, (0, 0)), (None, (2, 1)), (3, (3, 2))])
def test_the_effect_is_the_mean_slope_of_every_pixel(
    small: tapetum.Network, channel: int | None, at: tuple[int, int]
) -> None:
    batch = noise((2, 3, 16, 14), dtype=torch.float64)
    found = tapetum.receptive_field(small, "b", *at, pictures=batch, channel=channel)

    def score(pictures: torch.Tensor) -> torch.Tensor:
        values = small.activations(pictures, ["b"])["b"][:, :, at[0], at[1]]
        return values.sum(1) if channel is None else values[:, channel]

    np.testing.assert_allclose(found.effective, effect(score, batch), rtol=1e-6, atol=1e-9)
    assert found.pictures == 2
    outside = np.ones((16, 14), bool)
    outside[found.box.top : found.box.bottom, found.box.left : found.box.right] = False
    assert not found.effective[outside].any()


pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
steps = st.lists(
    st.one_of(
        st.builds(
            lambda k, s, p, d: nn.Conv2d(4, 4, k, s, p, d),
            pairs,
            pairs,
            st.tuples(*[st.integers(0, 2)] * 2),
            pairs,
        ),
        st.builds(nn.AvgPool2d, pairs, pairs),
        st.builds(lambda k, s: nn.ConvTranspose2d(4, 4, k, s), pairs, pairs),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=15, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=steps, data=st.data())
def test_the_gradient_fills_the_box_on_random_networks(steps: list[nn.Module], data: st.DataObject) -> None:
    """With positive weights and no rectifier, every pixel that can be seen has an effect, and no other."""
    model = positive(nn.Sequential(nn.Conv2d(3, 4, 1), *steps, nn.AdaptiveAvgPool2d(1), nn.Flatten()))
    batch = noise((1, 3, 13, 11), dtype=torch.float64)
    try:
        model(batch)
    except RuntimeError:
        reject()
    net = tapetum.load(model, input_shape=(3, 13, 11), mean=0.5, std=0.5)
    layer = net.layer(str(len(steps)))
    assert layer.places is not None
    row, column = (data.draw(st.integers(0, n - 1)) for n in (layer.places.rows, layer.places.columns))
    found = tapetum.receptive_field(net, layer.name, row, column, pictures=batch)
    rows, columns = np.flatnonzero(found.effective.any(1)), np.flatnonzero(found.effective.any(0))
    if not len(rows):
        assert found.box.size == (0, 0) or any(isinstance(step, nn.ConvTranspose2d) for step in steps)
        return
    seen = PixelBox(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)
    if any(isinstance(step, nn.ConvTranspose2d) for step in steps):
        assert found.box == PixelBox(0, 0, 13, 11), "it may look anywhere"
    else:
        assert found.box == seen
        assert found.clipped == (found.reach != seen)


def test_the_reach_is_the_size_of_the_literature_away_from_the_borders() -> None:
    net = tapetum.load("torchvision:resnet18", pretrained=False)
    for layer, size in (("layer4", 435), ("layer1.0.conv1", 19)):
        reach, box = net.field(net.layer(layer), 3, 3)
        assert reach.size == (size, size)
        assert box == reach.within(224, 224)


def test_a_picture_smaller_than_the_field_is_an_ordinary_case() -> None:
    net = tapetum.load("torchvision:resnet18", pretrained=False)
    found = tapetum.receptive_field(net, "layer4", pictures=tapetum.sample("cat"))
    assert found.clipped
    assert found.reach.size == (435, 435)
    assert found.box == PixelBox(0, 0, 224, 224)
    assert "more than the picture of 224 × 224 has" in found.sentences()[0]
    assert found.draw().size == (672, 672)


def test_the_box_is_clipped_at_an_edge_and_says_so() -> None:
    net = tapetum.load("lite0")
    found = tapetum.receptive_field(net, "blocks.1", 0, 55, pictures=["sample:cat", "sample:coffee"])
    assert found.clipped
    assert found.box.top == 0 > found.reach.top
    assert found.box.right == 224 < found.reach.right
    assert "of which" in found.sentences()[0]
    assert "mean over 2 pictures" in found.sentences()[1]
    inside = tapetum.receptive_field(net, "blocks.1", 20, 20, pictures="sample:cat")
    assert not inside.clipped
    assert inside.reach == inside.box == PixelBox(74, 74, 93, 93)
    effective = inside.effective_box
    assert effective is not None
    assert inside.box.top <= effective.top < effective.bottom <= inside.box.bottom


def test_the_middle_and_the_samples_are_taken_where_nothing_is_said(small: tapetum.Network) -> None:
    found = tapetum.receptive_field(small, "b")
    assert (found.row, found.column, found.pictures) == (2, 1, 6)
    assert found.seen is not None


def test_a_layer_without_rows_and_columns_sees_everything(small: tapetum.Network) -> None:
    found = tapetum.receptive_field(small, "fc", pictures="sample:cat")
    assert (found.row, found.column) == (None, None)
    assert found.box == PixelBox(0, 0, 16, 14)
    flat = tapetum.load(seeded(NoPlaces()), input_shape=(3, 8, 8), mean=0.5, std=0.5)
    assert tapetum.receptive_field(flat, "layers.1", pictures="sample:cat").box.size == (8, 8)


@pytest.mark.parametrize(
    ("layer", "at", "channel", "words"),
    [
        ("fc", (0, 0), None, "no rows and columns"),
        ("b", (9, 0), None, "no row 9"),
        ("b", (0, 9), None, "no column 9"),
        ("b", (0, 0), 5, "no channel 5"),
        ("c", (0, 0), None, "nearest names"),
    ],
)
def test_what_there_is_not(
    small: tapetum.Network, layer: str, at: tuple[int, int], channel: int | None, words: str
) -> None:
    with pytest.raises(LayerError, match=words):
        tapetum.receptive_field(small, layer, *at, channel=channel, pictures="sample:cat")


def test_a_gradient_that_is_no_number_is_told() -> None:
    model = seeded(Residual())
    net = tapetum.load(model, input_shape=(3, 8, 8), mean=0.5, std=0.5)
    with torch.no_grad():
        model.stem.weight[0] = float("inf")  # type: ignore[union-attr,operator,index]
    with pytest.raises(NonFiniteError, match="block1"):
        tapetum.receptive_field(net, "block1.0", pictures=noise((1, 3, 8, 8)))


def test_the_model_is_left_alone() -> None:
    model = seeded(Residual())
    net = tapetum.load(model, input_shape=(3, 8, 8), mean=0.5, std=0.5)
    batch = noise((2, 3, 8, 8))
    with untouched(model, batch):
        tapetum.receptive_field(net, "block1.0", pictures=batch)
    with torch.no_grad(), untouched(model, batch):
        tapetum.receptive_field(net, "block1.0", pictures=batch)


def test_the_drawing_has_both_boxes_and_a_light_between_them(tmp_path: Path) -> None:
    effect = np.zeros((20, 30))
    effect[8:12, 14:18] = 1.0
    box = PixelBox(4, 10, 16, 22)
    found = ReceptiveField("net", "0", "conv", 1, 2, None, box, box, True, effect, 1)
    assert found.effective_box == PixelBox(8, 14, 12, 18)
    image = np.asarray(found.draw())
    times = image.shape[0] // 20
    assert tuple(image[4 * times, 16 * times]) == INK
    assert tuple(image[8 * times, 14 * times]) == POSITIVE
    assert image[10 * times, 16 * times].sum() > 2 * image[2 * times, 2 * times].sum()
    found.save(tmp_path / "field.png")
    found.save(tmp_path / "field.npz")
    with np.load(tmp_path / "field.npz") as held:
        np.testing.assert_array_equal(held["effective"], effect)
    with pytest.raises(OutputError, match=r"\.png or \.npz"):
        found.save(tmp_path / "field.gif")
    assert {path.name for path in tmp_path.iterdir()} == {"field.png", "field.npz"}


def test_a_field_in_padding_and_a_dead_one_are_told() -> None:
    nothing = PixelBox(0, 0, 0, 0)
    reach = PixelBox(-5, -5, -2, -2)
    found = ReceptiveField("net", "0", "conv", 0, 0, None, reach, nothing, True, np.zeros((9, 9)), 1)
    assert found.effective_box is None
    assert "lies in padding" in found.sentences()[0]
    assert "No pixel has any effect" in found.sentences()[1]
    assert found.draw().size == (720, 720)


@pytest.mark.parametrize("share", [0.1, 0.6, 0.95])
@pytest.mark.parametrize("seed", range(12))
def test_the_smallest_box_by_trying_all(seed: int, share: float) -> None:
    random = np.random.default_rng(seed)
    mass = random.random((7, 6)) ** random.integers(1, 9)
    mass[random.random((7, 6)) < 0.3 * (seed % 3)] = 0
    if seed % 4 == 3:
        mass = np.ceil(3 * mass)  # many boxes are equally good
    found = smallest_box(mass, share)
    assert found is not None
    sizes = [
        (b - t) * (r - x)
        for t in range(7)
        for b in range(t + 1, 8)
        for x in range(6)
        for r in range(x + 1, 7)
        if mass[t:b, x:r].sum() >= share * mass.sum() * (1 - 1e-12)
    ]
    top, left, bottom, right = found
    assert mass[top:bottom, left:right].sum() >= share * mass.sum() * (1 - 1e-12)
    assert (bottom - top) * (right - left) == min(sizes)


def test_there_is_no_box_around_nothing() -> None:
    assert smallest_box(np.zeros((3, 3)), 0.6) is None
