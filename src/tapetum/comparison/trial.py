"""Put maps on trial: hide and show their pictures in the order of each map, beside the controls."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from tapetum.attribution.baselines import baseline_of
from tapetum.evaluation import CONTROLS, Case, deletion_curve, insertion_curve
from tapetum.network import Inputs, Network
from tapetum.results import Faithfulness, Heatmap, Trial

STEPS = 20


def cases_of(network: Network, batches: Sequence[Inputs], target: Any) -> list[Case]:
    """Batches to try maps on, which share what is made of the network alone."""
    cases = [case_of(network, inputs, target) for inputs in batches]
    return [replace(case, forgetful=cases[0].forgetful) for case in cases]


def case_of(network: Network, inputs: Inputs, target: Any) -> Case:
    """A batch to try maps on: hidden places become the plain mean, showing begins with a blurred picture."""
    return Case(
        network,
        inputs.batch,
        network.aim(inputs, target).targets,
        baseline_of(network, inputs, "mean"),
        baseline_of(network, inputs, "blur"),
    )


def maps_on_trial(
    network: Network, inputs: Inputs, targets: Sequence[Any], heatmaps: Sequence[Heatmap]
) -> list[tuple[Faithfulness, ...]]:
    """The heatmaps of one batch on trial; they come target by target, as many for each."""
    each = len(heatmaps) // len(targets)
    found = []
    for place, target in enumerate(targets):
        found += on_trial(case_of(network, inputs, target), heatmaps[place * each : (place + 1) * each])
    return found


def on_trial(
    case: Case, heatmaps: Sequence[Heatmap], *, steps: int = STEPS
) -> list[tuple[Faithfulness, ...]]:
    """How each heatmap fares on each picture of the case, all of them for the case's targets."""
    controls = {key: _curves(case, control.maps(case.batch), steps) for key, control in CONTROLS.items()}
    found = []
    for heatmap in heatmaps:
        trials = _curves(case, [heatmap.at_picture_size()], steps)
        verdicts = heatmap.verdicts()
        found.append(
            tuple(
                Faithfulness(
                    trials[place],
                    {key: one[place] for key, one in controls.items()},
                    verdicts[place] == "map",
                )
                for place in range(len(case.batch))
            )
        )
    return found


def _curves(case: Case, draws: Sequence[Tensor], steps: int) -> list[Trial]:
    """The mean curves of several draws of maps, one trial per picture."""
    hidden, shown = (
        torch.stack([curve(case, maps, steps=steps) for maps in draws]).mean(0)
        for curve in (deletion_curve, insertion_curve)
    )
    return [Trial(tuple(a.tolist()), tuple(b.tolist())) for a, b in zip(hidden, shown, strict=True)]
