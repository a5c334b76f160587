"""Pictures made for classes: what their network and others see in them, and what a step costs, beside lucent.

Runs where lucent is: `.venv-peers/bin/python -m benchmarks.visualise`, after `make peers`.
"""

import argparse
import random
import statistics
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import tapetum
from benchmarks import machine
from benchmarks.lucent_pictures import SIDES, render
from benchmarks.networks import subject
from benchmarks.table import Row, Section, show
from benchmarks.timing import Effort, Times, race
from tapetum.network import Network
from tapetum.pictures import png_bytes, write_atomically

STEPS, CLASSES, SEED = 128, 50, 0
JUDGES = ("lite1", "lite2")
_STEP_BAR = 0.5
_TIMED_STEPS = 16
_TOGETHER = 4

_SEEN = f"""Pictures made on lite0 in {STEPS} steps for {CLASSES} classes drawn by seed, saved as PNG and
shown without moves. Top-1: the share that a network names as the class it was made for; top-5: among its five
strongest. lite1 and lite2 had no part in making them. lucent 128 is its default, a picture of 128 that it
enlarges to 224."""
_COST = f"""Milliseconds per step and picture of runs of {_TIMED_STEPS} steps at 224, interleaved; lucent
makes one picture at a time, tapetum 1 or {_TOGETHER}. Calm: turns in which nothing else ran."""


@dataclass(frozen=True)
class Seen:
    """What one network sees in pictures of known classes."""

    top1: float
    top5: float
    logit: float
    rank: float


def classes() -> list[int]:
    """The classes, drawn by seed."""
    return random.Random(SEED).sample(range(1000), CLASSES)


def pictures(folder: Path) -> dict[str, dict[int, Image.Image]]:
    """The pictures of every maker by class; those made before are read from the folder."""
    network = tapetum.load("lite0", engine="torch")
    module = subject("lite0").module
    makers: dict[str, Callable[[Sequence[int]], list[Image.Image]]] = {
        "tapetum": lambda some: [
            panel.image
            for panel in tapetum.visualise(
                network, [f"class:{one}" for one in some], steps=STEPS, frames=0
            ).panels
        ]
    }
    for side in SIDES:
        makers[f"lucent {side}"] = lambda some, side=side: [
            render(module, one, steps=STEPS, side=side) for one in some
        ]
    return {name: _made(folder / name.replace(" ", "-"), make) for name, make in makers.items()}


def _made(folder: Path, make: Callable[[Sequence[int]], list[Image.Image]]) -> dict[int, Image.Image]:
    folder.mkdir(parents=True, exist_ok=True)
    missing = [one for one in classes() if not (folder / f"{one}.png").exists()]
    for start in range(0, len(missing), _TOGETHER):
        some = missing[start : start + _TOGETHER]
        for one, image in zip(some, make(some), strict=True):
            write_atomically(folder / f"{one}.png", png_bytes(np.asarray(image)))
    return {one: Image.open(folder / f"{one}.png").convert("RGB") for one in classes()}


def seen(network: Network, made: dict[int, Image.Image]) -> Seen:
    """What a network says of pictures that it is shown as any others."""
    logits = torch.cat([network(network.prepare(image)) for image in made.values()])
    own = logits.gather(1, torch.tensor(list(made))[:, None])
    ranks = 1 + (logits > own).sum(1)
    return Seen(
        top1=float((ranks == 1).float().mean()),
        top5=float((ranks <= 5).float().mean()),
        logit=float(own.mean()),
        rank=statistics.median(ranks.tolist()),
    )


def opinions(folder: Path) -> list[Section]:
    """One row for every maker and judge; the bars are for lucent's share divided by ours."""
    made = pictures(folder)
    rows: list[Row] = []
    for judge in ("lite0", *JUDGES):
        network = tapetum.load(judge, engine="torch")
        found = {maker: seen(network, images) for maker, images in made.items()}
        for maker, one in found.items():
            facts = (
                ("top-5", f"{one.top5:.2f}"),
                ("mean logit", f"{one.logit:.1f}"),
                ("rank", f"{one.rank:g}"),
            )
            rows.append(Row(judge, f"{maker}: top-1", one.top1, unit="", facts=facts))
        for side in SIDES if judge in JUDGES else ():
            for name in ("top1", "top5"):
                theirs, ours = (getattr(found[maker], name) for maker in (f"lucent {side}", "tapetum"))
                rows.append(Row(judge, f"lucent {side} / tapetum, {name}", theirs / max(ours, 1e-9), bar=1.0))
    return [Section("What networks see in pictures made for classes on lite0", tuple(rows), _SEEN)]


def cost(effort: Effort) -> list[Section]:
    """Milliseconds per step and picture."""
    network = tapetum.load("lite0", engine="torch")
    module = subject("lite0").module

    def ours(count: int) -> Callable[[], object]:
        wanted = [f"class:{one}" for one in classes()[:count]]
        return lambda: tapetum.visualise(network, wanted, steps=_TIMED_STEPS, frames=0)

    contenders: dict[str, Callable[[], object]] = {
        "tapetum": ours(1),
        f"tapetum, {_TOGETHER}": ours(_TOGETHER),
    }
    for side in SIDES:
        contenders[f"lucent {side}"] = lambda side=side: render(
            module, classes()[0], steps=_TIMED_STEPS, side=side
        )
    times = race(contenders, effort)
    pictures_of = {f"tapetum, {_TOGETHER}": _TOGETHER}
    each = {
        name: 1e3 * found.median / _TIMED_STEPS / pictures_of.get(name, 1) for name, found in times.items()
    }
    rows = [
        Row("lite0", name, value, unit="ms", facts=_facts(times[name], pictures_of.get(name, 1)))
        for name, value in each.items()
    ]
    for name in ("tapetum", f"tapetum, {_TOGETHER}"):
        for side in SIDES:
            ratio = each[name] / each[f"lucent {side}"]
            rows.append(Row("lite0", f"{name} / lucent {side}", ratio, bar=_STEP_BAR))
    return [Section("What a step costs", tuple(rows), _COST)]


def _facts(found: Times, count: int) -> tuple[tuple[str, str], ...]:
    least = 1e3 * found.minimum / _TIMED_STEPS / count
    return (("by least", f"{least:.1f} ms"), ("calm", found.calm))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.visualise", description=__doc__)
    parser.add_argument("--only", choices=("opinions", "cost"), help="one of the two tables")
    parser.add_argument(
        "--folder", type=Path, default=Path(".benchmarks/visualise"), help="where pictures are kept"
    )
    parser.add_argument("--threads", type=int, help="of torch")
    asked = parser.parse_args()
    if asked.threads:
        torch.set_num_threads(asked.threads)
    warnings.simplefilter("ignore")
    for line in machine.describe():
        print(line)
    sections = [] if asked.only == "cost" else opinions(asked.folder)
    sections += [] if asked.only == "opinions" else cost(Effort())
    for section in sections:
        print()
        show(section)


if __name__ == "__main__":
    main()
