"""Who takes part in a comparison: methods with their options, and controls; each can be asked for maps."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from tapetum.errors import NonFiniteError
from tapetum.evaluation import Case, Control, Explain, Metric
from tapetum.network import Network, Targets
from tapetum.registry import Method
from tapetum.results import Heatmap


@dataclass(eq=False)
class Contestant:
    """A method or a control, and what it said of each case so far."""

    key: str
    title: str
    passes: str
    method: Method | None
    options: Mapping[str, Any]
    explain: Explain
    control: Control | None = None
    heatmaps: list[Heatmap] = field(default_factory=list)
    seconds: float = 0.0

    def look(self, cases: Sequence[Case]) -> None:
        """Make the maps of every case, and remember how long that took."""
        begin = time.perf_counter()
        if self.method is not None:
            for case in cases:
                self.heatmaps.append(self.method(case.network, case.batch, case.targets, **self.options))
        else:
            for case in cases:
                self.explain(case.network, case.batch, case.targets)
        self.seconds = time.perf_counter() - begin

    def maps(self, place: int, case: Case) -> list[Tensor]:
        """The maps of one case at the size of its pictures; several where the control draws them."""
        if self.control is not None:
            return self.control.maps(case.batch)
        return [self.heatmaps[place].at_picture_size()]

    def measured(self, metric: Metric, options: Mapping[str, Any], cases: Sequence[Case]) -> Tensor:
        """The metric's value of every picture.

        Raises:
            NonFiniteError: NaN or infinity.
        """
        found = torch.cat([self._measured(metric, options, place, case) for place, case in enumerate(cases)])
        if not bool(torch.isfinite(found).all()):
            raise NonFiniteError(
                f"{metric.title} gives NaN or infinity. The network overflows on hidden pictures."
            )
        return found

    def _measured(self, metric: Metric, options: Mapping[str, Any], place: int, case: Case) -> Tensor:
        if metric.needs == "sum":
            heatmap = self.heatmaps[place]
            assert heatmap.residual is not None
            return metric.function(heatmap.values, heatmap.residual, **options)
        draws = self.maps(place, case)
        if metric.needs == "method":
            return metric.function(case, draws[0], self.explain, **options)
        given = (case,) if metric.needs == "case" else ()
        return torch.stack([metric.function(*given, maps, **options) for maps in draws]).mean(0)


def of_method(method: Method, options: Mapping[str, Any]) -> Contestant:
    """A method with its options."""

    def explain(network: Network, batch: Tensor, targets: Targets) -> Tensor:
        return method(network, batch, targets, **options).at_picture_size()

    return Contestant(method.key, method.title, method.cost, method, options, explain)


def of_control(control: Control) -> Contestant:
    """A control."""

    def explain(network: Network, batch: Tensor, targets: Targets) -> Tensor:
        return control.maps(batch)[0]

    return Contestant(control.key, control.title, "0", None, {}, explain, control)
