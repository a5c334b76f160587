"""What a dense and a convolutional network say of a pattern that was moved."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float64

from tapetum.pictures import DIM, GROUND, INK, png_bytes
from tapetum.pictures.number_grid import draw_numbers, font_of, outline

if TYPE_CHECKING:
    from PIL.Image import Image

_CELL, _MARGIN, _GAP, _TITLE = 26, 28, 48, 28


@dataclass(frozen=True, eq=False)
class Learner:
    """One network of the trial.

    Attributes:
        name: "dense" or "convolutional".
        parameters: numbers that were learnt.
        right: the share of right answers for each place of the pattern.
        seen, elsewhere: the share at places of the training, and at all others.
    """

    name: str
    parameters: int
    right: Float64[np.ndarray, "rows columns"]
    seen: float
    elsewhere: float


@dataclass(frozen=True, eq=False)
class ShiftTrial:
    """Two networks that were trained alike on patterns at some places, and asked at all of them.

    Attributes:
        dense, convolutional: the two.
        trained: at which places the training showed its patterns.
        patterns: what they had to tell apart, for people.
        pictures: how many pictures each was trained on.
    """

    dense: Learner
    convolutional: Learner
    trained: Bool[np.ndarray, "rows columns"]
    patterns: tuple[str, str]
    pictures: int

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "patterns": list(self.patterns),
            "pictures": self.pictures,
            "networks": [
                {
                    "name": one.name,
                    "parameters": one.parameters,
                    "seen": one.seen,
                    "elsewhere": one.elsewhere,
                    "right": one.right.tolist(),
                }
                for one in (self.dense, self.convolutional)
            ],
        }

    def drawing(self) -> "Image":
        """For every place of the pattern, how often each network is right in percent; gold above chance."""
        from PIL import Image, ImageDraw

        rows, columns = self.trained.shape
        broad, high = columns * _CELL, rows * _CELL
        image = Image.new("RGB", (2 * _MARGIN + 2 * broad + _GAP, 2 * _MARGIN + high + 2 * _TITLE), GROUND)
        draw = ImageDraw.Draw(image)
        seen = int(self.trained.any(1).sum()), int(self.trained.any(0).sum())
        for place, one in enumerate((self.dense, self.convolutional)):
            at = (_MARGIN + place * (broad + _GAP), _MARGIN + _TITLE)
            title = f"{one.name}, {one.parameters} parameters"
            draw.text((at[0], _MARGIN), title, DIM, font_of(15))
            texts = [f"{100 * value:.0f}" for value in one.right.ravel()]
            draw_numbers(draw, 2 * one.right - 1, at, _CELL, scale=1.0, texts=texts)
            outline(draw, at, seen, _CELL, width=3)
            words = f"{one.seen:.0%} inside the frame, {one.elsewhere:.0%} outside"
            draw.text((at[0], at[1] + high + 8), words, INK, font_of(16))
        return image

    def _repr_png_(self) -> bytes:
        return png_bytes(np.asarray(self.drawing()))
