"""The table of metrics: what each measures, what it punishes, and what it costs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from torch import Tensor

from tapetum.evaluation.completeness import completeness
from tapetum.evaluation.deletion import deletion
from tapetum.evaluation.infidelity import infidelity
from tapetum.evaluation.insertion import insertion
from tapetum.evaluation.max_sensitivity import max_sensitivity
from tapetum.evaluation.mprt import mprt
from tapetum.evaluation.randomisation import randomisation
from tapetum.evaluation.relevance_mass import relevance_mass
from tapetum.evaluation.relevance_rank import relevance_rank
from tapetum.evaluation.road import road
from tapetum.evaluation.sparseness import sparseness

Better = Literal["higher", "lower"]
Needs = Literal["case", "map", "sum", "method", "mask"]


@dataclass(frozen=True)
class Metric:
    """One way to doubt a map.

    `needs` says what the function is given: "map" the maps alone; "case" the pictures and the maps; "method"
    besides a function that makes maps again, `reruns` times per picture; "sum" the raw values and by how much
    they miss their promised sum; "mask" the maps and where the evidence is known to be. `cost` counts passes
    per picture as the table of methods does, with M for one run of the method. `quick` are the options of a
    quick comparison.
    """

    key: str
    title: str
    function: Callable[..., Tensor]
    punishes: str
    better: Better
    needs: Needs
    cost: str
    reference: str
    quick: Mapping[str, Any] = field(default_factory=dict)
    reruns: Callable[[Mapping[str, Any]], int] = lambda options: 0

    def is_better(self, one: float, other: float) -> bool:
        """Whether the first value is better than the second."""
        return one > other if self.better == "higher" else one < other


METRICS: dict[str, Metric] = {
    "deletion": Metric(
        key="deletion",
        title="Deletion",
        function=deletion,
        punishes="marking places that the verdict does not need: it must fall when they are hidden",
        better="lower",
        needs="case",
        cost="29 F",
        reference="Petsiuk, Das, Saenko 2018",
        quick={"steps": 14},
    ),
    "insertion": Metric(
        key="insertion",
        title="Insertion",
        function=insertion,
        punishes="leaving out places that the verdict needs: those that are marked must be enough",
        better="higher",
        needs="case",
        cost="29 F",
        reference="Petsiuk, Das, Saenko 2018",
        quick={"steps": 14},
    ),
    "road": Metric(
        key="road",
        title="ROAD",
        function=road,
        punishes="ranking pixels wrongly, when holes are filled in so that their outline cannot speak",
        better="higher",
        needs="case",
        cost="18 F",
        reference="Rong et al. 2022",
        quick={"shares": (0.2, 0.5, 0.8)},
    ),
    "infidelity": Metric(
        key="infidelity",
        title="Infidelity",
        function=infidelity,
        punishes="values that do not foretell by how much the score falls when a square is hidden",
        better="lower",
        needs="case",
        cost="257 F",
        reference="Yeh et al. 2019",
        quick={"samples": 48},
    ),
    "sparseness": Metric(
        key="sparseness",
        title="Sparseness",
        function=sparseness,
        punishes="marking a little of everything",
        better="higher",
        needs="map",
        cost="0",
        reference="Chalasani et al. 2020",
    ),
    "completeness": Metric(
        key="completeness",
        title="Completeness",
        function=completeness,
        punishes="values that do not sum to the score that they promise to explain",
        better="lower",
        needs="sum",
        cost="0",
        reference="Sundararajan, Taly, Yan 2017",
    ),
    "max-sensitivity": Metric(
        key="max-sensitivity",
        title="Max-sensitivity",
        function=max_sensitivity,
        punishes="jumping to another map when nobody would see that the picture changed",
        better="lower",
        needs="method",
        cost="10 M",
        reference="Yeh et al. 2019",
        quick={"samples": 3},
        reruns=lambda options: int(options.get("samples", 10)),
    ),
    "mprt": Metric(
        key="mprt",
        title="eMPRT",
        function=mprt,
        punishes="a map that stays orderly when the network has forgotten everything",
        better="higher",
        needs="method",
        cost="M",
        reference="Hedström et al. 2024",
        reruns=lambda options: 1,
    ),
    "randomisation": Metric(
        key="randomisation",
        title="Randomisation",
        function=randomisation,
        punishes="a map that stays the same while the network forgets, layer by layer",
        better="lower",
        needs="method",
        cost="4 M",
        reference="Adebayo et al. 2018",
        quick={"stops": 2},
        reruns=lambda options: int(options.get("stops", 4)),
    ),
    "relevance-mass": Metric(
        key="relevance-mass",
        title="Relevance mass",
        function=relevance_mass,
        punishes="evidence outside the region where it is known to be",
        better="higher",
        needs="mask",
        cost="0",
        reference="Arras, Osman, Samek 2022",
    ),
    "relevance-rank": Metric(
        key="relevance-rank",
        title="Relevance rank",
        function=relevance_rank,
        punishes="a strongest place that lies outside the region where the evidence is known to be",
        better="higher",
        needs="mask",
        cost="0",
        reference="Arras, Osman, Samek 2022",
    ),
}
