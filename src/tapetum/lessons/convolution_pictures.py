"""The small pictures of the lesson on convolution: two crosses, a letter X, a seven, a cat of 15 × 15."""

import math

import numpy as np
from jaxtyping import Float64
from PIL import Image, ImageDraw

from tapetum.pictures import sample

Plane = Float64[np.ndarray, "rows columns"]

CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], float)
DIAGONAL = np.where(np.eye(3) > 0, 1.0, -1.0)
X_PARTS = np.stack([DIAGONAL, DIAGONAL[:, ::-1], np.maximum(DIAGONAL, DIAGONAL[:, ::-1])])[:, None]
"""What an X is made of: a diagonal, the other one, and the place where they cross."""
_FINE = 8


def two_crosses() -> Plane:
    """5 × 5 pixels with two crosses that overlap: one around row 3, column 2, one around row 4, column 3."""
    picture = np.zeros((5, 5))
    for row, column in ((2, 1), (3, 2)):
        picture[row - 1 : row + 2, column - 1 : column + 2] = np.maximum(
            picture[row - 1 : row + 2, column - 1 : column + 2], CROSS
        )
    return picture


def letter_x(size: int = 13, shift: tuple[int, int] = (0, 0), degrees: int = 0) -> Plane:
    """A letter X of 9 × 9 pixels, +1 on a ground of −1, moved by rows and columns, or turned."""
    middle = (size - 1) / 2
    down, across = np.indices((size, size)) - middle - np.array(shift)[:, None, None]
    found = np.full((size, size), -1.0)
    for angle in (45.0, 135.0):
        turned = math.radians(angle + degrees)
        along = across * math.cos(turned) + down * math.sin(turned)
        beside = -across * math.sin(turned) + down * math.cos(turned)
        found[(np.abs(along) < 4.2 * math.sqrt(2)) & (np.abs(beside) < 0.55)] = 1.0
    return found


def seven(size: int = 28) -> Plane:
    """A digit 7 with a bar through its stem: 0 is black, 1 is white."""
    image = Image.new("L", (size * _FINE, size * _FINE))
    draw = ImageDraw.Draw(image)
    for start, end in (((7, 7), (21, 7)), ((20.5, 7), (12.5, 22)), ((11, 15), (20.5, 15))):
        line = [tuple(_FINE * part for part in point) for point in (start, end)]
        draw.line(line, 255, width=round(2.2 * _FINE))
        for x, y in line:
            draw.ellipse((x - 1.1 * _FINE, y - 1.1 * _FINE, x + 1.1 * _FINE, y + 1.1 * _FINE), 255)
    small = image.resize((size, size), Image.Resampling.BOX)
    return np.asarray(small, np.float64) / 255


CAT = np.array(
    [
        [int(pixel) for pixel in row.replace(".", "0")]
        for row in (
            "..9.........9..",
            ".969.......969.",
            ".9669.....9669.",
            ".9666999996669.",
            "966666666666669",
            "966666666666669",
            "966226666622669",
            "966226666622669",
            "966666666666669",
            "966666929666669",
            "266662666266662",
            "966662222266669",
            ".9666666666669.",
            "..99666666699..",
            "....9999999....",
        )
    ],
    float,
)
"""A cat's face of 15 × 15 pixels."""


def cat(size: int) -> Plane:
    """The sample photograph of a cat, grey, its face cut out: 0 is black, 1 is white."""
    photograph = sample("cat").image.convert("L")
    side = min(photograph.size)
    left = (photograph.width - side) // 2
    square = photograph.crop((left, 0, left + side, side))
    return np.asarray(square.resize((size, size), Image.Resampling.BOX), np.float64) / 255
