"""The objective language: what a text means, and the caret under what it cannot mean."""

import pytest
import torch
from small_networks import Flat, NoPlaces, OneLogit, Residual, noise, seeded

from tapetum.errors import LayerError, ObjectiveError
from tapetum.features import direction_objective, parse_objective
from tapetum.network import Network, Preparation

LABELS = ["leopard", "Shih-Tzu", "tiger cat", "crane"]


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(seeded(Residual()), Preparation(12, 16), LABELS)


def _score(network: Network, text: str, batch: torch.Tensor) -> torch.Tensor:
    objective = parse_objective(network, text)
    values = network.follow(objective.nodes)(batch)
    return objective.score(dict(zip(objective.nodes, values, strict=True))).detach()


def test_every_kind_of_unit(network: Network) -> None:
    batch = noise((2, 3, 12, 16))
    logits = network(batch)
    block = network.activations(batch, ["block1"])["block1"]
    for text, expected in {
        "class:leopard": logits[:, 0],
        "class: 2": logits[:, 2],
        'class:"Shih-Tzu"': logits[:, 1],
        "class:Shih-Tzu": logits[:, 1],
        "class:tiger cat": logits[:, 2],
        "block1:5": block[:, 5].mean((1, 2)),
        "block1:5@3,14": block[:, 5, 3, 14],
        "block1:*": block.flatten(1).norm(dim=1) / block[0].numel() ** 0.5,
        "head:3": logits[:, 3],
        '"block1":5': block[:, 5].mean((1, 2)),
    }.items():
        torch.testing.assert_close(_score(network, text, batch), expected, rtol=1e-4, atol=1e-5, msg=text)


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("class:leopard + 0.5*class:crane", (1, 0, 0, 0.5)),
        ("0.5*class:crane + class:leopard", (1, 0, 0, 0.5)),
        ("2*class:0 + 3*class:1 + 5*class:2 + 7*class:3", (2, 3, 5, 7)),
        ("class:leopard - class:tiger cat", (1, 0, -1, 0)),
        ("-class:Shih-Tzu − .25 * class:crane", (0, -1, 0, -0.25)),
        ("class:leopard+class:tiger cat", (1, 0, 1, 0)),
        ("class:leopard + -2e-1*class:Shih-Tzu", (1, -0.2, 0, 0)),
        ("head:0-head:3", (1, 0, 0, -1)),
    ],
)
def test_weighted_sums(network: Network, text: str, weights: tuple[float, ...]) -> None:
    """Each weight multiplies its own term, never the sum before it."""
    batch = noise((2, 3, 12, 16))
    expected = network(batch) @ torch.tensor([float(w) for w in weights])
    torch.testing.assert_close(_score(network, text, batch), expected, rtol=1e-4, atol=1e-5)


def test_the_text_of_an_objective_is_read_again(network: Network) -> None:
    text = 'class:leopard - 0.5*class:"Shih-Tzu" + block1:5@3,14 - block2:*'
    objective = parse_objective(network, text)
    assert objective.text == text
    assert parse_objective(network, objective.text).text == text
    assert (2 * objective - objective).terms[-1].weight == 1.0


def test_one_logit_has_two_classes() -> None:
    network = Network(seeded(OneLogit()), Preparation(12, 12), ["no", "yes"])
    batch = noise((2, 3, 12, 12))
    z = network(batch)[:, 0]
    torch.testing.assert_close(_score(network, "class:yes", batch), z)
    torch.testing.assert_close(_score(network, "class:no", batch), -z)


def test_layers_of_vectors() -> None:
    network = Network(seeded(Flat()), Preparation(28, 28, 1))
    batch = noise((2, 1, 28, 28))
    vector = network.activations(batch, ["layers.7"])["layers.7"]
    torch.testing.assert_close(_score(network, "layers.7:31", batch), vector[:, 31])
    torch.testing.assert_close(_score(network, "layers.7:*", batch), vector.square().mean(1).sqrt())


def test_directions(network: Network) -> None:
    """The definition with a loop over positions."""
    layer = network.layer("block2")
    batch = noise((2, 3, 12, 16))
    vector = noise((8,), seed=3)
    maps = network.activations(batch, ["block2"])["block2"]
    for position, faithfulness in ((None, 0.0), (None, 2.0), ((4, 7), 2.0)):
        objective = direction_objective(layer, vector, position, faithfulness=faithfulness)
        found = objective.score({layer.node: maps})
        places = [position] if position else [(row, column) for row in range(12) for column in range(16)]
        for picture in range(2):
            total = 0.0
            for row, column in places:
                a = maps[picture, :, row, column]
                along = float(a @ vector / vector.norm())
                total += along * max(0.1, along / float(a.norm())) ** faithfulness
            assert float(found[picture]) == pytest.approx(total / len(places), rel=1e-4, abs=1e-6)
    with pytest.raises(LayerError, match="has 7 numbers, and block2 has 8 channels"):
        direction_objective(layer, vector[:7])
    with pytest.raises(LayerError, match="not all of them 0"):
        direction_objective(layer, torch.zeros(8))
    with pytest.raises(LayerError, match="Its rows are 0 to 11"):
        direction_objective(layer, vector, (12, 0))


@pytest.mark.parametrize(
    ("text", "words", "under"),
    [
        ("", "empty", ""),
        ("   ", "empty", " "),
        ("leopard", "Write class:leopard if it is a class", "leopard"),
        ("class:", "label or index of a class is missing", ""),
        ("class:leopard + ", "a term is missing", ""),
        ("+", "a term is missing", ""),
        ('class:"Shih', "not closed", '"'),
        ("class:loepard", "leopard", "loepard"),
        ("class:leopard - 0.5*class:zebra", "No class is called 'zebra'", "zebra"),
        ("class:4", "0 to 3", "4"),
        ("class:-1", "There is no class -1", "-1"),
        ("class:99999999999999999999", "99999999999999999999", "9" * 20),
        ('class:"leopard" class:crane', "stands + or -", "c"),
        ("block1:3 block1:4", "stands + or -", "b"),
        ("block9:3", "block1, block2", "block9"),
        ("block1:", "a channel of block1 is missing", ""),
        ("block1:x", "a channel of block1 is missing", "x"),
        ("block1:-3", "a channel of block1 is missing", "-"),
        ("block1:8", "channels are 0 to 7", "8"),
        ("block1:99999999999999999999", "channels are 0 to 7", "9" * 20),
        ("block1:3@", "a row and a column", "@"),
        ("block1:3@4", "a row and a column", "@"),
        ("block1:3@12,4", "rows are 0 to 11", "12"),
        ("block1:3@4,16", "columns 0 to 15", "16"),
        ("block1:*@4,3", "belongs to one channel", "@4,3"),
        ("head:3@0,0", "no rows and columns", "0"),
        ("0*class:leopard", "says nothing", "0"),
        ("1e999*class:leopard", "says nothing", "1e999"),
        ("2class:leopard", "a channel of 2class is missing", "l"),
    ],
)
def test_the_caret_stands_under_the_mistake(network: Network, text: str, words: str, under: str) -> None:
    with pytest.raises(ObjectiveError) as caught:
        parse_objective(network, text)
    assert words in str(caught.value)
    shown, caret = caught.value.sketch
    assert shown == f"  {text}"
    start, length = caret.index("^"), caret.count("^")
    assert shown[start : start + length].strip() == under.strip()
    assert str(caught.value).count("\n") == 2


def test_the_sketch_of_a_long_or_hostile_text_stays_short_and_in_place(network: Network) -> None:
    for text in ("class:leopard + " * 400 + "class:\x1b[31mzebra\u202e\n", "class:" + "x" * 5000):
        with pytest.raises(ObjectiveError) as caught:
            parse_objective(network, text)
        shown, caret = caught.value.sketch
        assert len(shown) < 160
        assert shown.isprintable()
        assert len(caret) <= len(shown)
        assert caret.index("^") == (shown.rindex("class:") + 6)


def test_an_ambiguous_label_gives_both_indices() -> None:
    network = Network(seeded(Residual()), Preparation(12, 12), ["a", "crane", "b", "crane"])
    with pytest.raises(ObjectiveError, match=r"1 \(crane\), 3 \(crane\)"):
        parse_objective(network, "class:crane")
    assert parse_objective(network, "class:3").text == "class:3"


def test_a_layer_in_which_no_channels_can_be_told() -> None:
    network = Network(seeded(NoPlaces()), Preparation(8, 8))
    assert parse_objective(network, "layers.1:15").text == "layers.1:15"
