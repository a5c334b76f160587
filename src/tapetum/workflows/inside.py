"""One number inside the network, what it sees, and the way back from the verdict."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tapetum.network import Network, TargetLike
    from tapetum.pictures import PictureSource
    from tapetum.results import Arithmetic, Evidence, ReceptiveField


def arithmetic(  # noqa: PLR0917  channel, row and column say where, in this order
    network: "Network",
    picture: "PictureSource",
    layer: str,
    channel: int,
    row: int | None = None,
    column: int | None = None,
) -> "Arithmetic":
    """`tapetum.arithmetic`, with its heavy imports only when it is called."""
    from tapetum import features

    return features.arithmetic(network, picture, layer, channel, row, column)


def receptive_field(
    network: "Network",
    pictures: "Sequence[PictureSource]",
    layer: str,
    row: int | None = None,
    column: int | None = None,
    *,
    channel: int | None = None,
) -> "ReceptiveField":
    """`tapetum.receptive_field`, with its heavy imports only when it is called."""
    from tapetum import features

    return features.receptive_field(network, layer, row, column, pictures=pictures, channel=channel)


def evidence(
    network: "Network", picture: "PictureSource", target: "TargetLike" = None, *, width: int = 3
) -> "Evidence":
    """`tapetum.evidence`, with its heavy imports only when it is called."""
    from tapetum import features

    return features.evidence(network, picture, target, width=width)


def position(text: str | None) -> tuple[int | None, int | None]:
    """A position as a person writes it, ROW,COLUMN.

    Raises:
        LayerError: something else.
    """
    from tapetum.errors import LayerError

    if text is None:
        return None, None
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(part.removeprefix("-").isdecimal() and len(part) < 10 for part in parts):
        raise LayerError(f"The position is {text!r}. Write it as ROW,COLUMN, counted from 0: 3,5.")
    return int(parts[0]), int(parts[1])
