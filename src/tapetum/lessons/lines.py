"""Lesson: a small network learns horizontal and vertical lines, and its kernels become edge detectors."""

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from tapetum.learning import Film, PictureSet, as_tensors, lines, split
from tapetum.models import load
from tapetum.models.small import build_small
from tapetum.network import Preparation
from tapetum.progress import stage
from tapetum.results import Story

if TYPE_CHECKING:
    pass

_SIZE = 50
_PER_CLASS = 600
_EPOCHS = 12
_BATCH = 32
_RATE = 1e-3
_PREPARATION = Preparation(channels=1, rows=_SIZE, columns=_SIZE, mean=(0.0,), std=(1.0,))


def run(*, seed: int = 0) -> Story:
    """Article 2: lines, eight 7×7 kernels, and a film of how they change."""
    train, validation, test = split(lines(_PER_CLASS, size=_SIZE, seed=seed), seed=seed)
    probes = _probes(validation)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build_small("article-2", 1, _SIZE, _SIZE, 2)
        film = Film(
            model,
            as_tensors(probes, _PREPARATION)[0],
            names=[f"{probes.classes[label]} line" for label in probes.labels],
            name="article 2's network",
        )
        _train(model, film, train, validation)
    reel = film.reel
    network = load(
        model, input_shape=(1, _SIZE, _SIZE), labels=train.classes, mean=0.0, std=1.0, name="article-2"
    )
    answers = _answers(network, test)
    numbers = {"test_accuracy": _accuracy(model, test), **_edges(reel), **_preferences(answers)}
    parts = (
        _data(train, validation, test),
        _training(reel, numbers),
        _kernels(reel, numbers),
        _responses(reel, answers, numbers),
        _journey(network, test),
    )
    return Story(
        "lines",
        "Kernels become edge detectors",
        "Nobody tells this network what an edge is. It sees pictures of horizontal and of vertical lines, and "
        "gradient descent turns its random kernels into something like Prewitt's operator.",
        parts=parts,
        numbers=numbers,
    )


def _probes(data: PictureSet, each: int = 4) -> PictureSet:
    """The first few pictures of each class."""
    places = [np.flatnonzero(data.labels == label)[:each] for label in range(len(data.classes))]
    return data.picked(np.concatenate(places), "probes")


def _train(model: nn.Module, film: Film, train: PictureSet, validation: PictureSet) -> None:
    """A plain loop; the film takes one line of it."""
    pictures, labels = as_tensors(train, _PREPARATION)
    optimiser = torch.optim.Adam(model.parameters(), lr=_RATE)
    with stage("Training", _EPOCHS) as advance:
        for _ in range(_EPOCHS):
            model.train()
            total = 0.0
            for places in torch.randperm(len(pictures)).split(_BATCH):
                loss = functional.cross_entropy(model(pictures[places]), labels[places])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                total += float(loss.detach()) * len(places)
            film.record(loss=total / len(pictures), val_accuracy=_accuracy(model, validation))
            advance(1)


def _accuracy(model: nn.Module, data: PictureSet) -> float:
    pictures, labels = as_tensors(data, _PREPARATION)
    with torch.no_grad():
        found = model.eval()(pictures).argmax(dim=1)
    return float((found == labels).float().mean())
