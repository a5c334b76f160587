"""Networks that work channels-last: the turned graph answers as the module does, and hardly turns."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tapetum.network import Network, Preparation

Body = Callable[["Last", Tensor], Tensor]


class Last(nn.Module):
    """Reads the picture channels-last, and works on it so."""

    def __init__(self, body: Body) -> None:
        super().__init__()
        self.body = body
        with torch.random.fork_rng():
            torch.manual_seed(1)
            self.kernel = nn.Parameter(torch.randn(6, 3, 3, 3))
            self.deep = nn.Parameter(torch.randn(6, 6, 2, 3))
            self.each = nn.Parameter(torch.randn(6))
            self.places = nn.Parameter(torch.randn(9, 8, 1))
            self.mixing = nn.Parameter(torch.randn(5, 6))
            self.norm = nn.LayerNorm(6)
            self.head = nn.Linear(6, 4)

    def conv(self, x: Tensor, kernel: Tensor, **options: object) -> Tensor:
        turned = x.permute(0, 3, 1, 2).contiguous()
        return F.conv2d(turned, kernel, **options).permute(0, 2, 3, 1)  # type: ignore[arg-type]

    def first(self, x: Tensor) -> Tensor:
        return F.relu(self.conv(x, self.kernel, padding=1) + self.each.reshape(1, 1, 1, 6))

    def forward(self, picture: Tensor) -> Tensor:
        x = self.body(self, picture.permute(0, 2, 3, 1))
        return self.head(x.mean((1, 2))) if x.dim() == 4 else x


def network(body: Body) -> tuple[Last, Network]:
    module = Last(body).eval()
    return module, Network(module, Preparation(9, 8))


# What is done to the picture, channels-last, and how often the graph may still turn something.
BODIES: dict[str, tuple[Body, int]] = {
    "convolutions": (lambda m, x: m.conv(m.first(x), m.deep), 0),
    "pads of rows and columns": (lambda m, x: m.conv(F.pad(m.first(x), (0, 0, 1, 2, 3, 0)), m.deep), 0),
    "pads of channels": (lambda m, x: F.pad(m.first(x)[..., :4], (1, 1)), 0),
    "a border in numbers": (lambda m, x: F.pad(m.first(x), (0, 0, 1, 0, 0, 1), value=2.5), 0),
    "a mean kept": (lambda m, x: m.first(x) * torch.sigmoid(m.first(x).mean((1, 2), keepdim=True)), 0),
    "a mean over rows": (lambda m, x: m.first(x).sum(1).amax(1) @ m.head.weight.t(), 0),
    "a sum over channels": (lambda m, x: m.first(x) * m.first(x).sum(-1, keepdim=True), 0),
    "a softmax over channels": (lambda m, x: F.softmax(m.first(x), dim=-1), 0),
    "channels side by side": (lambda m, x: torch.cat([m.first(x), x], dim=-1)[..., 1:7], 0),
    "rows on top of each other": (lambda m, x: torch.cat([m.first(x), 2 * m.first(x)], dim=1), 0),
    "slices and flips": (lambda m, x: m.first(x).flip([1, 3])[:, 1:, ::2, :], 0),
    "pieces": (lambda m, x: torch.cat(list(m.first(x).split([2, 4], dim=3))[::-1], 3), 0),
    "numbers for each place": (lambda m, x: m.first(x) + m.places, 1),
    "one number for each channel": (lambda m, x: m.first(x) * m.each - 0.5, 0),
    "one number": (lambda m, x: m.first(x) * m.each[0], 0),
    "transposition": (lambda m, x: m.conv(m.first(x).transpose(1, 2), m.deep), 1),
    "a layer norm": (lambda m, x: m.conv(m.norm(m.first(x)), m.deep), 2),
    "a product along channels": (lambda m, x: F.relu(m.first(x) @ m.mixing.t())[..., [0, 1, 2, 3, 4, 0]], 4),
    "an order": (lambda m, x: m.conv(m.first(x).cumsum(2), m.deep), 2),
    "flattening": (lambda m, x: m.first(x).flatten(1)[:, :4], 1),
    "flattening one place": (
        lambda m, x: F.linear(m.first(x).mean((1, 2), keepdim=True).reshape(-1, 6), m.mixing),
        0,
    ),
    "a gate": (lambda m, x: m.conv(m.first(x).mean((1, 2)).reshape(-1, 1, 1, 6), m.deep[:, :, :1, :1]), 0),
    "attention": (lambda m, x: m.first(x).reshape(-1, 72, 6).softmax(1).mean(1)[:, :4], 1),
    "pooling": (
        lambda m, x: F.max_pool2d(m.first(x).permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1).clone(),
        0,
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_the_turned_graph_is_the_module(name):
    body, turns = BODIES[name]
    module, captured = network(body)
    pictures = torch.randn(3, 3, 9, 8)
    wanted = module(pictures)
    found = captured(pictures)
    assert found.shape == wanted.shape
    assert (found - wanted).abs().max() <= 1e-5 * wanted.abs().max()
    nodes = [node for node in captured.folded.graph.nodes if "permute" in str(node.target)]
    picture_side = [node for node in nodes if node.args[0].op != "placeholder"]
    assert len(picture_side) <= turns, captured.folded.graph
    folded = captured.evaluate(pictures)[0]
    assert (folded - wanted).abs().max() <= 1e-4 * wanted.abs().max()


def test_steps_become_the_layers_that_they_are():
    class Steps(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.kernel, self.bias = nn.Parameter(torch.randn(4, 3, 3, 3)), nn.Parameter(torch.randn(4))
            self.gain, self.offset = nn.Parameter(torch.rand(4) + 0.5), nn.Parameter(torch.randn(4))
            self.register_buffer("mean", torch.randn(4))
            self.register_buffer("variance", torch.rand(4) + 0.5)
            self.weight, self.shift = nn.Parameter(torch.randn(2, 4)), nn.Parameter(torch.randn(2))

        def forward(self, picture: Tensor) -> Tensor:
            x = F.conv2d(picture.permute(0, 2, 3, 1).permute(0, 3, 1, 2), self.kernel).permute(0, 2, 3, 1)
            x = x + self.bias.reshape(1, 1, 1, 4)
            factor = (self.variance.reshape(1, 1, 1, 4) + 1e-3).rsqrt() * self.gain.reshape(1, 1, 1, 4)
            x = (x - self.mean.reshape(1, 1, 1, 4)) * factor + self.offset.reshape(1, 1, 1, 4)
            return x.mean((1, 2)) @ self.weight.t() + self.shift

    module = Steps()
    captured = Network(module, Preparation(9, 8))
    assert [layer.kind for layer in captured.layers] == ["conv2d", "batch_norm", "mean", "linear"]
    assert [layer.parameters for layer in captured.layers] == [112, 8, 0, 10]
    pictures = torch.randn(2, 3, 9, 8)
    assert torch.allclose(captured(pictures), module(pictures), atol=1e-5)
    folded = [str(node.target) for node in captured.folded.graph.nodes if node.op == "call_function"]
    assert folded == ["aten.conv2d.default", "aten.mean.dim", "aten.linear.default"]


def test_values_stay_where_the_picture_is_read_channel_first():
    """Turns of such a network are its author's own, and every layer keeps its name."""
    module = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU())

    class First(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.head = module, nn.Linear(6, 2)

        def forward(self, picture: Tensor) -> Tensor:
            return self.head(self.body(picture).permute(0, 2, 3, 1)).mean((1, 2))

    captured = Network(First(), Preparation(9, 8))
    assert "permute" in [layer.name for layer in captured.layers]


def test_activations_come_channel_first():
    module, captured = network(
        lambda m, x: F.relu(m.norm(m.first(x)) @ m.mixing.t())[..., [0, 1, 2, 3, 4, 0]]
    )
    pictures = torch.randn(2, 3, 9, 8)
    values = captured.activations(pictures, ["norm"])["norm"]
    wanted = module.norm(module.first(pictures.permute(0, 2, 3, 1)))
    assert torch.allclose(values, wanted.permute(0, 3, 1, 2), atol=1e-5)


def test_a_flipped_picture_keeps_its_receptive_fields():
    module, captured = network(lambda m, x: m.first(x.flip([3])))
    plain = network(lambda m, x: m.first(x))[1]
    del module
    assert captured.layers[-2].receptive_field == plain.layers[-2].receptive_field
    assert all(layer.exact for layer in captured.layers)


def test_flipped_rows_are_seen_from_the_other_end():
    captured = network(lambda m, x: m.first(x).flip([1]))[1]
    layers = {layer.kind: layer for layer in captured.layers}
    before, after = captured.extent(layers["relu"]), captured.extent(layers["flip"])
    assert before.rows is not None
    assert after.rows is not None
    assert after.rows.lo.tolist() == before.rows.lo[::-1].tolist()
    assert after.rows.hi.tolist() == before.rows.hi[::-1].tolist()
    assert layers["flip"].receptive_field == (3, 3)
