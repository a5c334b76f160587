"""Ground truth: how much of each method's evidence lies where it is known to be, and who fails."""

import time
from collections.abc import Sequence

import torch
from torch import Tensor

from benchmarks.planted import accuracy, network, planted, trained
from benchmarks.table import Row, Section
from benchmarks.timing import Effort
from tapetum.errors import TapetumError
from tapetum.evaluation import CONTROLS, METRICS, interval
from tapetum.network import Network
from tapetum.registry import METHODS

PLANTED = "planted"
_SEED = 20
_TOGETHER = 20
_RIVALS = ("edges", "centre")

_NOTE = """Share of a map's positive values (mass), and of its K strongest pixels (rank), inside the square of
K pixels that holds the planted shape, with 95 % bootstrap intervals over the pictures. A map that is spread
evenly has {share:.3f}. "fails": the interval of the difference to the better of edge detector and centre,
picture by picture, does not lie above zero. Classifier: accuracy {right:.3f} on new pictures, {bare:.3f}
where the shape is taken away (chance {chance:.2f}); trained in {seconds:.0f} s."""


def run(names: Sequence[str] = (PLANTED,), effort: Effort = Effort()) -> list[Section]:  # noqa: B008
    """One row per method, then the controls."""
    begin = time.perf_counter()
    module = trained()
    seconds = time.perf_counter() - begin
    found = planted(100 if effort.rounds >= 5 else 40, seed=99)
    tested = planted(400, seed=98)
    right = accuracy(module, tested.pictures, tested.classes)
    bare = accuracy(module, tested.bare, tested.classes)
    if right < 0.98 or bare > 0.32:
        raise RuntimeError(
            f"the classifier does not use the shapes alone: accuracy {right:.3f}, without {bare:.3f}"
        )
    net = network(module)
    controls = {
        key: _scored([control.function(found.pictures)], found.masks) for key, control in CONTROLS.items()
    }
    rows, failures, refused = [], [], []
    for key in METHODS:
        try:
            scores, taken = _method(net, key, found.pictures, found.classes, found.masks)
        except TapetumError as error:
            refused.append(f"{key}: {error}")
            continue
        fails = [name for name, values in scores.items() if not _above(values, name, controls)]
        failures += [key] if "mass" in fails else []
        rows.append(_row("methods", key, scores, (" and ".join(fails), f"{taken / len(found.pictures):.3f}")))
    rows += [_row("controls", key, scores, ("", "")) for key, scores in controls.items()]
    facts = {"share": float(found.masks.float().mean()), "right": right, "bare": bare, "chance": 0.25}
    words = f"Methods that fail by their mass: {', '.join(failures) or 'none'}."
    note = "\n".join([_NOTE.format(**facts, seconds=seconds), words, *refused])
    return [Section("Relevance inside the planted evidence", tuple(rows), note)]


def _method(
    net: Network, key: str, pictures: Tensor, classes: Tensor, masks: Tensor
) -> tuple[dict[str, Tensor], float]:
    """A method's scores of each picture, and the seconds that it took."""
    begin = time.perf_counter()
    maps = [
        METHODS[key](net, batch, targets).at_picture_size()
        for batch, targets in zip(pictures.split(_TOGETHER), classes.split(_TOGETHER), strict=True)
    ]
    return _scored(maps, masks), time.perf_counter() - begin


def _scored(maps: Sequence[Tensor], masks: Tensor) -> dict[str, Tensor]:
    whole = torch.cat(list(maps))
    return {name: METRICS[f"relevance-{name}"].function(whole, masks) for name in ("mass", "rank")}


def _above(values: Tensor, name: str, controls: dict[str, dict[str, Tensor]]) -> bool:
    """Whether a method is surely better than the better of the controls."""
    rival = max((controls[key][name] for key in _RIVALS), key=lambda other: float(other.mean()))
    found = interval(values - rival)
    return found is not None and found[0] > 0


def _row(subject: str, key: str, scores: dict[str, Tensor], told: tuple[str, str]) -> Row:
    mass, rank = scores["mass"], scores["rank"]
    facts = (
        ("mass 95 %", _range(mass)),
        ("rank", f"{float(rank.mean()):.3f}"),
        ("rank 95 %", _range(rank)),
        ("fails", told[0]),
        ("s / picture", told[1]),
    )
    return Row(subject, key, float(mass.mean()), "", None, facts)


def _range(values: Tensor) -> str:
    low, high = interval(values) or (float("nan"), float("nan"))
    return f"{low:.3f}–{high:.3f}"
