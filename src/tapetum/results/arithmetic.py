"""One element of a network's value written out: every term of the sum, and whether it gives that value."""

import html
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float64

from tapetum.pictures import printable

if TYPE_CHECKING:
    from rich.console import Group

TOLERANCE = 1e-5
_NOTHING = 1e-30
"""What 32 bits hardly tell from zero."""

SHOWN = 12
"""How many parts are shown where nobody asks for all of them."""


@dataclass(frozen=True)
class Unit:
    """One element of a layer: a channel, and its position where the layer has rows and columns."""

    layer: str
    channel: int
    row: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = "" if self.row is None else f" at {self.row},{self.column}"
        return f"{self.layer}, channel {self.channel}{place}"


@dataclass(frozen=True, eq=False)
class Part:
    """What one channel of one earlier layer contributes: values at some rows and columns, times factors.

    `rows` and `columns` are empty where the layer has no positions. What lies outside of the map is
    padding, of value 0. `factors` is None where products are not factor × value: in a softmax they are
    exponentials. `factor_of` is where a factor comes from that is no weight but a value itself.
    """

    layer: str
    channel: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    values: Float64[np.ndarray, "down across"]
    factors: Float64[np.ndarray, "down across"] | None
    products: Float64[np.ndarray, "down across"]
    padding: Bool[np.ndarray, "down across"]
    factor_of: Unit | None = None

    @cached_property
    def subtotal(self) -> float:
        """The sum of the products."""
        return float(self.products.sum())

    def unit(self, down: int, across: int) -> Unit:
        """Where the value at a place of the part comes from."""
        if not self.rows:
            return Unit(self.layer, self.channel)
        return Unit(self.layer, self.channel, self.rows[down], self.columns[across])

    @property
    def strongest(self) -> Unit:
        """Where the largest product (in size) comes from."""
        sizes = np.where(self.padding, -1.0, np.abs(self.products))
        down, across = np.unravel_index(int(sizes.argmax()), sizes.shape)
        return self.unit(int(down), int(across))

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "layer": self.layer,
            "channel": self.channel,
            "rows": list(self.rows),
            "columns": list(self.columns),
            "factors": None if self.factors is None else self.factors.tolist(),
            "values": self.values.tolist(),
            "products": self.products.tolist(),
            "subtotal": self.subtotal,
            "factor_of": None if self.factor_of is None else vars(self.factor_of).copy(),
        }


@dataclass(frozen=True, eq=False, repr=False)
class Arithmetic:
    """One element of a layer's value, written out.

    `parts` (strongest first) and `constants` sum to `sum`; `total` is `function` of that, or the sum itself.
    `value` is what the network computed, in its own precision. `facts` are numbers of the formula that are no
    terms: the deviation of a norm, the slope of an activation. All in the units of the layer's values.
    """

    network: str
    fingerprint: str
    picture: str
    unit: Unit
    operation: str
    formula: str
    parts: tuple[Part, ...]
    constants: Mapping[str, float]
    total: float
    value: float
    facts: Mapping[str, float] = field(default_factory=dict)
    function: str | None = None

    @cached_property
    def sum(self) -> float:
        """All parts and constants together."""
        return math.fsum([*(part.subtotal for part in self.parts), *self.constants.values()])

    @property
    def terms(self) -> int:
        """How many terms there are, padding left out, constants included."""
        return sum(int((~part.padding).sum()) for part in self.parts) + len(self.constants)

    @property
    def difference(self) -> float:
        """The total minus the network's value."""
        return self.total - self.value

    @cached_property
    def relative(self) -> float:
        """The difference, relative to the value; where terms cancel, to their length √Σ t².

        Rounding in the network's 32 bits grows with its terms, not with what is left of them.
        """
        squares = [float((part.products**2).sum()) for part in self.parts]
        squares += [constant**2 for constant in self.constants.values()]
        length = math.sqrt(math.fsum(squares)) if self.function is None else 0.0
        return abs(self.difference) / max(abs(self.value), length, _NOTHING)

    @property
    def agrees(self) -> bool:
        """Whether the total equals the network's own value, to 1e-5."""
        return self.relative <= TOLERANCE

    def verdict(self) -> str:
        """In words, whether the total is the network's own value."""
        if self.difference == 0:
            return "equals the network's own value exactly"
        if self.agrees:
            return f"equals the network's own value (difference {abs(self.difference):.1e})"
        return f"differs from the network's own value {self.value:.7g} by {self.difference:+.2e}"

    def __repr__(self) -> str:
        return f"Arithmetic({self.unit}: {self.operation} of {self.terms} terms = {self.total:.6g})"

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, as `--json` prints it."""
        return {
            "schema": "tapetum-arithmetic/1",
            "network": self.network,
            "fingerprint": self.fingerprint,
            "picture": self.picture,
            "unit": vars(self.unit).copy(),
            "operation": self.operation,
            "formula": self.formula,
            "parts": [part.to_dict() for part in self.parts],
            "constants": _named(self.constants),
            "facts": _named(self.facts),
            "sum": self.sum,
            "function": self.function,
            "total": self.total,
            "value": self.value,
            "difference": self.difference,
            "relative": self.relative,
            "agrees": self.agrees,
        }

    def rich(self, *, shown: int | None = SHOWN) -> "Group":
        """The sum as a table for a terminal; `shown` parts at most, None for all."""
        from tapetum.results.arithmetic_table import written_out

        return written_out(self, shown)

    def __rich__(self) -> "Group":
        return self.rich()

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td style='text-align:left'>{html.escape(name)}</td><td>{value:+.5g}</td></tr>"
            for name, value in self.lines(SHOWN)
        )
        mark = "✓" if self.agrees else "✗"
        return (
            f"<table><caption>{html.escape(str(self.unit))}: {html.escape(self.formula)}</caption>{rows}"
            f"<tr><th>total</th><th>{self.total:+.6g}</th></tr>"
            f"<tr><td colspan=2>{mark} {html.escape(self.verdict())}</td></tr></table>"
        )

    def lines(self, shown: int | None) -> list[tuple[str, float]]:
        """Name and number of everything that is added up: `shown` parts, the rest together, constants."""
        found = [(printable(self._from(part)), part.subtotal) for part in self.parts[:shown]]
        rest = self.parts[len(found) :]
        if rest:
            found.append((f"… {len(rest):,} more, together", math.fsum(part.subtotal for part in rest)))
        return [*found, *self.constants.items()]

    def _from(self, part: Part) -> str:
        return f"{part.layer}, channel {part.channel}" if part.values.size > 1 else str(part.unit(0, 0))


def _named(numbers: Mapping[str, float]) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in numbers.items()]
