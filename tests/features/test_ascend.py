"""The ascent: its gradient, and the traps that others fell into."""

import pytest
import torch
from oracles.visualise import numeric_slope, seen_by_loops
from PIL import Image
from small_networks import Flat, Plain, Residual, noise, seeded
from torch import Tensor, nn
from untouched import untouched

from tapetum.errors import MethodError, NonFiniteError
from tapetum.features import (
    MOVES,
    STILL,
    Panel,
    Restraint,
    Settings,
    Transform,
    paint,
    parse_objective,
)
from tapetum.features.penalties import likeness, lp_norm, restrained, total_variation
from tapetum.features.transforms import random_places
from tapetum.features.views import crops, seen, whole
from tapetum.network import Network, Preparation


def _pictures(network: Network, texts: list[str], settings: Settings, seed: int = 0) -> Tensor:
    panels = [Panel(parse_objective(network, text), seed) for text in texts]
    return torch.cat([f.pictures() for f in paint(network, panels, settings) if f.done == f.steps])


def _last_scores(network: Network, texts: list[str], settings: Settings) -> tuple[Tensor, Tensor]:
    panels = [Panel(parse_objective(network, text), 0) for text in texts]
    frames = list(paint(network, panels, settings))
    return frames[0].scores, frames[-1].scores


@pytest.mark.parametrize("kind", ["turned", "scaled", "shifted", "all"])
def test_moves_keep_the_shape_of_things_in_pictures_that_are_not_square(kind: str) -> None:
    """Against a loop over pixels; a turn in a frame of −1 to 1 would shear a picture of 20 × 30."""
    picture = torch.rand(1, 2, 20, 30, generator=torch.Generator().manual_seed(0))
    transform = {
        "turned": Transform(0.0, 0.0, (1.0, 1.0), 30.0, 0.0),
        "scaled": Transform(6.0, 0.0, (0.7, 0.9), 0.0, 0.0),
        "shifted": Transform(0.0, 60.0, (1.0, 1.0), 0.0, 0.0),
        "all": Transform(4.0, 40.0, (0.8, 1.2), 20.0, 30.0),
    }[kind]
    places = random_places(transform, [torch.Generator().manual_seed(5)], 20, 30)
    drawn = torch.rand(6, generator=torch.Generator().manual_seed(5)).tolist()
    expected = seen_by_loops(picture[0], transform, drawn)
    torch.testing.assert_close(seen(picture, places, 20, 30)[0], expected, rtol=1e-4, atol=1e-4)


def test_what_comes_from_outside_of_the_picture_is_grey_and_not_black() -> None:
    white = torch.ones(1, 3, 32, 32)
    far = Transform(0.0, 224.0, (1.0, 1.0), 0.0, 0.0)
    shifted = seen(white, random_places(far, [torch.Generator()], 32, 32), 32, 32)
    assert set(shifted.unique().tolist()) >= {0.5, 1.0}
    assert float(shifted.min()) == 0.5
    still = seen(white, random_places(STILL, [torch.Generator()], 32, 32), 32, 32)
    torch.testing.assert_close(still, white)


def test_a_dead_channel_wakes_up() -> None:
    """The channel's rectifier is shut for anything near grey: without help its gradient is zero for ever.

    The first steps see what the rectifier is given, which is negative.
    """
    model = seeded(Plain())
    with torch.no_grad():
        model.bn2.bias[3] = -0.36
    network = Network(model, Preparation(24, 24))
    layer = next(layer for layer in network.layers if layer.kind == "relu" and layer.shape[0] == 16)
    objective = parse_objective(network, f'"{layer.name}":3')
    (value,) = network.follow(objective.nodes)(torch.full((1, 3, 24, 24), 0.5))
    assert float(value[:, 3].max()) == 0.0
    first, last = _last_scores(network, [objective.text, "class:1"], Settings(steps=40, transform=STILL))
    assert float(first[0]) < 0.0
    assert float(last[0]) > 0.0
    assert float(last[1]) > float(first[1])


def test_the_sum_of_two_objectives_raises_both() -> None:
    network = Network(seeded(Residual()), Preparation(16, 16))
    panel = Panel(parse_objective(network, "class:0 + 0.5*class:2"), 0)
    *_, last = paint(network, [panel], Settings(steps=30))
    batch = last.pictures().permute(0, 3, 1, 2) / 255
    start = torch.full_like(batch, 0.5)
    assert bool((network(batch) - network(start))[0, [0, 2]].gt(0).all())


def test_the_mean_and_spread_of_the_network_are_the_last_step() -> None:
    """The first score is that of the grey start as the preparation makes it of a picture."""
    preparation = Preparation(16, 16, mean=(0.2, 0.3, 0.9), std=(0.1, 0.2, 0.05))
    network = Network(seeded(Residual()), preparation)
    panel = Panel(parse_objective(network, "class:1"), 3)
    steps = paint(network, [panel], Settings(steps=2, transform=STILL))
    made = next(steps).pictures()
    batch = network.prepare(Image.fromarray(made[0].numpy()))
    torch.testing.assert_close(next(steps).scores, network(batch)[:, 1], rtol=0.05, atol=0.05)


@pytest.mark.parametrize("quality", ["preview", "high"])
def test_the_same_seed_gives_the_same_pictures_and_nothing_else_is_touched(quality: str) -> None:
    model = seeded(Residual())
    network = Network(model, Preparation(16, 24))
    settings = Settings(quality=quality, steps=3)  # type: ignore[arg-type]
    with untouched(model):
        first = _pictures(network, ["class:1", "block1:3"], settings, 4)
    torch.manual_seed(7)
    again = _pictures(network, ["class:1", "block1:3"], settings, 4)
    other = _pictures(network, ["class:1", "block1:3"], settings, 5)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.shape == ((2, 16, 24, 3) if quality == "preview" else (2, 32, 48, 3))
    alone = _pictures(network, ["block1:3"], settings, 4)
    assert float((alone.float() - first[1:].float()).abs().max()) <= 1.0


def test_grey_pictures_have_no_colours() -> None:
    network = Network(seeded(Flat()), Preparation(28, 28, 1, mean=(0.5,), std=(0.5,)))
    for quality in ("preview", "high"):
        made = _pictures(network, ["class:3"], Settings(quality=quality, steps=4))  # type: ignore[arg-type]
        assert torch.equal(made[..., 0], made[..., 2])
    first, last = _last_scores(network, ["class:3"], Settings(steps=40))
    assert float(last[0]) > float(first[0])


def test_copies_are_kept_apart() -> None:
    network = Network(seeded(Residual()), Preparation(16, 16))
    layer = network.layer("block2")
    objective = parse_objective(network, "block2:2")
    alike = []
    for weight in (0.0, 100.0):
        restraint = Restraint(diversity=weight, layer=layer)
        panels = [Panel(objective, seed) for seed in range(3)]
        *_, last = paint(network, panels, Settings(steps=40, restraint=restraint, transform=STILL))
        maps = network.activations(last.pictures().permute(0, 3, 1, 2) / 255, ["block2"])["block2"]
        alike.append(float(likeness(maps)))
    assert alike[1] < alike[0] - 0.01


def test_penalties_against_loops() -> None:
    picture = torch.rand(1, 2, 5, 4, generator=torch.Generator().manual_seed(0))
    variation = extremes = 0.0
    for c in range(2):
        for i in range(4):
            for j in range(3):
                here = float(picture[0, c, i, j])
                down, across = float(picture[0, c, i + 1, j]) - here, float(picture[0, c, i, j + 1]) - here
                variation += (down**2 + across**2) ** 0.5
    for value in picture.flatten().tolist():
        extremes += abs(2 * value - 1) ** 6
    assert float(total_variation(picture)) == pytest.approx(variation / 24, rel=1e-4)
    assert float(lp_norm(picture)) == pytest.approx(extremes / 40, rel=1e-4)
    restraint = Restraint(total_variation=3.0, lp_norm=2.0)
    slope = restrained(picture.double().requires_grad_(), restraint)
    expected = numeric_slope(lambda x: -float(3 * total_variation(x) + 2 * lp_norm(x)), picture.double())
    torch.testing.assert_close(slope, expected, rtol=1e-4, atol=1e-6)


def test_likeness_is_one_for_the_same_texture_and_none_for_textures_of_other_channels() -> None:
    maps = torch.zeros(2, 4, 3, 3)
    maps[0, :2], maps[1, 2:] = 1.0, 1.0
    assert float(likeness(maps)) == pytest.approx(0.0)
    assert float(likeness(maps[[0, 0]] * torch.tensor([1.0, 3.0]).view(2, 1, 1, 1))) == pytest.approx(1.0)


def test_penalties_have_their_effect() -> None:
    network = Network(seeded(Residual()), Preparation(16, 16))

    def made(restraint: Restraint) -> Tensor:
        pictures = _pictures(network, ["class:1"], Settings(steps=40, restraint=restraint))
        return pictures.permute(0, 3, 1, 2) / 255

    free = made(Restraint())
    assert float(total_variation(made(Restraint(total_variation=50.0)))) < 0.8 * float(total_variation(free))
    assert float(lp_norm(made(Restraint(lp_norm=50.0)))) < 0.8 * float(lp_norm(free))


def test_views_of_high_quality_lie_inside_of_the_picture() -> None:
    places = crops(64, [1, 2]).places()
    assert places.shape == (128, 2, 3)
    corners = places[:, :, 2:].abs() + places[:, :, :2].sum(2, keepdim=True)
    assert float(corners.max()) <= 1.0 + 1e-6
    assert whole(MOVES, [1, 2], 16, 16).places().shape == (2, 2, 3)


def test_what_cannot_be_made_is_refused() -> None:
    network = Network(seeded(Residual()), Preparation(16, 16))
    panels = [Panel(parse_objective(network, "class:1"), seed) for seed in range(2)]
    layer = network.layer("block2")
    for settings, words in (
        (Settings(steps=0), "at least 1"),
        (Settings(quality="best"), "standard"),  # type: ignore[arg-type]
        (Settings(restraint=Restraint(lp_norm=-1.0)), "lp_norm"),
        (Settings(restraint=Restraint(total_variation=float("nan"))), "total_variation"),
        (Settings(quality="high", restraint=Restraint(diversity=1.0, layer=layer)), "one by one"),
    ):
        with pytest.raises(MethodError, match=words):
            next(iter(paint(network, panels, settings)))


class Overflows(nn.Module):
    """Divides by the spread of a picture, which is none at first."""

    def __init__(self) -> None:
        super().__init__()
        self.body = Plain()

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x) * torch.exp(1e4 * (x.mean((1, 2, 3)) - 0.2))[:, None]


def test_a_network_that_overflows_is_told() -> None:
    network = Network(seeded(Overflows()), Preparation(12, 12))
    with pytest.raises(NonFiniteError, match='class:"class 1" became NaN or infinite at step 1'):
        list(paint(network, [Panel(parse_objective(network, "class:1"), 0)], Settings(steps=2)))


def test_weights_are_left_out_of_the_way_back() -> None:
    """One pass forward for each step and picture, and no gradient for any weight."""
    model = seeded(Residual())
    network = Network(model, Preparation(16, 16))
    before = network.passes["forward"]
    _pictures(network, ["class:0", "class:1"], Settings(steps=5))
    assert network.passes["forward"] - before == 10
    assert all(parameter.grad is None for parameter in model.parameters())
    assert bool(noise((1,)).any())
