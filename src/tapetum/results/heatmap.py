"""A heatmap: raw signed values, and where they came from."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.errors import OutputError
from tapetum.pictures import full_strength, overlay, png_bytes, signed, write_atomically
from tapetum.results.words import Box, evidence_box, sentence

if TYPE_CHECKING:
    from PIL.Image import Image

TargetKind = Literal["class", "difference", "custom"]
Quantity = Literal["evidence", "sensitivity"]
Verdict = Literal["map", "negative", "zero"]


@dataclass(frozen=True)
class Target:
    """What one picture's map explains: its name for people, and the classes behind it (plus, minus)."""

    label: str
    indices: tuple[int, ...]
    kind: TargetKind = "class"


@dataclass(frozen=True, eq=False, repr=False)
class Heatmap:
    """What a method says about one target of each picture.

    `values` are raw and signed, at the method's own resolution: positive speaks for the target, negative
    against it (for a `quantity` of "sensitivity" they have no sign). They are normalised only when drawn.
    `score` is the value of the target that is explained, per picture; `residual` is what completeness is
    violated by, for methods that promise it. `size` is the network's input in rows and columns.
    """

    values: Float[Tensor, "batch rows columns"]
    method: str
    targets: tuple[Target, ...]
    score: Float[Tensor, " batch"]
    size: tuple[int, int]
    network: str
    fingerprint: str
    layer: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    quantity: Quantity = "evidence"
    residual: Float[Tensor, " batch"] | None = None
    seed: int | None = None
    engine: str = "torch"
    seconds: float = 0.0
    seen: tuple["Image", ...] = ()
    """The pictures as the network saw them, where the method was given pictures and not a batch."""

    def __repr__(self) -> str:
        count, rows, columns = self.values.shape
        place = f" at {self.layer}" if self.layer else ""
        labels = ", ".join(dict.fromkeys(target.label for target in self.targets))
        return f"Heatmap({self.method}{place} for {labels}: {count}×{rows}×{columns} on {self.network})"

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, place: int) -> "Heatmap":
        """The map of one picture, as a heatmap of one."""
        if not -len(self) <= place < len(self):
            raise IndexError(f"There is no picture {place} among the {len(self)} of this heatmap.")
        index = place % len(self)
        one = slice(index, index + 1)
        residual = None if self.residual is None else self.residual[one]
        return replace(
            self,
            values=self.values[one],
            targets=self.targets[one],
            score=self.score[one],
            residual=residual,
            seen=self.seen[one],
        )

    @property
    def target(self) -> Target | tuple[Target, ...]:
        """The target, or one for each picture where they differ."""
        return self.targets[0] if len(set(self.targets)) == 1 else self.targets

    def verdicts(self) -> tuple[Verdict, ...]:
        """Per picture, whether there is a map to draw: "zero" and "negative" ones are told in words."""
        return tuple(
            "zero" if not bool(v.any()) else "map" if bool((v > 0).any()) else "negative" for v in self.values
        )

    def sentences(self) -> tuple[str, ...]:
        """Per picture, one sentence about where the evidence lies."""
        return tuple(
            sentence(v.numpy(), sensitivity=self.quantity == "sensitivity", layer=self.layer)
            for v in self.values
        )

    def boxes(self, share: float = 0.8) -> tuple[Box | None, ...]:
        """Per picture, the smallest box that holds `share` of the positive evidence."""
        return tuple(evidence_box(v.numpy(), share) for v in self.values)

    def at_picture_size(self) -> Float[Tensor, "batch height width"]:
        """The values enlarged (bilinear) to the size of the network's input."""
        grown = torch.nn.functional.interpolate(
            self.values[:, None], self.size, mode="bilinear", align_corners=False
        )
        return grown[:, 0]

    def scale(self) -> float:
        """The largest absolute value over all pictures: a scale that makes them comparable."""
        return float(self.values.abs().max()) if self.values.numel() else 0.0

    def draw(self, place: int = 0, *, scale: float | None = None, over: bool = True) -> "Image":
        """The overlay on the picture where that is known, or the signed colour map (`over=False`).

        `scale` is the value drawn at full strength; by default that of the map, which on coarse maps is its
        largest and on fine ones, where a few values lie far above the rest, the largest but for 2 %.
        """
        from PIL import Image

        values = self.at_picture_size()[place].numpy()
        over = over and bool(self.seen)
        limit = _full_strength(self.values[place].numpy(), positive=over) if scale is None else scale
        if over:
            background = np.asarray(self.seen[place].convert("RGB"))
            return Image.fromarray(overlay(background, values, limit))
        return Image.fromarray(signed(values, limit))

    def save(self, path: str | Path) -> Path:
        """Write the drawing (.png) or the raw values with their provenance (.npz).

        Raises:
            OutputError: another suffix, several pictures for one PNG, or a place that cannot be written.
        """
        target = Path(path)
        if target.suffix.lower() == ".npz":
            held = io.BytesIO()
            arrays: dict[str, Any] = {key: np.asarray(str(value)) for key, value in self.facts().items()}
            np.savez_compressed(held, values=self.values.numpy(), score=self.score.numpy(), **arrays)
            write_atomically(target, held.getvalue())
        elif target.suffix.lower() == ".png" and len(self) == 1:
            write_atomically(target, png_bytes(np.asarray(self.draw())))
        elif target.suffix.lower() == ".png":
            raise OutputError(
                f"This heatmap holds {len(self)} pictures. Save one: heatmap[0].save({target.name!r})."
            )
        else:
            raise OutputError(
                f"A heatmap is not written as {target.suffix or 'a file without suffix'!r}. Use .png or .npz."
            )
        return target

    def facts(self) -> dict[str, Any]:
        """Everything but the values: method, options, layer, network, engine."""
        return {
            "method": self.method,
            "options": dict(self.options),
            "layer": self.layer,
            "quantity": self.quantity,
            "network": self.network,
            "fingerprint": self.fingerprint,
            "engine": self.engine,
            "seed": self.seed,
        }

    def to_dict(self, place: int = 0) -> dict[str, Any]:
        """One picture's map as plain data without the values, as `--json` prints it."""
        box = self.boxes()[place]
        return {
            **self.facts(),
            "seconds": self.seconds,
            "target": vars(self.targets[place]) | {"indices": list(self.targets[place].indices)},
            "score": float(self.score[place]),
            "residual": None if self.residual is None else float(self.residual[place]),
            "rows": self.values.shape[1],
            "columns": self.values.shape[2],
            "verdict": self.verdicts()[place],
            "box": None if box is None else vars(box).copy(),
            "sentence": self.sentences()[place],
        }

    def _repr_png_(self) -> bytes:
        return png_bytes(np.asarray(self.draw()))


def _full_strength(values: Float[np.ndarray, "rows columns"], *, positive: bool) -> float:
    """The value that a drawing of the positive part, or of both signs, shows at full strength."""
    return full_strength(values[values > 0] if positive and (values > 0).any() else values)


def joined(heatmaps: Sequence[Heatmap]) -> Heatmap:
    """The heatmaps of several batches as one, in order. Their method, options and layer must be the same."""
    first = heatmaps[0]
    residuals = [h.residual for h in heatmaps if h.residual is not None]
    return replace(
        first,
        values=torch.cat([h.values for h in heatmaps]),
        targets=tuple(t for h in heatmaps for t in h.targets),
        score=torch.cat([h.score for h in heatmaps]),
        residual=torch.cat(residuals) if residuals else None,
        seconds=sum(h.seconds for h in heatmaps),
        seen=tuple(image for h in heatmaps for image in h.seen),
    )
