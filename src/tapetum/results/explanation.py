"""Everything that was found out about some pictures, ready to be shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from tapetum.results.evidence import Evidence
from tapetum.results.faithfulness import Faithfulness
from tapetum.results.heatmap import Heatmap
from tapetum.results.prediction import Prediction

if TYPE_CHECKING:
    from PIL.Image import Image

    from tapetum.results.journey import Journey


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

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return vars(self) | {"input": list(self.input)}


@dataclass(frozen=True, eq=False)
class SeenPicture:
    """A picture, the part of it that the network saw, and that part to be shown.

    `frame` is (top, left, rows, columns) in the picture's own pixels; `image` is at most 720 pixels a side.
    """

    name: str
    notes: tuple[str, ...]
    rows: int
    columns: int
    frame: tuple[float, float, float, float]
    image: "Image"


@dataclass(frozen=True, eq=False)
class StageMap:
    """One stage of the network on one picture: its strongest feature map, and how many channels are silent.

    A channel is silent where its largest absolute value is below 1 % of the layer's. The strongest channel
    is the one whose values vary most over the picture (standard deviation).
    """

    layer: str
    title: str
    receptive_field: tuple[int, int]
    stride: tuple[int, int]
    channels: int
    silent: float
    channel: int
    values: Float[np.ndarray, "rows columns"]


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """Pictures, what the network says about each, and why.

    Every heatmap holds one map per picture, in the order of `pictures`; so do `predictions` and `stages`.
    """

    network: NetworkFacts
    pictures: tuple[SeenPicture, ...]
    predictions: tuple[Prediction, ...]
    heatmaps: tuple[Heatmap, ...]
    stages: tuple[tuple[StageMap, ...], ...]
    versions: Mapping[str, str]
    created: str
    faithfulness: tuple[tuple[Faithfulness, ...], ...] = ()
    """For each heatmap one trial per picture; empty where none was asked for."""
    journeys: "tuple[Journey, ...]" = ()
    """The way of each picture through the network; empty where it was not asked for."""
    evidence: tuple[tuple[Evidence, ...], ...] = ()
    """For each picture one path per target; empty where none was asked for."""

    def save(self, path: str | Path) -> Path:
        """Write the report: one self-contained HTML file.

        Raises:
            OutputError: a name that is no HTML page's, or a place that cannot be written.
        """
        from tapetum.report import write_report

        return write_report(self, Path(path))

    def __repr__(self) -> str:
        maps = ", ".join(dict.fromkeys(heatmap.method for heatmap in self.heatmaps)) or "no maps"
        return f"Explanation({len(self.pictures)} pictures by {self.network.name}: {maps})"

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, without pictures and map values, as `--json` prints it."""
        return {
            "schema": "tapetum-explain/1",
            "network": self.network.to_dict(),
            "versions": dict(self.versions),
            "created": self.created,
            "pictures": [
                {
                    "name": picture.name,
                    "notes": list(picture.notes),
                    "rows": picture.rows,
                    "columns": picture.columns,
                    "frame": dict(zip(("top", "left", "rows", "columns"), picture.frame, strict=True)),
                    "classes": prediction.to_dict()["classes"],
                    "maps": [
                        heatmap.to_dict(place) | {"faithfulness": self._faithfulness(number, place)}
                        for number, heatmap in enumerate(self.heatmaps)
                    ],
                    "evidence": [path.to_dict() for path in (self.evidence[place] if self.evidence else ())],
                }
                for place, (picture, prediction) in enumerate(
                    zip(self.pictures, self.predictions, strict=True)
                )
            ],
        }

    def _faithfulness(self, heatmap: int, picture: int) -> dict[str, Any] | None:
        return self.faithfulness[heatmap][picture].to_dict() if self.faithfulness else None

    def _repr_html_(self) -> str:
        """The report inside a frame of its own, so that its styles and scripts meet nobody else's."""
        from html import escape

        from tapetum.report import report_html

        look = "width:100%;height:760px;border:0"
        return (
            f'<iframe srcdoc="{escape(report_html(self))}" style="{look}" sandbox="allow-scripts"></iframe>'
        )
