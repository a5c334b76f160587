"""The command, run in this process: its exit code, and what it printed."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tapetum.cli import main


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """`run("explain", "cat.png")` inside an empty folder."""
    monkeypatch.chdir(tmp_path)

    def ran(*arguments: str) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Ran(ended.value.code, printed.out, printed.err)

    return ran


@pytest.fixture
def tiny(tmp_path: Path) -> tuple[str, ...]:
    """Options that load a network of two convolutions, 8 and 16 channels, from a file in the same folder."""
    (tmp_path / "tiny_network.py").write_text(
        "import torch\n"
        "from torch import nn\n"
        "def build():\n"
        "    torch.manual_seed(0)\n"
        "    stem = [nn.Conv2d(3, 8, 5, stride=2), nn.ReLU(), nn.Conv2d(8, 16, 3), nn.ReLU()]\n"
        "    return nn.Sequential(*stem, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 4))\n"
    )
    return "--model", "tiny_network:build", "--trust-code", "--channels", "3", "--size", "32"
