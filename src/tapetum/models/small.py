"""Small networks that train in seconds, for pictures of any size that their layers leave something of."""

from collections import OrderedDict
from collections.abc import Callable

import torch
from torch import nn

from tapetum.errors import ModelError


def build_small(name: str, channels: int, rows: int, columns: int, classes: int) -> nn.Module:
    """One of these networks with random weights, drawn from torch's global random state.

    `article-2` has eight 7×7 kernels (400 parameters for grey pictures), a second convolution and two linear
    layers. `article-3` has two blocks of 5×5 convolution, ReLU, batch-norm, pooling and dropout, a linear
    layer of 128, and for two classes a single logit. `lenet` has two 5×5 convolutions with pooling and three
    linear layers.

    Raises:
        ModelError: no such network, or pictures that are too small for it.
    """
    if name not in SMALL:
        raise ModelError(f"There is no small network {name!r}. Choose one of: {', '.join(SMALL)}.")
    convolutions, linear = SMALL[name]
    body = nn.Sequential(OrderedDict(convolutions(channels)))
    try:
        with torch.no_grad():
            features = body.eval()(torch.zeros(1, channels, rows, columns)).numel()
    except RuntimeError as error:
        raise ModelError(
            f"Pictures of {rows}×{columns} are too small for {name}: its layers leave nothing of them. "
            "Give larger ones with --size, or another network."
        ) from error
    head = OrderedDict([("flatten", nn.Flatten()), *linear(features, classes)])
    return nn.Sequential(OrderedDict([*body.named_children(), *head.items()])).train()


def outputs_of(name: str, classes: int) -> int:
    """How many numbers the network answers with: one logit for the two classes of article-3."""
    return 1 if name == "article-3" and classes == 2 else classes


Layers = list[tuple[str, nn.Module]]


def _article_2(channels: int) -> Layers:
    return [
        ("conv1", nn.Conv2d(channels, 8, 7)),
        ("relu1", nn.ReLU()),
        ("pool1", nn.MaxPool2d(2)),
        ("conv2", nn.Conv2d(8, 16, 3)),
        ("relu2", nn.ReLU()),
        ("pool2", nn.MaxPool2d(2)),
        ("dropout", nn.Dropout(0.25)),
    ]


def _article_2_head(features: int, classes: int) -> Layers:
    return [
        ("dense1", nn.Linear(features, 32)),
        ("relu3", nn.ReLU()),
        ("dense2", nn.Linear(32, classes)),
    ]


def _article_3(channels: int) -> Layers:
    layers: Layers = []
    for index, (fewer, more) in enumerate([(channels, 16), (16, 32)], start=1):
        layers += [
            (f"conv{index}", nn.Conv2d(fewer, more, 5, padding="same")),
            (f"relu{index}", nn.ReLU()),
            (f"norm{index}", nn.BatchNorm2d(more)),
            (f"pool{index}", nn.MaxPool2d(2)),
            (f"dropout{index}", nn.Dropout(0.1)),
        ]
    return layers


def _article_3_head(features: int, classes: int) -> Layers:
    return [
        ("dense1", nn.Linear(features, 128)),
        ("relu3", nn.ReLU()),
        ("dense2", nn.Linear(128, outputs_of("article-3", classes))),
    ]


def _lenet(channels: int) -> Layers:
    return [
        ("conv1", nn.Conv2d(channels, 6, 5, padding=2)),
        ("relu1", nn.ReLU()),
        ("pool1", nn.MaxPool2d(2)),
        ("conv2", nn.Conv2d(6, 16, 5, padding=2)),
        ("relu2", nn.ReLU()),
        ("pool2", nn.MaxPool2d(2)),
    ]


def _lenet_head(features: int, classes: int) -> Layers:
    return [
        ("dense1", nn.Linear(features, 120)),
        ("relu3", nn.ReLU()),
        ("dense2", nn.Linear(120, 84)),
        ("relu4", nn.ReLU()),
        ("dense3", nn.Linear(84, classes)),
    ]


SMALL: dict[str, tuple[Callable[[int], Layers], Callable[[int, int], Layers]]] = {
    "article-2": (_article_2, _article_2_head),
    "article-3": (_article_3, _article_3_head),
    "lenet": (_lenet, _lenet_head),
}
"""Per network its convolutional layers for so many channels, and its head for so many features."""
