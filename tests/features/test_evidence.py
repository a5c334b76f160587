"""Evidence paths: shares and residuals against closed forms, on networks where these are known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from small_networks import NoPlaces, OneLogit, Plain, Residual, noise, seeded
from torch import nn
from untouched import untouched

import tapetum
from tapetum.errors import LayerError, MethodError, NonFiniteError, OutputError, PictureError, TargetError
from tapetum.pictures import GROUND


class Straight(nn.Module):
    """Rectified convolutions without biases, pooling and a linear layer: gradient × value is exact."""

    def __init__(self) -> None:
        super().__init__()
        convolutions = nn.Conv2d(3, 6, 3, padding=1, bias=False), nn.Conv2d(6, 8, 3, padding=1, bias=False)
        self.features = nn.Sequential(convolutions[0], nn.ReLU(), nn.MaxPool2d(2), convolutions[1], nn.ReLU())
        self.fc = nn.Linear(8, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(self.features(x).mean((2, 3)))


@pytest.fixture(scope="module")
def straight() -> tapetum.Network:
    return tapetum.load(seeded(Straight()).double(), input_shape=(3, 12, 10), mean=0.5, std=0.5)


BATCH = noise((1, 3, 12, 10), dtype=torch.float64)


def test_the_verdict_is_split_exactly_behind_pooling_and_a_linear_layer(straight: tapetum.Network) -> None:
    found = tapetum.evidence(straight, BATCH, 2, width=2)
    maps = straight.activations(BATCH, ["features"])["features"][0].numpy()
    head = dict(straight._capture.weights._model.named_parameters())
    weight, bias = head["fc.weight"].detach().numpy()[2], float(head["fc.bias"].detach()[2])
    shares = weight * maps.mean((1, 2))
    assert found.root.how == "exact"
    assert found.score == pytest.approx(float(straight(BATCH)[0, 2]))
    assert found.root.residual == pytest.approx(bias)
    sign = 1 if found.score > 0 else -1
    order = np.argsort(-sign * shares)[:2]
    assert [unit.unit.channel for unit in found.root.kept] == order.tolist()
    assert [unit.contribution for unit in found.root.kept] == pytest.approx(shares[order].tolist())
    assert found.root.explained == pytest.approx(shares[order].sum())
    assert found.root.share == pytest.approx(shares[order].sum() / found.score)
    assert found.root.supporting == pytest.approx(shares[sign * shares > 0].sum())
    assert found.root.opposing == pytest.approx(shares[sign * shares < 0].sum())
    for unit in found.root.kept:
        assert unit.unit.row is not None
        assert unit.unit.column is not None
        place = sign * weight[unit.unit.channel] * maps[unit.unit.channel]
        assert place[unit.unit.row, unit.unit.column] == place.max()
        assert unit.here == pytest.approx(sign * place.max() / maps[0].size)


def test_a_rectified_unit_without_biases_is_split_without_a_remainder(straight: tapetum.Network) -> None:
    found = tapetum.evidence(straight, BATCH, 2, width=3)
    splits = [unit.split for unit in found.units() if unit.split is not None]
    assert splits
    for split in splits:
        assert split.how == "gradient × value"
        assert split.residual == pytest.approx(0, abs=1e-9)
        assert split.supporting + split.opposing == pytest.approx(split.value)


def test_the_first_split_of_a_unit_by_hand(straight: tapetum.Network) -> None:
    """A unit of the second convolution over the pooled maps: its own kernel times the window."""
    found = tapetum.evidence(straight, BATCH, 2, width=6)
    (first, *_) = found.root.kept
    assert [step.layer.name for step in straight.levels] == ["features.2", "features"]
    assert first.split is not None
    pooled = straight.activations(BATCH, ["features.2"])["features.2"][0].numpy()
    kernel = straight._capture.weights._model.features[3].weight.detach().numpy()[first.unit.channel]  # type: ignore[union-attr,index]
    padded = np.pad(pooled, ((0, 0), (1, 1), (1, 1)))
    row, column = first.unit.row, first.unit.column
    assert row is not None
    assert column is not None
    products = kernel * padded[:, row : row + 3, column : column + 3]
    sums = products.sum((1, 2))
    kept = {unit.unit.channel: unit.contribution for unit in first.split.kept}
    assert kept == pytest.approx({channel: sums[channel] for channel in kept})
    assert first.split.value == pytest.approx(products.sum())
    assert set(kept) == {int(c) for c in np.flatnonzero(sums > 0)}
    for unit in first.split.kept:
        where = np.unravel_index(products[unit.unit.channel].argmax(), (3, 3))
        assert (unit.unit.row, unit.unit.column) == (row + where[0] - 1, column + where[1] - 1)


@pytest.fixture(scope="module")
def cat() -> tapetum.Evidence:
    """The embedded network on a small photograph of the cat."""
    return tapetum.evidence(tapetum.load("lite0", size=128), tapetum.sample("cat"), "Egyptian cat", width=2)


def test_every_unit_is_written_out_and_right(cat: tapetum.Evidence) -> None:
    found = cat
    assert found.root.how == "exact"
    assert [len(lane) for lane in found.lanes()] == [6, 6]
    for unit in found.units():
        assert unit.cards
        assert all(card.agrees for card in unit.cards)
        assert unit.cards[-1].terms > 20, "back to a convolution"
        assert unit.cards[0].unit == unit.unit
        assert unit.cards[0].value == pytest.approx(unit.value, rel=1e-4, abs=1e-4)
        assert unit.followed == (unit.glow is not None)
    for lane in found.lanes():
        assert lane[0].box.size == (128, 128)
        assert lane[-1].box.size == (3, 3)
        assert lane[-1].split is None
        sizes = [unit.box.size[0] * unit.box.size[1] for unit in lane]
        assert sizes == sorted(sizes, reverse=True)


def test_a_saturated_activation_is_split_before_it(cat: tapetum.Evidence) -> None:
    """The strongest units of lite0's last layer stand at the 6 of their ReLU6, where the gradient is zero."""
    lane = cat.lanes()[0]
    assert lane[0].value == 6
    assert lane[0].split is not None
    assert lane[0].split.value > 6
    assert lane[0].split.kept
    normed = next(card for card in lane[0].cards if card.operation == "batch_norm")
    assert lane[0].split.value == pytest.approx(normed.total, rel=1e-4)


def test_another_head_is_split_by_its_gradient() -> None:
    net = tapetum.load("torchvision:squeezenet1_1", pretrained=False, size=64)
    found = tapetum.evidence(net, tapetum.sample("cat"), width=2)
    assert found.root.how == "gradient × value"
    assert found.lanes()
    assert all(card.agrees for unit in found.units() for card in unit.cards)
    total = found.root.supporting + found.root.opposing + found.root.residual
    assert total == pytest.approx(found.score, rel=1e-4)


def test_targets_of_every_kind(straight: tapetum.Network) -> None:
    difference = tapetum.evidence(straight, BATCH, "class 1 - class 3")
    logits = straight(BATCH)[0]
    assert difference.score == pytest.approx(float(logits[1] - logits[3]))
    assert difference.root.how == "exact"
    own = tapetum.evidence(straight, BATCH, lambda z: z[:, 0] ** 2)
    assert own.root.how == "gradient × value"
    assert tapetum.evidence(straight, BATCH).target.indices == (int(logits.argmax()),)
    one = tapetum.load(seeded(OneLogit()), input_shape=(3, 12, 10), mean=0.5, std=0.5)
    against, for_it = (tapetum.evidence(one, BATCH.float(), target) for target in (0, 1))
    assert against.score == pytest.approx(-for_it.score)


def test_grey_and_residual_networks() -> None:
    grey = tapetum.load(seeded(Plain(channels=1)), input_shape=(1, 28, 20), mean=0.5, std=0.5)
    assert tapetum.evidence(grey, tapetum.sample("cat")).draw().width > 100
    net = tapetum.load(seeded(Residual()), input_shape=(3, 12, 10), mean=0.5, std=0.5)
    found = tapetum.evidence(net, BATCH.float())
    assert all(card.agrees for unit in found.units() for card in unit.cards)


def test_what_cannot_be(straight: tapetum.Network) -> None:
    with pytest.raises(MethodError, match="Use 1 to 8"):
        tapetum.evidence(straight, BATCH, width=0)
    with pytest.raises(TargetError, match="no class 9"):
        tapetum.evidence(straight, BATCH, 9)
    with pytest.raises(TargetError, match="does not depend on the logits"):
        tapetum.evidence(straight, BATCH, lambda z: z.detach()[:, 0])
    with pytest.raises(PictureError, match="There are 2 pictures"):
        tapetum.evidence(straight, torch.cat([BATCH, BATCH]))
    with pytest.raises(NonFiniteError):
        tapetum.evidence(straight, BATCH * float("nan"))
    flat = tapetum.load(seeded(NoPlaces()), input_shape=(3, 8, 8), mean=0.5, std=0.5)
    with pytest.raises(LayerError, match="no layer with rows and columns"):
        tapetum.evidence(flat, noise((1, 3, 8, 8)))


def test_tokens_of_a_transformer_are_followed_to_their_patches() -> None:
    net = tapetum.load("timm:vit_tiny_patch16_224", pretrained=False, size=32)
    found = tapetum.evidence(net, tapetum.sample("cat"), width=2)
    assert [lane[-1].unit.layer for lane in found.lanes()] == ["patch_embed.proj"] * 2
    assert found.root.kept[0].map.shape == (2, 2)
    assert all(card.agrees for unit in found.units() for card in unit.cards)


def test_the_model_is_left_alone() -> None:
    model = seeded(Residual())
    net = tapetum.load(model, input_shape=(3, 12, 10), mean=0.5, std=0.5)
    batch = BATCH.float()
    with untouched(model, batch):
        tapetum.evidence(net, batch)
    with torch.inference_mode(), untouched(model, batch):
        tapetum.evidence(net, batch)


def test_the_drawing(cat: tapetum.Evidence, tmp_path: Path) -> None:
    cat.save(tmp_path / "path.png")
    with Image.open(tmp_path / "path.png") as image:
        pixels = np.asarray(image)
    assert tuple(pixels[5, 5]) == GROUND
    assert (pixels != GROUND).any(2).mean() > 0.15
    with pytest.raises(OutputError, match="explain"):
        cat.save(tmp_path / "path.html")
    hostile = replace(cat, picture="<b>\x1b[31m\u202e" + "x" * 300)
    assert hostile.draw().size == image.size
