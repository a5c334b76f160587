"""A film of a training: kernels, feature maps and scores, epoch by epoch."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Float16
from torch import Tensor, nn

from tapetum.errors import DataError, MemoryLimitError, NonFiniteError, OutputError
from tapetum.learning.film_probes import Watch, watch
from tapetum.learning.film_weights import chosen_weights, copied, first_kernels, weights_of
from tapetum.learning.oriented import edge_likeness
from tapetum.learning.thinned import Thinned
from tapetum.models.keras_import import is_keras_model
from tapetum.network.sweep import memory_bytes
from tapetum.pictures import check_place
from tapetum.results import REEL_FILE, Reel

_WEIGHTS = 2**20
"""Bytes of the weights in one frame, beside the first kernels."""
_GREATEST = float(np.finfo(np.float16).max)
_SCORES = 10_000
"""Moments whose scores are kept, at most."""
_PATIENCE = 100
"""A film is written again when so many times as long has passed as writing it took."""


@dataclass(frozen=True, eq=False)
class _Frame:
    """The model at one moment."""

    moment: int
    weights: dict[str, np.ndarray]
    maps: dict[str, np.ndarray]


class Film:
    """Watches a model while it is trained: two lines in any loop.

        film = tapetum.Film(model, probes)             # before the loop: the state before training
        film.record(loss=loss, accuracy=accuracy)      # after every epoch

    A frame holds the weights of the model (the first kernels always, others in the model's order as far as
    1 MiB holds them), and what chosen layers make of the probe pictures, in half precision. The model is
    only read: the optimiser trains the same parameters on, no hook is set, and probes go through the captured
    graph of evaluation mode, so that batch-norm statistics, modes and random states stay as they are.

    A film is bounded: when its frames fill `memory`, every second one goes, and from then on half as many are
    taken; the first and the newest are always there. Scores are kept of 10,000 moments in the same way.

    Args:
        model: a torch.nn.Module, or a Keras 3 model on the torch backend that is built.
        probes: a few pictures, as a batch like those the model is trained on; None films weights and scores.
        names: one per probe; probes of the same name are of one kind.
        layers: whose feature maps; None for the first convolution and what follows it until the second.
        name: what to call the model.
        unit: what `record` counts: "epoch", or "step".
        every: film every so many of them.
        file: a .npz that keeps the film. Where it exists, it is extended. It is written while the film grows,
            as often as costs at most 1 % of the time.
        memory: of all frames together.

    Raises:
        ModelError: a model without convolutions, or not built yet.
        CaptureError: a model that cannot be captured; leave the probes out to film its weights.
        DataError: probes that are no pictures, or a file with the film of another model.
        MemoryLimitError: a limit that holds no two frames.

    Example:
        >>> import torch, tapetum
        >>> layers = torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(144, 2)
        >>> film = tapetum.Film(torch.nn.Sequential(*layers), torch.rand(2, 1, 8, 8))
        >>> film.record(loss=0.7)
        >>> film
        Film(Sequential: 2 frames, epochs 0 to 1)
    """

    def __init__(
        self,
        model: nn.Module,
        probes: Any = None,
        *,
        names: Sequence[str] | None = None,
        layers: Sequence[str] | None = None,
        name: str | None = None,
        unit: str = "epoch",
        every: int = 1,
        file: str | Path | None = None,
        memory: str | int = "64MiB",
    ) -> None:
        if every < 1:
            raise DataError(f"A film of every {every} {unit}s was asked for. Give at least 1.")
        self.model, self.unit, self.every = model, unit, every
        self.name = name or (
            str(getattr(model, "name", "")) if is_keras_model(model) else type(model).__name__
        )
        self.file = None if file is None else Path(file)
        if self.file is not None:
            check_place(self.file, "A film is", (REEL_FILE,))
        weights = weights_of(model)
        self._first = first_kernels(weights)
        self._chosen, self._left_out = chosen_weights(weights, self._first, _WEIGHTS)
        self._watch: Watch | None = None if probes is None else watch(model, probes, layers)
        self._names = _named(names, 0 if self._watch is None else len(self._watch.batch))
        start = self._taken(0)
        self._frames: Thinned[_Frame] = Thinned(_room(start, memory))
        self._scores: Thinned[tuple[int, dict[str, float]]] = Thinned(_SCORES)
        self._written, self._cost = -math.inf, 0.0
        self.last = 0
        if self.file is not None and self.file.exists():
            self._go_on(Reel.load(self.file), start)
        else:
            self._frames.append(start)

    def __repr__(self) -> str:
        return f"Film({self.name}: {len(self)} frames, {self.unit}s 0 to {self.last})"

    def __len__(self) -> int:
        return len(self._frames)

    def record(self, moment: int | None = None, /, **scores: Any) -> None:
        """Take the model as it is now, with any losses and scores.

        Args:
            moment: the epoch or step, counted from 1; None is one more than before. Where the film is already
                further (a run that was resumed from an older checkpoint), what came from there on is dropped.
            **scores: numbers, or tensors of one; what is not finite leaves a gap.

        Raises:
            NonFiniteError: NaN or infinity in the weights or maps; the film keeps what it has.
            DataError: a score that is no number.
        """
        now = self.last + 1 if moment is None else moment
        if now < 1:
            raise DataError(f"{self.unit} {now} was recorded, and they count from 1.")
        if now <= self.last:
            self._frames.cut(lambda frame: frame.moment < now)
            self._scores.cut(lambda score: score[0] < now)
        self.last = now
        if now % self.every:
            return
        told = {name: self._number(name, value) for name, value in scores.items()}
        self._frames.append(self._taken(now))
        self._scores.append((now, told))
        if self.file is not None and time.monotonic() - self._written >= _PATIENCE * self._cost:
            self.save()

    @property
    def reel(self) -> Reel:
        """What was filmed so far: it shows itself and is saved in many forms."""
        frames = list(self._frames)
        scores = list(self._scores)
        weights = {key: np.stack([frame.weights[key] for frame in frames]) for key in self._chosen}
        likeness, angles = edge_likeness(weights[self._first])
        keys = dict.fromkeys(key for _, told in scores for key in told)
        return Reel(
            model=self.name,
            unit=self.unit,
            frames=np.array([frame.moment for frame in frames], np.int64),
            first=self._first,
            weights=weights,
            left_out=tuple(self._left_out),
            likeness=likeness.astype(np.float32),
            angles=angles.astype(np.float32),
            maps={key: np.stack([frame.maps[key] for frame in frames]) for key in frames[0].maps},
            titles={} if self._watch is None else self._watch.titles,
            probes=np.zeros((0, 1, 1, 3), np.uint8) if self._watch is None else self._watch.pictures(),
            names=self._names,
            moments=np.array([moment for moment, _ in scores], np.int64),
            scores={key: np.array([told.get(key, np.nan) for _, told in scores]) for key in keys},
            last=self.last,
            pace=(self._frames.stride, self._frames.since, self._scores.stride, self._scores.since),
        )

    def save(self, path: str | Path | None = None) -> Path:
        """Write the film: to go on (.npz), or to look at (.html, .gif, .png). None means its own file.

        Raises:
            OutputError: another suffix, no file to write to, or a place that cannot be written.
        """
        place = self.file if path is None else path
        if place is None:
            raise OutputError("This film has no file of its own. Name one: film.save('film.npz').")
        began = time.monotonic()
        written = self.reel.save(place)
        if path is None:
            self._written = time.monotonic()
            self._cost = self._written - began
        return written

    def _repr_html_(self) -> str:
        return self.reel._repr_html_()

    def _taken(self, moment: int) -> _Frame:
        """The model now, as a frame."""
        where = f"{self.unit} {moment}"
        weights = copied(weights_of(self.model), self._chosen, where)
        maps = {} if self._watch is None else self._watch.maps()
        for name, values in maps.items():
            if not np.isfinite(values).all():
                raise NonFiniteError(
                    f"The maps of {name} hold NaN or infinity at {where}: the training has broken. "
                    "Everything before is in the film; try a smaller learning rate."
                )
        return _Frame(moment, weights, {name: _half(values) for name, values in maps.items()})

    def _number(self, name: str, value: Any) -> float:
        """A score as a number; of what is infinite or none, NaN, which is a gap in its curve."""
        try:
            found = float(value.detach() if isinstance(value, Tensor) else value)
        except (TypeError, ValueError, RuntimeError) as error:
            raise DataError(
                f"The score {name!r} is {type(value).__name__}, and a film keeps single numbers. "
                "Record its mean, or leave it out."
            ) from error
        return found if math.isfinite(found) else math.nan

    def _go_on(self, reel: Reel, start: _Frame) -> None:
        """Take up a film where it ended."""
        theirs = {key: values.shape[1:] for key, values in (*reel.weights.items(), *reel.maps.items())}
        ours = {key: values.shape for key, values in (*start.weights.items(), *start.maps.items())}
        same = self._watch is None or np.array_equal(reel.probes, self._watch.pictures())
        if theirs != ours or reel.unit != self.unit or not same:
            raise DataError(
                f"{self.file} is the film of another model, or with other probes. "
                "Give file= another name, or remove it."
            )
        frames = [
            _Frame(
                int(moment),
                {key: values[place] for key, values in reel.weights.items()},
                {key: values[place] for key, values in reel.maps.items()},
            )
            for place, moment in enumerate(reel.frames)
        ]
        scores = [
            (int(moment), {k: float(v[place]) for k, v in reel.scores.items() if math.isfinite(v[place])})
            for place, moment in enumerate(reel.moments)
        ]
        stride, since, scores_stride, scores_since = reel.pace
        self._frames = Thinned(self._frames.most, frames, stride, since)
        self._scores = Thinned(_SCORES, scores, scores_stride, scores_since)
        self.last = reel.last


def _half(values: Float[np.ndarray, "*shape"]) -> Float16[np.ndarray, "*shape"]:
    """In half precision, which is more than a picture shows; what is beyond its range is cut."""
    found: Float16[np.ndarray, "*shape"] = np.clip(values, -_GREATEST, _GREATEST).astype(np.float16)
    return found


def _named(names: Sequence[str] | None, count: int) -> tuple[str, ...]:
    found = tuple(f"probe {place + 1}" for place in range(count)) if names is None else tuple(names)
    if len(found) != count:
        raise DataError(f"There are {len(found)} names for {count} probes. Give one for each.")
    return found


def _room(frame: _Frame, memory: str | int) -> int:
    """How many frames fit."""
    each = sum(values.nbytes for values in (*frame.weights.values(), *frame.maps.values()))
    found = memory_bytes(memory) // max(1, each)
    if found < 2:
        raise MemoryLimitError(
            f"A frame of this film takes {each / 2**20:.1f} MiB, and {memory!r} does not hold two. "
            "Give memory= more, fewer probes, or fewer layers."
        )
    return found
