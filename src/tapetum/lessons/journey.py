"""A photograph on its way from the pixels to the verdict."""

from collections.abc import Sequence

from tapetum.attribution.gradcam import gradcam
from tapetum.features import evidence
from tapetum.lessons.figures import figure, percent
from tapetum.models import load
from tapetum.pictures import sample
from tapetum.results import (
    Evidence,
    Heatmap,
    Journey,
    LayerSheet,
    PageFigure,
    PageSection,
    PageTable,
    Prediction,
    Story,
)
from tapetum.workflows import journey

_MAPS = 16
"""Feature maps of a step that are drawn: those that vary most."""
_SHOWN = 560
"""Width of a drawn step in pixels."""


def run(*, seed: int = 0) -> Story:
    """What happens to the cat between its pixels and its name, stage by stage; nothing here is random."""
    del seed
    net = load("lite0")
    cat = sample("cat")
    way = journey(net, cat, strongest=_MAPS)
    whole = journey(net, cat)
    heatmap = gradcam(net, cat)
    path = evidence(net, cat)
    deep = [step for step in whole.steps if not step.vector]
    rectified = [step for step in deep if step.zeros > 0]
    first, last = rectified[0], rectified[-1]
    numbers = {
        "steps": float(len(whole)),
        "first_maps": float(deep[0].channels),
        "last_maps": float(deep[-1].channels),
        "zeros_first": first.zeros,
        "zeros_last": last.zeros,
        "probability": whole.prediction[0].probability,
        "share_explained": path.root.share,
    }
    return Story(
        key="journey",
        title="From the pixels to the verdict",
        lead="A network does not look at a cat. It computes, stage after stage, maps of what is where, ever "
        "smaller and ever more of them, until a list of 1000 numbers is left. Here is every stage.",
        parts=(
            _verdict(whole.prediction, heatmap),
            _beginning(way, deep),
            _stages(way, deep, first, last),
            _end(way, path),
        ),
        numbers=numbers,
    )


def _verdict(prediction: Prediction, heatmap: Heatmap) -> PageSection:
    strongest = prediction[0]
    return PageSection(
        "What the network says",
        (
            f"Of the photograph it says {strongest.label}, with a probability of "
            f"{percent(strongest.probability)}. It gives every class a number; the next ones are close.",
            *heatmap.sentences(),
        ),
        (
            PageTable(
                "the strongest classes",
                ("class", "probability", "logit"),
                [(one.label, percent(one.probability), f"{one.logit:.2f}") for one in prediction],
            ),
        ),
        (
            figure(
                heatmap.draw(),
                f"The photograph with the evidence for {strongest.label} laid over it",
                "Grad-CAM: where the evidence for the strongest class lies.",
            ),
        ),
    )


def _beginning(way: Journey, deep: Sequence[LayerSheet]) -> PageSection:
    figures = []
    if way.kernels is not None:
        figures.append(
            figure(
                way.kernels.draw(_SHOWN),
                "The kernels of the first convolution in colour",
                "The kernels of the first convolution: small patterns of colour and edges.",
            )
        )
    figures += [_drawn(step) for step in _of(way, deep[:3])]
    return PageSection(
        "The first convolution",
        (
            f"{deep[0].channels} small kernels slide over the picture. Each gives a map that is bright where "
            "the picture looks like the kernel.",
            "Batch-norm brings the maps to one scale; the rectifier sets to zero what is negative: what is "
            "left is where the pattern is, not where its opposite is.",
        ),
        figures=tuple(figures),
    )


def _stages(way: Journey, deep: Sequence[LayerSheet], first: LayerSheet, last: LayerSheet) -> PageSection:
    rows = [
        (step.title, step.layer, step.size(), percent(step.zeros), percent(step.silent), _field(step))
        for step in deep
    ]
    return PageSection(
        "Stage after stage",
        (
            f"The maps shrink from {deep[0].size()} to {deep[-1].size()}. A place in the last ones has seen "
            f"{_field(deep[-1])} pixels of the picture, and more than the picture has means all of it.",
            f"After the first rectifier {percent(first.zeros)} of all values are zero, after the last "
            f"{percent(last.zeros)}: deep units look for rare things, and most of them stay silent.",
        ),
        (PageTable("the way", ("step", "layer", "output", "zeros", "silent maps", "sees"), rows),),
        tuple(_drawn(step) for step in _of(way, deep[3:])),
    )


def _end(way: Journey, path: Evidence) -> PageSection:
    vectors = [step for step in way.steps if step.vector]
    return PageSection(
        "The vector, the scores, and back again",
        (
            "At the end every map is averaged to one number. This vector is all that the last layer reads: "
            "each class is a weighted sum of it.",
            f"Read backwards, the verdict splits over the units that made it. {path.root.sentence()}",
        ),
        figures=(
            *(_drawn(step) for step in vectors[:2]),
            figure(
                path.draw(),
                "The path of the evidence from the verdict to places of the picture",
                "From the verdict back to the picture: the strongest units, what they saw, and where.",
            ),
        ),
    )


def _of(way: Journey, steps: Sequence[LayerSheet]) -> list[LayerSheet]:
    """The same steps with fewer maps."""
    return [way[step.layer] for step in steps]


def _drawn(step: LayerSheet) -> PageFigure:
    few = len(step.indices) < step.channels
    shown = f"{len(step.indices)} of {step.channels} maps" if few else step.size()
    return figure(
        step.draw(_SHOWN), f"Feature maps after {step.title}", f"{step.title} ({step.layer}): {shown}."
    )


def _field(step: LayerSheet) -> str:
    return "all" if step.receptive_field is None else "×".join(map(str, step.receptive_field))
