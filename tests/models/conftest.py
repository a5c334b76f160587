"""What the tests of this room share: small modules, a canary, and a machine without a network."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from tapetum.models.torchvision_import import import_timm


class Canary:
    """Unpickling it creates the file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (str(self.path), "w"))


@pytest.fixture
def cage(tmp_path: Path) -> Path:
    """The file that appears when a canary sings."""
    return tmp_path / "cage"


@pytest.fixture
def canary(cage: Path) -> Canary:
    return Canary(cage)


@pytest.fixture
def small() -> Callable[..., nn.Module]:
    """A small classifier with batch-norm and dropout."""

    def small(classes: int = 4, channels: int = 3) -> nn.Module:
        with torch.random.fork_rng():
            torch.manual_seed(3)
            return nn.Sequential(
                nn.Conv2d(channels, 8, 3, padding=1),
                nn.BatchNorm2d(8),
                nn.ReLU(inplace=True),
                nn.AdaptiveAvgPool2d(1),
                nn.Flatten(),
                nn.Dropout(),
                nn.Linear(8, classes),
            )

    return small


@pytest.fixture
def timm_resnet() -> Callable[..., nn.Module]:
    """timm's tiny ResNet with weights of its own."""

    def build(**arguments: Any) -> nn.Module:
        with torch.random.fork_rng():
            torch.manual_seed(5)
            return import_timm().create_model("test_resnet", **arguments).eval()

    return build


@pytest.fixture
def nowhere() -> str:
    """A proxy on the port for "discard", where nothing listens: it refuses every connection at once."""
    return "http://127.0.0.1:9"


@pytest.fixture
def no_network(nowhere: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Nothing can be fetched, and torch's cache folder is empty; returns where it keeps its files."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, nowhere)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    os.makedirs(folder)
    return folder
