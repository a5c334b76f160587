"""What became of the filters of the first layer while it was trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

_DEAD = 0.01
_FLOOR = 0.02
"""Added to both sides of a ratio of answers, as a share of the strongest: silence is preferred to nothing."""


@dataclass(frozen=True)
class FilmedKernel:
    """One filter before and after: its strongest correlation with an edge operator, and that one's angle.

    `answers` are its mean positive answers to each kind of probe after training, `floor` what is added to
    both sides when they are compared, so that a filter that hardly answers prefers nothing. It is dead where
    its weights are below 1 % of the strongest filter's, or where it answers to no probe at all.
    """

    number: int
    dead: bool
    before: float
    before_angle: float
    after: float
    after_angle: float
    answers: Mapping[str, float]
    floor: float

    def preference(self, kind: str) -> float:
        """How many times as strongly it answers to this kind as to the others; 1 where there are none."""
        others = [value for name, value in self.answers.items() if name != kind]
        if not others or self.dead or not self.floor:
            return 1.0
        return (self.answers[kind] + self.floor) / (sum(others) / len(others) + self.floor)

    @property
    def prefers(self) -> str | None:
        """The kind that it answers to most, if it does so half as strongly again as to the others."""
        best = max(self.answers, key=self.preference, default=None)
        return best if best is not None and self.preference(best) >= 1.5 else None

    def row(self) -> tuple[str, ...]:
        """Its line of the table."""
        kind = self.prefers
        said = "dead" if self.dead else "" if kind is None else f"{kind}, {self.preference(kind):.1f} times"
        return (
            str(self.number),
            f"{abs(self.before):.2f}",
            f"{self.before_angle:g}°",
            f"{abs(self.after):.2f}",
            f"{self.after_angle:g}°",
            f"{round(abs(self.after) - abs(self.before), 2) + 0.0:+.2f}",
            said,
        )

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "number": self.number,
            "dead": self.dead,
            "before": {"correlation": self.before, "angle": self.before_angle},
            "after": {"correlation": self.after, "angle": self.after_angle},
            "answers": dict(self.answers),
            "prefers": self.prefers,
        }


def filmed_kernels(
    kernels: Float[np.ndarray, "frames filters channels rows columns"],
    likeness: Float[np.ndarray, "frames filters"],
    angles: Float[np.ndarray, "frames filters"],
    answers: Mapping[str, Float[np.ndarray, " filters"]],
) -> tuple[FilmedKernel, ...]:
    """Every filter, from the first frame to the last."""
    norms = np.linalg.norm(kernels[-1].reshape(len(kernels[-1]), -1), axis=1)
    together = np.sum(list(answers.values()), axis=0) if answers else np.ones(len(norms))
    strongest = max((float(values.max()) for values in answers.values()), default=0.0)
    return tuple(
        FilmedKernel(
            number=number,
            dead=bool(norm <= _DEAD * norms.max() or together[number] == 0),
            before=float(likeness[0, number]),
            before_angle=float(angles[0, number]),
            after=float(likeness[-1, number]),
            after_angle=float(angles[-1, number]),
            answers={kind: float(values[number]) for kind, values in answers.items()},
            floor=_FLOOR * strongest,
        )
        for number, norm in enumerate(norms)
    )


def preferring(filters: Sequence[FilmedKernel], kinds: Sequence[str], count: int) -> tuple[int, ...]:
    """The living filter that prefers each of the first kinds most; without kinds those most like an edge."""
    living = [kernel for kernel in filters if not kernel.dead] or list(filters)
    found: list[int] = []
    for kind in kinds[:count] if len(kinds) > 1 else ():
        left = [kernel for kernel in living if kernel.number not in found]
        if left:
            found.append(max(left, key=lambda kernel: kernel.preference(kind)).number)
    by_likeness = sorted(living, key=lambda kernel: -abs(kernel.after))
    rest = [kernel.number for kernel in by_likeness if kernel.number not in found]
    return tuple([*found, *rest][:count])
