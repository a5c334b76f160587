"""Channels of a layer as a person writes them."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tapetum.network import Network


def channel_numbers(network: "Network", layer: str | None, text: str) -> tuple[int, ...]:
    """The channels of "all", or of numbers and ranges with commas between: "0-8,12".

    Raises:
        LayerError: no such layer or channel.
        MethodError: the text is neither.

    Example:
        >>> import tapetum
        >>> channel_numbers(tapetum.load("lite0"), "blocks.4", "0-2,12")
        (0, 1, 2, 12)
    """
    from tapetum.errors import LayerError, MethodError
    from tapetum.features.objective import channels_of

    chosen = network.layer(layer)
    count = channels_of(chosen)
    if text.strip() == "all":
        return tuple(range(count))
    found: list[int] = []
    for part in text.split(","):
        read = re.fullmatch(r"\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?", part)
        if read is None or (read[2] is not None and int(read[2]) < int(read[1])):
            raise MethodError(f"The channels {text!r} cannot be read at {part!r}. Write all, or 0-8,12.")
        first, last = int(read[1]), int(read[2] or read[1])
        if last >= count:
            raise LayerError(
                f"{chosen.name} has no channel {last}. Its {count} channels are 0 to {count - 1}."
            )
        found += range(first, last + 1)
    return tuple(dict.fromkeys(found))
