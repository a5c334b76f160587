"""Everything that was found out about some pictures, ready to be shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from tapetum.pictures import Picture
from tapetum.results.heatmap import Heatmap
from tapetum.results.prediction import Prediction


@dataclass(frozen=True)
class NetworkFacts:
    """What a reader must know about the network behind an explanation."""

    name: str
    source: str
    classes: int
    parameters: int
    input: tuple[int, int, int]
    fingerprint: str
    engine: str
    device: str
    precision: str
    preparation: str


@dataclass(frozen=True, eq=False)
class StageMap:
    """One stage of the network on one picture: its strongest feature map, and how many channels are silent.

    A channel is silent where its largest absolute value is below 1 % of the layer's. The strongest channel
    has the largest mean square.
    """

    layer: str
    title: str
    channels: int
    rows: int
    columns: int
    receptive_field: tuple[int, int]
    stride: tuple[int, int]
    silent: float
    channel: int
    values: Float[np.ndarray, "map_rows map_columns"]


@dataclass(frozen=True, eq=False)
class Explanation:
    """Pictures, what the network says about each, and why.

    Every heatmap holds one map per picture, in the order of `pictures`; `frames` says which part of each
    picture the network saw (top, left, rows, columns in its own pixels).
    """

    network: NetworkFacts
    pictures: tuple[Picture, ...]
    frames: tuple[tuple[float, float, float, float], ...]
    predictions: tuple[Prediction, ...]
    heatmaps: tuple[Heatmap, ...]
    stages: tuple[tuple[StageMap, ...], ...]
    versions: Mapping[str, str]
    created: str

    def save(self, path: str | Path) -> Path:
        """Write the report: one self-contained HTML file.

        Raises:
            OutputError: the file cannot be written there.
        """
        from tapetum.report import write_report

        return write_report(self, Path(path))

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, without pictures and map values, as `--json` prints it."""
        return {
            "schema": "tapetum-explain/1",
            "network": vars(self.network) | {"input": list(self.network.input)},
            "versions": dict(self.versions),
            "created": self.created,
            "pictures": [
                {
                    "name": picture.name,
                    "notes": list(picture.notes),
                    "rows": picture.rows,
                    "columns": picture.columns,
                    "frame": dict(zip(("top", "left", "rows", "columns"), frame, strict=True)),
                    "classes": prediction.to_dict()["classes"],
                    "maps": [heatmap.to_dict(place) for heatmap in self.heatmaps],
                }
                for place, (picture, frame, prediction) in enumerate(
                    zip(self.pictures, self.frames, self.predictions, strict=True)
                )
            ],
        }

    def _repr_html_(self) -> str:
        """The report inside a frame of its own, so that its styles and scripts meet nobody else's."""
        from html import escape

        from tapetum.report import report_html

        page = escape(report_html(self), quote=True)
        return f'<iframe srcdoc="{page}" style="width:100%;height:760px;border:0" sandbox="allow-scripts"></iframe>'
