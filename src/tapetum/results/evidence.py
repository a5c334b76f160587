"""An evidence path: from the verdict through the strongest units of a few layers to places of the picture."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jaxtyping import Float

from tapetum.errors import OutputError
from tapetum.pictures import png_bytes, write_atomically
from tapetum.results.arithmetic import Arithmetic, Unit
from tapetum.results.heatmap import Target
from tapetum.results.receptive_field import PixelBox

if TYPE_CHECKING:
    from PIL.Image import Image

How = Literal["exact", "gradient × value"]


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """A value as contributions of the channels of an earlier layer.

    `how` is "exact" behind pooling and a linear layer, where contributions and the bias sum to the value;
    elsewhere they are gradient × value, a linear approximation. `residual` is what they leave of the value:
    biases, and in an approximation the curvature too. `kept` are the strongest with the value's sign.
    """

    how: How
    layer: str
    title: str
    channels: int
    value: float
    kept: tuple["EvidenceUnit", ...]
    supporting: float
    opposing: float
    residual: float

    @property
    def explained(self) -> float:
        """What the kept channels sum to."""
        return math.fsum(unit.contribution for unit in self.kept)

    @property
    def share(self) -> float:
        """The same as a share of the value; above 1 where others take away again."""
        return self.explained / self.value if self.value else 0.0

    def sentence(self) -> str:
        """How much of the value the kept channels explain, and how that is known."""
        if not self.kept:
            return f"Nothing in {self.title} speaks for this value."
        exact = "exactly" if self.how == "exact" else "by gradient × value"
        return (
            f"{len(self.kept)} of {self.channels} channels of {self.title} give {self.explained:+.3g} of "
            f"{self.value:+.3g} ({self.share:.0%}, {exact}); all for it {self.supporting:+.3g}, "
            f"against it {self.opposing:+.3g}, bias and remainder {self.residual:+.3g}."
        ).replace("%", " %")

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "how": self.how,
            "layer": self.layer,
            "title": self.title,
            "channels": self.channels,
            "value": self.value,
            "explained": self.explained,
            "share": self.share,
            "supporting": self.supporting,
            "opposing": self.opposing,
            "residual": self.residual,
            "sentence": self.sentence(),
            "kept": [unit.to_dict() for unit in self.kept],
        }


@dataclass(frozen=True, eq=False, repr=False)
class EvidenceUnit:
    """A strong channel at its strongest position.

    `contribution` is the whole channel's to the value before, `here` that of this position. `map` holds the
    channel's values. `box` is what the unit can see of the picture and `glow`, for units that were
    followed, what moves it: the absolute gradient with respect to each pixel. `cards` write the unit out,
    operation by operation, back to one with several terms.
    """

    unit: Unit
    title: str
    value: float
    contribution: float
    here: float
    map: Float[np.ndarray, "rows columns"]
    box: PixelBox
    glow: Float[np.ndarray, "height width"] | None = None
    cards: tuple[Arithmetic, ...] = ()
    split: Split | None = None

    @property
    def followed(self) -> bool:
        """Whether the path goes on from here."""
        return self.glow is not None

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data without maps and terms."""
        return {
            "unit": vars(self.unit).copy(),
            "title": self.title,
            "value": self.value,
            "contribution": self.contribution,
            "here": self.here,
            "box": vars(self.box).copy(),
            "checks": [
                {
                    "unit": vars(card.unit).copy(),
                    "operation": card.operation,
                    "terms": card.terms,
                    "total": card.total,
                    "value": card.value,
                    "agrees": card.agrees,
                }
                for card in self.cards
            ],
            "split": None if self.split is None else self.split.to_dict(),
        }


@dataclass(frozen=True, eq=False, repr=False)
class Evidence:
    """The way back from a verdict: `root` splits the score over the last layer's channels, and so on.

    From each kept unit the path goes on at its strongest one, so that it stays readable.
    """

    network: str
    fingerprint: str
    picture: str
    target: Target
    score: float
    root: Split
    size: tuple[int, int]
    seen: "Image | None" = None

    def __repr__(self) -> str:
        return f"Evidence({self.target.label} on {self.picture}: {len(list(self.units()))} units)"

    def units(self) -> Iterator[EvidenceUnit]:
        """Every unit that was kept, a unit before what it came from."""
        stack = list(reversed(self.root.kept))
        while stack:
            unit = stack.pop()
            yield unit
            if unit.split is not None:
                stack.extend(reversed(unit.split.kept))

    def lanes(self) -> tuple[tuple[EvidenceUnit, ...], ...]:
        """For each kept unit of the last layer the units that the path follows, from the verdict down."""
        return tuple(tuple(_followed(unit)) for unit in self.root.kept)

    def draw(self) -> "Image":
        """The tree from the verdict to the patches."""
        from tapetum.results.evidence_picture import tree

        return tree(self)

    def save(self, path: str | Path) -> Path:
        """Write the tree as a picture (.png).

        Raises:
            OutputError: another suffix, or a place that cannot be written.
        """
        target = Path(path)
        if target.suffix.lower() != ".png":
            named = repr(target.suffix) if target.suffix else "a file without suffix"
            raise OutputError(
                f"An evidence path is not written as {named}. Use .png, or for a page "
                "tapetum.explain(net, picture, evidence=3).save('report.html')."
            )
        write_atomically(target, png_bytes(np.asarray(self.draw())))
        return target

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, as `--json` prints it."""
        return {
            "schema": "tapetum-evidence/1",
            "network": self.network,
            "fingerprint": self.fingerprint,
            "picture": self.picture,
            "target": vars(self.target) | {"indices": list(self.target.indices)},
            "score": self.score,
            "root": self.root.to_dict(),
        }

    def _repr_png_(self) -> bytes:
        return png_bytes(np.asarray(self.draw()))


def _followed(unit: EvidenceUnit) -> Iterator[EvidenceUnit]:
    """A unit, the one of its kept units that was followed, and so on."""
    here: EvidenceUnit | None = unit
    while here is not None:
        yield here
        kept = () if here.split is None else here.split.kept
        here = next((one for one in kept if one.followed), None)
