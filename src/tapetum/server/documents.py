"""What instruments found, as the parts of an answer: JSON to read, bytes to draw."""

import base64
import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tapetum.report import (
    card_document,
    evidence_document,
    map_document,
    stage_document,
    step_document,
    tiled,
    tiles_across,
)
from tapetum.results.receptive_field import glowing
from tapetum.server.answers import Answer
from tapetum.server.tensors import encoded

if TYPE_CHECKING:
    from PIL.Image import Image

    from tapetum.pictures import Picture
    from tapetum.results import (
        Arithmetic,
        AttackedPicture,
        ChannelView,
        Evidence,
        Heatmap,
        Painted,
        Prediction,
        ReceptiveField,
        StageMap,
    )
    from tapetum.workflows import SheetView

_TILE = 112
"""Rows and columns of a tile to look at, at most."""


def json_bytes(document: Any) -> bytes:
    """Plain data as JSON; file names that are no UTF-8 lose what cannot be written."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def looked(
    prediction: "Prediction", stages: "tuple[StageMap, ...]", picture: "Picture", crop: dict[str, int]
) -> Answer:
    """The first screen: classes, and the ribbon."""
    return {
        "json": json_bytes(
            {
                "classes": prediction.to_dict()["classes"],
                "engine": prediction.engine,
                "source_size": [picture.rows, picture.columns],
                "crop": crop,
            }
        ),
        "ribbon": json_bytes({"stages": [stage_document(stage) for stage in stages]}),
    }


def mapped(heatmap: "Heatmap") -> Answer:
    """One map: what is said about it, and its values."""
    return {
        "json": json_bytes(map_document(heatmap, 0, "map")),
        "bin": encoded(heatmap.values[0].numpy()),
    }


def sheeted(view: "SheetView", image: str) -> Answer:
    """A layer's maps: facts, all tiles as one picture at the address `image`, and the values."""
    facts, tiles = step_document(view.sheet, len(view.sheet), _TILE)
    rows, columns = view.sheet.values.shape[1:]
    field = None
    if view.rows is not None and view.columns is not None:
        field = {"rows": list(view.rows), "columns": list(view.columns), "exact": view.exact}
    sprite = {
        "across": tiles_across(len(tiles)),
        "rows": tiles.shape[1],
        "columns": tiles.shape[2],
        "image": image,
    }
    return {
        "json": json_bytes(
            facts | {"map_rows": rows, "map_columns": columns, "field": field, "sprite": sprite}
        ),
        "png": png(_image(tiled(tiles))),
        "bin": encoded(view.sheet.values.numpy()),
    }


def channelled(view: "ChannelView") -> Answer:
    """One channel."""
    return {"json": json_bytes(view.to_dict())}


def written_out(card: "Arithmetic", parts: int) -> Answer:
    """One number, with so many of its parts."""
    facts = {"value": card.value, "difference": card.difference, "relative": card.relative}
    return {"json": json_bytes(card_document(card, parts) | facts)}


def seen_by(field: "ReceptiveField") -> Answer:
    """What a position sees, and the glow of what moves it."""
    facts = field.to_dict()
    kept = ("layer", "row", "column", "channel", "reach", "box", "clipped", "exact")
    named = {name: facts[name] for name in (*kept, "effective_box", "sentences")}
    return {"json": json_bytes(named), "bin": encoded(glowing(field.effective))}


def followed(path: "Evidence") -> Answer:
    """The way back from a verdict."""
    return {"json": json_bytes(evidence_document(path))}


def attacked(facts: dict[str, Any], picture: "AttackedPicture", said: Sequence[str]) -> Answer:
    """A picture that was changed to mislead, with the verdicts about it."""
    kept = ("target", "before", "after", "fooled", "survives", "largest", "length")
    own = picture.to_dict()
    shown = {"picture": png_url(_image(picture.after)), "sentences": list(said)}
    return {"json": json_bytes(facts | {name: own[name] for name in kept} | shown)}


def painted(panel: "Painted", steps: int, seconds: float, warning: str) -> Answer:
    """A picture that was made for a unit."""
    own = panel.to_dict()
    return {
        "json": json_bytes(
            {
                "objective": panel.objective,
                "caption": panel.caption,
                "score": panel.score,
                "rank": panel.rank,
                "prediction": own["classes"],
                "steps": steps,
                "seconds": seconds,
                "warning": warning,
                "picture": png_url(panel.image),
            }
        )
    }


def png(image: "Image") -> bytes:
    """A picture as PNG, quickly."""
    held = io.BytesIO()
    image.save(held, "PNG", compress_level=1)
    return held.getvalue()


def png_url(image: "Image") -> str:
    """A picture as an address that holds it."""
    return f"data:image/png;base64,{base64.b64encode(png(image)).decode()}"


def jpeg_url(pixels: np.ndarray) -> str:
    """A picture that will be gone in a moment, as an address that holds it."""
    held = io.BytesIO()
    _image(pixels).save(held, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(held.getvalue()).decode()}"


def _image(pixels: np.ndarray) -> "Image":
    from PIL import Image

    return Image.fromarray(pixels)
