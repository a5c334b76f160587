"""An explanation as the plain data that the page reads (`web/src/data.ts` is its description)."""

import base64
import io
import math
from typing import Any

import numpy as np
from PIL.Image import Image

from tapetum.registry import METHODS
from tapetum.report.evidence import evidence_document
from tapetum.report.journey import journey_document
from tapetum.results import Explanation, Heatmap, SeenPicture, StageMap, Trial

_SMALL = 128 * 128
"""Pictures of at most this many pixels travel without loss."""


def report_document(explanation: Explanation) -> dict[str, Any]:
    """The document inside a report."""
    return {
        "schema": "tapetum-report/1",
        "tapetum": explanation.versions["tapetum"],
        "created": explanation.created,
        "versions": {name: v for name, v in explanation.versions.items() if name != "tapetum"},
        "network": explanation.network.to_dict(),
        "pictures": [
            {
                **_picture(picture),
                "prediction": prediction.to_dict()["classes"],
                "maps": [
                    map_document(heatmap, place, f"map-{number}")
                    | {"values": _values(heatmap, place)}
                    | {"faithfulness": _trial(explanation, number, place)}
                    for number, heatmap in enumerate(explanation.heatmaps)
                ],
                "stages": [stage_document(stage) for stage in stages],
                "journey": journey_document(explanation.journeys[place]) if explanation.journeys else None,
                "evidence": [evidence_document(path) for path in paths],
            }
            for place, (picture, prediction, stages, paths) in enumerate(
                zip(
                    explanation.pictures,
                    explanation.predictions,
                    explanation.stages,
                    explanation.evidence or [()] * len(explanation.pictures),
                    strict=True,
                )
            )
        ],
    }


def _picture(picture: SeenPicture) -> dict[str, Any]:
    return {
        "name": picture.name,
        "notes": list(picture.notes),
        "source_size": [picture.rows, picture.columns],
        "crop": dict(zip(("top", "left", "rows", "columns"), map(round, picture.frame), strict=True)),
        "image": _data_url(picture.image),
    }


def _data_url(image: Image) -> str:
    held = io.BytesIO()
    if image.width * image.height <= _SMALL:
        image.save(held, "PNG", optimize=True)
        kind = "png"
    else:
        image.save(held, "JPEG", quality=88, optimize=True)
        kind = "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(held.getvalue()).decode()}"


def map_document(heatmap: Heatmap, place: int, name: str) -> dict[str, Any]:
    """What is said about one map; its values travel beside it."""
    method = METHODS[heatmap.method]
    facts = heatmap.to_dict(place)
    values = heatmap.values[place].numpy()
    return {
        "id": name,
        "title": method.title,
        "passes": method.cost,
        "signed": bool((values < 0).any()) or heatmap.quantity == "evidence",
        **{
            key: facts[key]
            for key in (
                *("method", "target", "layer", "score", "residual", "quantity", "rows", "columns"),
                *("box", "sentence", "verdict", "seconds", "engine"),
            )
        },
        "options": {key: _option(value) for key, value in facts["options"].items()},
    }


def _values(heatmap: Heatmap, place: int) -> str:
    return base64.b64encode(heatmap.values[place].numpy().astype("<f4").tobytes()).decode()


def _trial(explanation: Explanation, number: int, place: int) -> dict[str, Any] | None:
    """How a map fared on trial, with its curves; None where none was put on trial."""
    if not explanation.faithfulness:
        return None
    found = explanation.faithfulness[number][place]
    facts = found.to_dict()
    return {
        "hiding": facts["hiding"],
        "showing": facts["showing"],
        "chance": explanation.heatmaps[number].targets[place].kind != "custom",
        "map": _curves(found.trial),
        "controls": {key: _curves(trial) for key, trial in found.controls.items()},
    }


def _curves(trial: Trial) -> dict[str, Any]:
    return {
        "deletion": [round(value, 4) for value in trial.deletion],
        "insertion": [round(value, 4) for value in trial.insertion],
        "deletion_area": trial.deletion_area,
        "insertion_area": trial.insertion_area,
    }


def _option(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def stage_document(stage: StageMap) -> dict[str, Any]:
    """One stage of the ribbon, with its strongest map as 8-bit levels."""
    largest = float(np.abs(stage.values).max())
    scale = largest if largest > 0 and math.isfinite(largest) else 1.0
    levels = np.round(stage.values / scale * 127).astype(np.int8)
    rows, columns = stage.values.shape
    return {
        "layer": stage.layer,
        "title": stage.title,
        "channels": stage.channels,
        "rows": rows,
        "columns": columns,
        "receptive_field": list(stage.receptive_field),
        "stride": list(stage.stride),
        "silent": stage.silent,
        "channel": stage.channel,
        "map_rows": rows,
        "map_columns": columns,
        "values": base64.b64encode(levels.tobytes()).decode(),
        "scale": scale,
    }
