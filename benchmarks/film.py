"""What a film costs: epochs of article 3's network with and without it, in turns."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

import tapetum
from benchmarks.table import Row, Section
from benchmarks.timing import Effort, race
from tapetum.models.small import build_small

NAMES = ("article-3",)
_BAR = 1.03
_EPOCHS = 20
_PICTURES, _SIDE, _BATCH, _PROBES = 600, 64, 32, 4


def run(names: Sequence[str] = NAMES, effort: Effort = Effort()) -> list[Section]:  # noqa: B008
    """At least 20 epochs of each, one after the other in changing order."""
    generator = torch.Generator().manual_seed(0)
    pictures = torch.rand(_PICTURES, 3, _SIDE, _SIDE, generator=generator)
    labels = (torch.arange(_PICTURES) % 2).float()[:, None]
    with tempfile.TemporaryDirectory() as folder:
        plain, _ = _epoch(pictures, labels, None)
        filmed, film = _epoch(pictures, labels, Path(folder) / "film.npz")
        times = race({"plain": plain, "filmed": filmed}, replace(effort, rounds=_EPOCHS, least=_EPOCHS))
        record = race({"record": lambda: film.record(loss=0.0)}, effort)["record"]
        size = (Path(folder) / "film.npz").stat().st_size / 1e6
    facts = (
        ("calm", times["filmed"].calm),
        ("plain", f"{times['plain'].median:.3f} s"),
        ("filmed", f"{times['filmed'].median:.3f} s"),
    )
    ratio = times["filmed"].median / times["plain"].median
    rows = (
        Row("article-3", "an epoch with a film / without", ratio, "×", _BAR, facts),
        Row("article-3", "one frame taken, and written as it falls due", record.median * 1e3, "ms"),
        Row(
            "article-3",
            "the same as a share of a plain epoch",
            100 * record.median / times["plain"].median,
            "%",
        ),
        Row("article-3", "the file", size, "MB"),
    )
    note = f"{_PICTURES} random pictures of 3 × {_SIDE} × {_SIDE}, batch {_BATCH}, Adam; {_PROBES} probes"
    return [Section("A film of a training", rows, note)]


def _epoch(
    pictures: torch.Tensor, labels: torch.Tensor, file: Path | None
) -> tuple[Callable[[], None], tapetum.Film]:
    """One epoch of training, which ends with a frame where there is a film; and that film."""
    torch.manual_seed(0)
    model: nn.Module = build_small("article-3", 3, _SIDE, _SIDE, 2)
    optimiser = torch.optim.Adam(model.parameters())
    film = tapetum.Film(model, pictures[:_PROBES], file=file)

    def epoch() -> None:
        total = 0.0
        model.train()
        for places in torch.randperm(_PICTURES).split(_BATCH):
            loss = functional.binary_cross_entropy_with_logits(model(pictures[places]), labels[places])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += float(loss.detach())
        if file is not None:
            film.record(loss=total)

    return epoch, film
