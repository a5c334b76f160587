"""What a network sees in pictures, and why."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tapetum.progress import stage
from tapetum.workflows.batches import in_batches, several, singles
from tapetum.workflows.journey import travelled
from tapetum.workflows.methods import MethodLike, parsed_methods, usual_methods
from tapetum.workflows.provenance import now, versions
from tapetum.workflows.seen import seen_picture

if TYPE_CHECKING:
    import torch

    from tapetum.attribution.smoothed import By
    from tapetum.network import Inputs, Layer, Network, TargetLike
    from tapetum.pictures import PictureSource
    from tapetum.results import (
        Evidence,
        Explanation,
        Faithfulness,
        Heatmap,
        Journey,
        Prediction,
        SeenPicture,
        StageMap,
    )


def explain(
    network: "Network",
    pictures: "PictureSource | Sequence[PictureSource]",
    *,
    methods: str | Sequence[MethodLike] | None = None,
    targets: "TargetLike | Sequence[TargetLike]" = None,
    top: int = 5,
    smooth: int | None = None,
    smooth_by: "By" = "noise",
    faithful: bool = False,
    journey: bool = False,
    evidence: int | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> "Explanation":
    """What the network sees in pictures, and why.

    Everything that is asked for one picture shares one forward pass.

    Args:
        network: the captured classifier.
        pictures: one or many, anything that `open_picture` takes.
        methods: keys of the registry, with options as "gradcam:layer=layer3" or ("gradcam", {"layer": …});
            by default Grad-CAM and saliency, as far as they apply to the network.
        targets: classes, labels, differences "one - other", or functions of the logits, one or several; None
            explains the predicted class. Each gives a map per method and picture.
        top: how many classes are told.
        smooth: average every map over so many changed copies of each picture.
        smooth_by: what changes the copies: "noise", or "shifts" (and mirroring), whose maps are moved back.
        faithful: put every map on trial: how fast the verdict falls when what it marks is hidden, and rises
            when only that is shown, beside maps that know nothing of the network.
        journey: show every step of each picture's way through the network, too.
        evidence: follow each target of each picture back to patches of it, with so many units kept at each
            step.
        stop: asked after every batch; when it says True, the explanation holds the pictures done so far.

    Raises:
        TapetumError: a picture, a method, an option or a target is wrong.

    Example:
        >>> import tapetum
        >>> explanation = explain(tapetum.load("lite0"), tapetum.sample("cat"), methods=["gradcam"])
        >>> explanation.heatmaps[0].targets[0].label
        'Egyptian cat'
    """
    from tapetum import features
    from tapetum.comparison import maps_on_trial
    from tapetum.results import Explanation, joined

    given = several(pictures)
    chosen = usual_methods(network) if methods is None else parsed_methods(methods)
    for _, options in chosen:
        if options.get("layer") is not None:
            network.chosen_layers(options["layer"])
    if smooth is not None:
        chosen = [(key, {**options, "smooth": smooth, "smooth_by": smooth_by}) for key, options in chosen]
    wanted: Sequence[Any] = targets if isinstance(targets, list | tuple) else [targets]
    seen: list[SeenPicture] = []
    predictions: list[Prediction] = []
    stages: list[tuple[StageMap, ...]] = []
    batches: list[list[Heatmap]] = []
    trials: list[list[tuple[Faithfulness, ...]]] = []
    journeys: list[Journey] = []
    paths: list[tuple[Evidence, ...]] = []
    with stage("Explaining", len(given)) as advance:
        for inputs in in_batches(network, given):
            found = explained(network, inputs, chosen, wanted, top)
            predictions += found[0]
            batches.append(found[1])
            stages += found[2]
            if faithful:
                trials.append(maps_on_trial(network, inputs, wanted, found[1]))
            if journey:
                journeys += [travelled(network, one, top=top) for one in singles(inputs)]
            seen += [seen_picture(network, picture) for picture in inputs.pictures]
            if evidence is not None:
                paths += [
                    tuple(features.evidence(network, picture, target, width=evidence) for target in wanted)
                    for picture in inputs.pictures
                ]
            advance(len(inputs.pictures))
            if stop():
                break
    heatmaps = tuple(joined(column) for column in zip(*batches, strict=True))
    engines = {h.engine for h in heatmaps} | {p.engine for p in predictions}
    return Explanation(
        network=network.facts(" + ".join(sorted(engines))),
        pictures=tuple(seen),
        predictions=tuple(predictions),
        heatmaps=heatmaps,
        stages=tuple(stages),
        versions=versions(),
        created=now(),
        faithfulness=tuple(sum(column, ()) for column in zip(*trials, strict=True)),
        journeys=tuple(journeys),
        evidence=tuple(paths),
    )


def explained(
    network: "Network",
    inputs: "Inputs",
    methods: Sequence[tuple[str, dict[str, Any]]],
    targets: "Sequence[TargetLike]",
    top: int,
) -> "tuple[list[Prediction], list[Heatmap], list[tuple[StageMap, ...]]]":
    """One batch: classes, maps and stages; everything that needs only a forward pass is computed in one."""
    from dataclasses import replace

    from tapetum.registry import METHODS

    backward = any(METHODS[key].passes_back and "smooth" not in options for key, options in methods)
    with network.remembering(inputs):
        layers = [found.layer for found in network.stages]
        heads = [
            layer
            for key, o in methods
            if METHODS[key].needs_layer
            for layer in network.chosen_layers(o.get("layer"))
        ]
        logits, values, engine = network.share(inputs, layers, heads, backward=backward)
        names = [picture.name for picture in inputs.pictures]
        predictions = network.predictions(logits, names, top=top, engine=engine)
        heatmaps = [
            METHODS[key](network, replace(inputs, started=time.perf_counter()), target, **options)
            for target in targets
            for key, options in methods
        ]
    stages = [
        tuple(
            _stage_map(found.title, found.layer, value[place])
            for found, value in zip(network.stages, values, strict=True)
        )
        for place in range(len(names))
    ]
    return predictions, heatmaps, stages


def _stage_map(title: str, layer: "Layer", value: "torch.Tensor") -> "StageMap":
    """The strongest map of one stage of one picture, value of shape (channel, rows, columns)."""
    from tapetum.features import silent, strength
    from tapetum.results import StageMap

    channel = int(strength(value).argmax())
    return StageMap(
        layer=layer.name,
        title=title,
        receptive_field=layer.receptive_field or (0, 0),
        stride=layer.stride or (0, 0),
        channels=len(value),
        silent=float(silent(value).float().mean()),
        channel=channel,
        values=value[channel].float().cpu().numpy(),
    )
