"""What a network saw of a picture, to be shown."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tapetum.network import Network
    from tapetum.results import SeenPicture

_SHOWN = 720


def seen_picture(network: "Network", picture: Any) -> "SeenPicture":
    """What the network saw of a picture, at the picture's own sharpness up to 720 pixels a side."""
    from PIL import Image

    from tapetum.results import SeenPicture

    frame = network.preparation.frame(picture.rows, picture.columns)
    shrink = min(1.0, _SHOWN / max(frame.rows, frame.columns))
    size = (max(1, round(frame.columns * shrink)), max(1, round(frame.rows * shrink)))
    box = (frame.left, frame.top, frame.left + frame.columns, frame.top + frame.rows)
    image = picture.image.resize(size, Image.Resampling.LANCZOS, box=box)
    if network.preparation.channels == 1:
        image = image.convert("L")
    return SeenPicture(
        name=picture.name,
        notes=picture.notes,
        rows=picture.rows,
        columns=picture.columns,
        frame=(frame.top, frame.left, frame.rows, frame.columns),
        image=image,
    )
