"""Positions of the picture in a transformer's tokens, found from the graph."""

import functools

import pytest
import torch
import torch.nn.functional as F
from small_networks import Plain, noise, seeded
from torch import Tensor, nn

from tapetum.attribution import gradcam, hirescam
from tapetum.errors import LayerError
from tapetum.models.torchvision_import import import_timm, import_torchvision
from tapetum.network import Network, Preparation
from tapetum.registry import METHODS

tv, timm = import_torchvision().models, import_timm()


class Block(nn.Module):
    """Attention and a small MLP, each after a norm and added to what came in."""

    def __init__(self, width: int, heads: int = 2) -> None:
        super().__init__()
        self.norm1, self.norm2, self.heads = nn.LayerNorm(width), nn.LayerNorm(width), heads
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        batch, count, width = x.shape
        qkv = self.qkv(self.norm1(x)).reshape(batch, count, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        weights = (q @ k.transpose(-2, -1) / (width // self.heads) ** 0.5).softmax(-1)
        x = x + self.proj((weights @ v).transpose(1, 2).reshape(batch, count, width))
        return x + self.mlp(self.norm2(x))


class Transformer(nn.Module):
    """A small ViT. `patches`: by a convolution, by reshaping, or a sliding window; `verdict`: from where."""

    def __init__(self, *, patches: str = "convolution", verdict: str = "token", extra: int = 1) -> None:
        super().__init__()
        self.patches, self.verdict = patches, verdict
        self.embed = nn.Conv2d(3, 8, 4, stride=4)
        self.linear = nn.Linear(48, 8)
        self.tokens = nn.Parameter(torch.zeros(1, extra, 8)) if extra else None
        self.place = nn.Parameter(torch.zeros(1, 12 + extra, 8))
        self.blocks = nn.Sequential(Block(8), Block(8))
        self.norm, self.head = nn.LayerNorm(8), nn.Linear(8, 4)
        self.extra = extra

    def forward(self, x: Tensor) -> Tensor:
        batch = len(x)
        if self.patches == "convolution":
            x = self.embed(x).flatten(2).transpose(1, 2)
        elif self.patches == "reshaping":
            x = x.reshape(batch, 3, 3, 4, 4, 4).permute(0, 2, 4, 3, 5, 1).reshape(batch, 12, 48)
            x = self.linear(x)
        else:
            x = self.linear(F.unfold(x, 4, stride=4).transpose(1, 2))
        if self.tokens is not None:
            x = torch.cat([self.tokens.expand(batch, -1, -1), x], 1)
        x = self.norm(self.blocks(x + self.place))
        return self.head(x[:, 0] if self.verdict == "token" else x[:, self.extra :].mean(1))


@functools.cache
def build(**options: object) -> tuple[Transformer, Network]:
    model = seeded(Transformer(**options)).double()  # type: ignore[arg-type]
    return model, Network(model, Preparation(12, 16), engine="torch")


BATCH = noise((3, 3, 12, 16), dtype=torch.float64)


@pytest.mark.parametrize("patches", ["convolution", "reshaping"])
@pytest.mark.parametrize("extra", [1, 3])
def test_the_last_layer_that_attention_mixes_into_a_class_token(patches: str, extra: int) -> None:
    _, network = build(patches=patches, extra=extra)
    layer = network.layer()
    assert (layer.name, layer.shape, layer.spatial) == ("blocks.1.norm1", (12 + extra, 8), True)
    places = layer.places
    assert places is not None
    assert (places.rows, places.columns, places.prefix) == (3, 4, extra)
    # After the last attention no position reaches the verdict: a map there is empty.
    assert not bool(gradcam(network, BATCH, 1, layer="blocks.1.norm2").values.any())
    assert bool(gradcam(network, BATCH, 1).values.any())


@pytest.mark.parametrize("extra", [0, 2])
def test_the_last_layer_before_tokens_are_averaged(extra: int) -> None:
    _, network = build(verdict="mean", extra=extra)
    assert network.layer().name == "norm"


def test_values_and_gradients_lie_at_their_places() -> None:
    """The token of row i and column j is the patch there: only that patch moves it in the embedding."""
    _, network = build()
    layer = network.layer("cat")
    other = BATCH.clone()
    other[:, :, 4:8, 12:16] += 1.0  # the patch in row 1, column 3
    assert layer.places is not None
    before, after = (layer.places.maps(network.activations(b, ["cat"])["cat"]) for b in (BATCH, other))
    moved = (before != after).any(1).any(0)
    expected = torch.zeros(3, 4, dtype=torch.bool)
    expected[1, 3] = True
    assert torch.equal(moved, expected)


def test_a_map_of_tokens_by_its_formula() -> None:
    model, network = build()
    found = hirescam(network, BATCH, 2)
    kept: list[Tensor] = []
    hook = model.blocks[1].norm1.register_forward_hook(lambda module, given, value: kept.append(value))
    (gradient,) = torch.autograd.grad(model(BATCH)[:, 2].sum(), kept[0])
    hook.remove()
    expected = (gradient * kept[0].detach())[:, 1:].sum(2).reshape(3, 3, 4)
    assert torch.allclose(found.values.double(), expected, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize(
    "key",
    [
        key
        for key, m in METHODS.items()
        if m.family == "class activation" and not m.needs_pooled_head and "B" not in m.cost
    ],
)
def test_class_activation_methods_on_tokens(key: str) -> None:
    _, network = build()
    found = METHODS[key](network, BATCH, 1)
    assert bool(found.values.any())
    assert found.layer == "blocks.1.norm1"
    alone = METHODS[key](network, BATCH[1:2], 1)
    assert torch.allclose(found.values[1:2], alone.values, rtol=1e-4, atol=1e-9)
    assert found.at_picture_size().shape == (3, 12, 16)


def test_cam_of_averaged_tokens() -> None:
    _, network = build(verdict="mean")
    found, mean = METHODS["cam"](network, BATCH, 1), gradcam(network, BATCH, 1, layer="norm")
    assert torch.allclose(found.values, 12 * mean.values, rtol=1e-5, atol=1e-9)


def test_tokens_without_a_grid_are_told() -> None:
    """A sliding window hides rows and columns in a way that is not followed."""
    _, network = build(patches="sliding")
    with pytest.raises(LayerError, match=r"no default layer.*saliency"):
        network.layer()
    with pytest.raises(LayerError, match=r"blocks\.1\.norm1.*without rows and columns"):
        gradcam(network, BATCH, 1, layer="blocks.1.norm1")


def test_rows_and_columns_before_the_channels() -> None:
    class Last(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm, self.fc = nn.Conv2d(3, 8, 3), nn.LayerNorm(8), nn.Linear(8, 4)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(F.relu(self.norm(self.conv(x).permute(0, 2, 3, 1))).mean((1, 2)))

    network = Network(seeded(Last()).double(), Preparation(12, 16), engine="torch")
    layer = network.layer()
    assert (layer.name, layer.shape) == ("relu", (10, 14, 8))
    cam, mean = METHODS["cam"](network, BATCH, 1), gradcam(network, BATCH, 1)
    assert cam.values.shape == (3, 10, 14)
    assert torch.allclose(cam.values, 140 * mean.values, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize(
    ("make", "size", "layer", "grid"),
    [
        (lambda: timm.create_model("vit_tiny_patch16_224", img_size=64), 64, "blocks.11.norm1", (4, 4, 1)),
        (
            lambda: tv.VisionTransformer(64, 16, num_layers=2, num_heads=2, hidden_dim=16, mlp_dim=32),
            64,
            "encoder.layers.encoder_layer_1.ln_1",
            (4, 4, 1),
        ),
        (
            lambda: timm.create_model(
                "swin_tiny_patch4_window7_224",
                **{"img_size": 64, "window_size": 2, "depths": (2, 2), "embed_dim": 16, "num_heads": (2, 4)},
            ),
            64,
            "norm",
            (8, 8, 0),
        ),
    ],
    ids=["vit_tiny", "torchvision", "swin"],
)
def test_real_transformers(make, size: int, layer: str, grid: tuple[int, int, int]) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(0)
    model = make()
    for parameter in model.parameters():
        if not bool(parameter.any()):  # heads often begin with zeros, and then no layer reaches the verdict
            nn.init.normal_(parameter)
    network = Network(model, Preparation(size, size), engine="torch")
    found = network.layer()
    assert found.places is not None
    assert (found.name, (found.places.rows, found.places.columns, found.places.prefix)) == (layer, grid)
    heatmap = gradcam(network, noise((1, 3, size, size)), 1)
    assert bool(heatmap.values.any())
    assert heatmap.values.shape == (1, *grid[:2])


def test_convolutional_networks_are_as_before() -> None:
    network = Network(seeded(Plain()), Preparation(12, 12), engine="torch")
    assert network.layer().name == "relu.2"
    assert [stage.layer.name for stage in network.stages] == ["relu", "relu.2"]
