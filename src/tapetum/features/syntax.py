"""The language of objectives: what is written, and where in the text each part of it stands."""

import re
from dataclasses import dataclass

from tapetum.errors import ObjectiveError

_SIGN = re.compile(r"\s*([+\-−])")
_WEIGHT = re.compile(r"\s*((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*\*(?!\s*(?:$|[+\-−@]))")
_QUOTED = re.compile(r'\s*"([^"]*)"')
_NAME = re.compile(r'\s*([^\s:"]+)')
# A label may hold hyphens, so a minus after it needs a space; no label holds a plus.
_LABEL = re.compile(r"\s*((?:(?!\s+[+\-−]|\s*\+|\s*$).)+)", re.DOTALL)
_CHANNEL = re.compile(r"\s*(\*|\d+)")
_POSITION = re.compile(r"\s*@\s*(\d+)\s*,\s*(\d+)")
_HOW = "Write class:LABEL, LAYER:CHANNEL, LAYER:CHANNEL@ROW,COLUMN or LAYER:*, with + or - between."


@dataclass(frozen=True)
class Piece:
    """A part of an objective's text, and where it begins."""

    text: str
    start: int

    def error(self, message: str, whole: str) -> ObjectiveError:
        """An error that points at this part."""
        return ObjectiveError(message, whole, self.start, len(self.text))


@dataclass(frozen=True)
class Wish:
    """One term of an objective as it is written: of a class (`layer` is None) or of a layer.

    `unit` is the label, the channel, or "*" for the whole layer.
    """

    weight: float
    layer: Piece | None
    unit: Piece
    position: tuple[Piece, Piece] | None = None


def read(text: str) -> tuple[Wish, ...]:
    """The terms of an objective.

    Raises:
        ObjectiveError: the text is not one; it points at the place.

    Example:
        >>> [(wish.weight, wish.layer, wish.unit.text) for wish in read("class:leopard - 0.5*class:zebra")]
        [(1.0, None, 'leopard'), (-0.5, None, 'zebra')]
    """
    if not text.strip():
        raise ObjectiveError(f"The objective is empty. {_HOW}", text, 0)
    wishes: list[Wish] = []
    at = 0
    while not wishes or text[at:].strip():
        weight, at = _weight(text, at, first=not wishes)
        wish, at = _wish(text, at, weight)
        wishes.append(wish)
    return tuple(wishes)


def _weight(text: str, at: int, *, first: bool) -> tuple[float, int]:
    """The sign and the factor before a term, and where the term begins."""
    sign = _SIGN.match(text, at)
    if sign is None and not first:
        raise ObjectiveError("Between two terms stands + or -. Add it here.", text, _blank(text, at))
    weight = 1.0
    while sign is not None:
        weight = weight if sign[1] == "+" else -weight
        at = sign.end()
        sign = _SIGN.match(text, at)
    number = _WEIGHT.match(text, at)
    if number is None:
        return weight, at
    factor = float(number[1])
    if factor in (0.0, float("inf")):
        raise Piece(number[1], number.start(1)).error(
            f"The weight {number[1]} says nothing. Give a number above 0, or leave the term out.", text
        )
    return weight * factor, number.end()


def _wish(text: str, at: int, weight: float) -> tuple[Wish, int]:
    quoted = _QUOTED.match(text, at)
    name = quoted or _NAME.match(text, at)
    if name is None:
        at = _blank(text, at)
        if text[at : at + 1] == '"':
            raise ObjectiveError("This quotation mark is not closed. Add the other one.", text, at)
        raise ObjectiveError(f"Here a term is missing. {_HOW}", text, at)
    piece = Piece(name[1], name.start(1))
    colon = re.compile(r"\s*:").match(text, name.end())
    if colon is None:
        raise piece.error(
            f"{piece.text!r} alone names no unit. Write class:{piece.text} if it is a class, or "
            f"{piece.text}:12 or {piece.text}:* if it is a layer.",
            text,
        )
    if piece.text == "class" and quoted is None:
        return _class(text, colon.end(), weight)
    return _unit(text, colon.end(), weight, piece)


def _class(text: str, at: int, weight: float) -> tuple[Wish, int]:
    if text[at:].lstrip()[:1] == '"':
        quoted = _QUOTED.match(text, at)
        if quoted is None:
            at = _blank(text, at)
            raise ObjectiveError("This quotation mark is not closed. Add the other one.", text, at)
        return Wish(weight, None, Piece(quoted[1], quoted.start(1))), quoted.end()
    label = _LABEL.match(text, at)
    if label is None:
        raise ObjectiveError(
            "Here the label or index of a class is missing. "
            'Write class:leopard, class:288 or class:"Shih-Tzu".',
            text,
            _blank(text, at),
        )
    return Wish(weight, None, Piece(label[1], label.start(1))), label.end()


def _unit(text: str, at: int, weight: float, layer: Piece) -> tuple[Wish, int]:
    channel = _CHANNEL.match(text, at)
    if channel is None:
        raise ObjectiveError(
            f"Here a channel of {layer.text} is missing. Write a number from 0, or * for the whole layer.",
            text,
            _blank(text, at),
        )
    unit, at = Piece(channel[1], channel.start(1)), channel.end()
    if not re.compile(r"\s*@").match(text, at):
        return Wish(weight, layer, unit), at
    position = _POSITION.match(text, at)
    if position is None:
        raise ObjectiveError(
            "After @ stands a row and a column. Write them as @3,4.", text, text.index("@", at)
        )
    if unit.text == "*":
        raise ObjectiveError(
            "A position belongs to one channel. Name the channel before it, or leave it out.",
            text,
            text.index("@", at),
            len(position[0].lstrip()),
        )
    row, column = (Piece(position[i], position.start(i)) for i in (1, 2))
    return Wish(weight, layer, unit, (row, column)), position.end()


def _blank(text: str, at: int) -> int:
    """The place after blanks, where something was expected."""
    return at + len(text[at:]) - len(text[at:].lstrip())
