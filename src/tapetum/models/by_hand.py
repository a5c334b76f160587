"""A network written down by hand: kernels, filters and a logistic layer that a person can read and change."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from tapetum.errors import DesignError, ModelError
from tapetum.models.classifier import Classifier
from tapetum.models.options import Options
from tapetum.pictures import check_place, write_atomically

Row = tuple[float, ...]
Matrix = tuple[Row, ...]
_LARGEST = 1024


@dataclass(frozen=True)
class Kernel:
    """One kernel of the first layer, and what it looks for."""

    name: str
    weights: Matrix


@dataclass(frozen=True)
class Filter:
    """One filter of the second layer: for each kernel a map of where its feature is expected."""

    name: str
    maps: tuple[Matrix, ...]


@dataclass(frozen=True)
class Design:
    r"""A network of two layers and a logistic one, written down as numbers.

    Feature map k is \( M_k = \mathrm{pool}(\max(0, K_k * x)) \), a convolution of the picture with the
    zero-padded surroundings. Filter f has a score vector with one number per kernel,
    \( s_{fk} = \sum_{ij} F_{fkij} M_{kij} \). The logit is \( z = b + \sum_{fk} w_{fk} s_{fk} \): positive
    for the second label, negative for the first.

    Attributes:
        name: what the network is called.
        labels: two, the second one for a positive logit.
        size: rows and columns of the picture; its pixels are 0 to 1.
        padding: rings of zeros around it.
        pool: side of the squares of which the largest value is kept.
        kernels: all of one size.
        filters: with one map per kernel, in the same order.
        weights: of the logistic layer, a row per filter with one number per kernel.
        bias: of the logistic layer.

    Raises:
        DesignError: numbers that do not fit together.
    """

    name: str
    labels: tuple[str, ...]
    size: tuple[int, int]
    padding: int
    pool: int
    kernels: tuple[Kernel, ...]
    filters: tuple[Filter, ...]
    weights: Matrix
    bias: float

    def __post_init__(self) -> None:
        """Check that everything fits together, in the order in which a picture meets it."""
        if len(set(self.labels)) != 2 or len(self.labels) != 2:
            raise DesignError(f"The labels are {list(self.labels)}. Give two different ones.")
        if not all(1 <= side <= _LARGEST for side in self.size):
            raise DesignError(
                f"The size is {self.size[0]} × {self.size[1]}. Give rows and columns from 1 to {_LARGEST}."
            )
        if not self.kernels or not self.filters:
            raise DesignError("The design has no kernels or no filters. Give at least one of each.")
        for what, several in (("kernels", self.kernels), ("filters", self.filters)):
            name, count = Counter(one.name for one in several).most_common(1)[0]
            if count > 1:
                raise DesignError(f"Two {what} are called {name!r}. Give each a name of its own.")
        first = self.kernels[0].weights
        shape = (len(first), len(first[0]) if first else 0)
        if min(shape) < 1:
            raise DesignError(f"The kernel {self.kernels[0].name!r} is empty. Give rows of numbers.")
        for kernel in self.kernels:
            _check(f"the weights of kernel {kernel.name!r}", kernel.weights, shape, "as the first kernel is")
        self._check_places(*shape)
        maps = f"as the maps are after padding {self.padding}, the kernel and pooling by {self.pool}"
        for one in self.filters:
            if len(one.maps) != len(self.kernels):
                raise DesignError(
                    f"The filter {one.name!r} has {len(one.maps)} maps for {len(self.kernels)} kernels. "
                    "Give one for each."
                )
            for kernel, values in zip(self.kernels, one.maps, strict=True):
                where = f"the map of {kernel.name!r} in filter {one.name!r}"
                _check(where, values, self.map_size, maps)
        wanted = (len(self.filters), len(self.kernels))
        _check("the weights of the verdict", self.weights, wanted, "a row per filter, a number per kernel")
        if not math.isfinite(self.bias):
            raise DesignError(f"The bias of the verdict is {self.bias}. Give a finite number.")

    @property
    def map_size(self) -> tuple[int, int]:
        """Rows and columns of a feature map after pooling."""
        sides = (len(self.kernels[0].weights), len(self.kernels[0].weights[0]))
        rows, columns = (
            (size + 2 * self.padding - side + 1) // self.pool
            for size, side in zip(self.size, sides, strict=True)
        )
        return rows, columns

    def module(self) -> nn.Module:
        """The network itself."""
        return ByHand(self)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, in the form that a JSON or TOML file has."""
        return {
            "name": self.name,
            "labels": list(self.labels),
            "size": list(self.size),
            "padding": self.padding,
            "pool": self.pool,
            "kernels": [{"name": one.name, "weights": _rows(one.weights)} for one in self.kernels],
            "filters": [
                {
                    "name": one.name,
                    "maps": {
                        kernel.name: _rows(values)
                        for kernel, values in zip(self.kernels, one.maps, strict=True)
                    },
                }
                for one in self.filters
            ],
            "verdict": {"weights": _rows(self.weights), "bias": self.bias},
        }

    def save(self, path: str | Path) -> Path:
        """Write the design as a file to read and change (.toml).

        Raises:
            OutputError: another suffix, or a place that cannot be written.
        """
        from tapetum.models.design_text import as_toml

        place = Path(path)
        check_place(place, "A design is", (".toml",))
        write_atomically(place, as_toml(self).encode("utf-8", "replace"))
        return place

    def _check_places(self, rows: int, columns: int) -> None:
        """What padding and pooling leave of the picture."""
        if not 0 <= self.padding < min(rows, columns):
            raise DesignError(
                f"The padding is {self.padding} for kernels of {rows} × {columns}. "
                f"Give 0 to {min(rows, columns) - 1}: more would only show them zeros."
            )
        if self.pool < 1:
            raise DesignError(f"The pool is {self.pool}. Give 1 for no pooling, or more.")
        if min(self.map_size) < 1:
            raise DesignError(
                f"Kernels of {rows} × {columns}, padding {self.padding} and pooling by {self.pool} leave "
                f"nothing of {self.size[0]} × {self.size[1]} pixels. Give a larger size, or smaller others."
            )


class ByHand(nn.Module):
    """The network of a design; its layers are kernels, relu, pool, filters.0, filters.1, ... and verdict."""

    def __init__(self, design: Design) -> None:
        super().__init__()
        weights = torch.tensor([kernel.weights for kernel in design.kernels])[:, None]
        count, _, rows, columns = weights.shape
        self.kernels = nn.Conv2d(1, count, (rows, columns), padding=design.padding, bias=False)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(design.pool)
        self.filters = nn.ModuleList(_filter(torch.tensor(one.maps)) for one in design.filters)
        self.verdict = nn.Linear(len(design.filters) * count, 1)
        self.kernels.weight.data = weights
        self.verdict.weight.data = torch.tensor(design.weights).reshape(1, -1)
        self.verdict.bias.data = torch.tensor([design.bias])

    def forward(self, batch: Float[Tensor, "batch 1 height width"]) -> Float[Tensor, "batch 1"]:
        """The logit of the second label."""
        maps = self.pool(self.relu(self.kernels(batch)))
        scores = torch.cat([one(maps) for one in self.filters], 1).flatten(1)
        logit: Tensor = self.verdict(scores)
        return logit


def from_design(design: Design, options: Options, source: str = "design") -> Classifier:
    """The network of a design, for grey pictures of its size.

    Raises:
        ModelError: another size or another number of channels was asked for.
    """
    if options.rows_and_columns not in (None, design.size) or options.channels not in (None, 1):
        rows, columns = design.size
        raise ModelError(
            f"The design {design.name} reads grey pictures of {rows} × {columns}, and nothing else. "
            "Leave out the size, or change it in the design."
        )
    return Classifier(
        module=design.module(),
        preparation=options.preparation(*design.size, channels=1),
        labels=design.labels,
        name=design.name,
        source=source,
    )


def _filter(maps: Float[Tensor, "kernel height width"]) -> nn.Conv2d:
    """A filter that looks at each feature map by itself, all of it at once."""
    count, rows, columns = maps.shape
    found = nn.Conv2d(count, count, (rows, columns), groups=count, bias=False)
    found.weight.data = maps[:, None]
    return found


def _rows(matrix: Matrix) -> list[list[float]]:
    return [list(row) for row in matrix]


def _check(where: str, matrix: Sequence[Sequence[float]], shape: tuple[int, int], why: str) -> None:
    rows, columns = shape
    if len(matrix) != rows:
        raise DesignError(f"In {where} there are {len(matrix)} rows. Give {rows} × {columns} numbers, {why}.")
    for place, row in enumerate(matrix, start=1):
        if len(row) != columns:
            raise DesignError(
                f"In row {place} of {where} there are {len(row)} numbers. "
                f"Give {rows} × {columns} numbers, {why}."
            )
        if not all(map(math.isfinite, row)):
            raise DesignError(f"In row {place} of {where} stands NaN or infinity. Give finite numbers.")
