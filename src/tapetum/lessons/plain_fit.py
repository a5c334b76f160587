"""Stands in for the data and the training of `tapetum.learning` until they are there."""

import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from tapetum.errors import DataError
from tapetum.learning import PictureSet, as_tensors, in_memory
from tapetum.models.small import build_small
from tapetum.network import Preparation
from tapetum.progress import stage


@dataclass(frozen=True)
class Epoch:
    """One round through the training part."""

    number: int
    training_loss: float
    validation_loss: float
    validation_accuracy: float


@dataclass(frozen=True)
class Fitted:
    """How a training went."""

    history: tuple[Epoch, ...]
    best: int


def fit(
    module: nn.Module,
    train: PictureSet,
    validation: PictureSet,
    preparation: Preparation,
    *,
    epochs: int,
    batch: int = 32,
    patience: int | None = None,
    seed: int = 0,
) -> Fitted:
    """Train in place with Adam; the weights with the lowest validation loss stay."""
    pictures, labels = as_tensors(train, preparation)
    held, truth = as_tensors(validation, preparation)
    optimiser = torch.optim.Adam(module.parameters(), 1e-3)
    history: list[Epoch] = []
    best, weights = 0, copy.deepcopy(module.state_dict())
    with stage("Training", epochs) as advance, torch.random.fork_rng([]):
        torch.manual_seed(seed)
        for number in range(1, epochs + 1):
            module.train()
            losses = []
            for places in torch.randperm(len(pictures)).split(batch):
                optimiser.zero_grad()
                loss = _loss(module(pictures[places]), labels[places])
                loss.backward()
                optimiser.step()
                losses.append(float(loss.detach()))
            module.eval()
            with torch.no_grad():
                logits = module(held)
            said = (logits[:, 0] > 0).long() if logits.shape[1] == 1 else logits.argmax(1)
            right = float((said == truth).float().mean())
            history.append(Epoch(number, float(np.mean(losses)), float(_loss(logits, truth)), right))
            if history[-1].validation_loss == min(one.validation_loss for one in history):
                best, weights = number, copy.deepcopy(module.state_dict())
            advance(1)
            if patience is not None and number - best >= patience:
                break
    module.load_state_dict(weights)
    return Fitted(tuple(history), best)


def untrained(name: str, preparation: Preparation, classes: int, *, seed: int = 0) -> nn.Module:
    """A small network with random weights of this seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build_small(name, preparation.channels, preparation.rows, preparation.columns, classes)


def measured(data: PictureSet) -> Preparation:
    """The preparation under which pixels have mean 0 and standard deviation 1."""
    pixels = np.stack([picture.pixels for picture, _ in data]) / 255
    grey = bool((pixels == pixels[..., :1]).all())
    channels = 1 if grey else 3
    mean = tuple(pixels.mean((0, 1, 2))[:channels].tolist())
    std = tuple(pixels.std((0, 1, 2))[:channels].tolist())
    return Preparation(*pixels.shape[1:3], channels=channels, mean=mean, std=std)


def open_data(source: str | Path) -> PictureSet:
    """Faces, or a file as article 3 has it."""
    if source == "faces":
        from skimage.data import lfw_subset

        pixels = np.round(lfw_subset() * 255).astype(np.uint8)
        return in_memory("faces", pixels, np.repeat([1, 0], 100), ("no face", "face"))
    import h5py

    try:
        with h5py.File(source) as file:
            classes = [
                one.decode() if isinstance(one, bytes) else str(one) for one in file["list_classes"][:]
            ]
            return in_memory(
                Path(source).name, file["train_set_x"][:], file["train_set_y"][:].ravel(), classes
            )
    except (OSError, KeyError) as error:
        raise DataError(f"{source} cannot be read as HDF5. Give a file as article 3 has it.") from error


def _loss(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    if logits.shape[1] == 1:
        return nn.functional.binary_cross_entropy_with_logits(logits[:, 0], labels.float())
    return nn.functional.cross_entropy(logits, labels)
