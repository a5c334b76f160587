"""What a network sees in pictures, and why."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tapetum.progress import stage
from tapetum.workflows.batches import in_batches, several
from tapetum.workflows.methods import MethodLike, parsed_methods
from tapetum.workflows.provenance import now, versions

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
        Prediction,
        SeenPicture,
        StageMap,
    )

_SHOWN = 720


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
    chosen = _applying(network) if methods is None else parsed_methods(methods)
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
    paths: list[tuple[Evidence, ...]] = []
    with stage("Explaining", len(given)) as advance:
        for inputs in in_batches(network, given):
            found = _explained(network, inputs, chosen, wanted, top)
            predictions += found[0]
            batches.append(found[1])
            stages += found[2]
            if faithful:
                trials.append(maps_on_trial(network, inputs, wanted, found[1]))
            if evidence is not None:
                paths += [
                    tuple(features.evidence(network, picture, target, width=evidence) for target in wanted)
                    for picture in inputs.pictures
                ]
            seen += [_seen(network, picture) for picture in inputs.pictures]
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
        evidence=tuple(paths),
    )


def _applying(network: "Network") -> list[tuple[str, dict[str, Any]]]:
    """The methods of an explanation that names none: Grad-CAM where it has a layer, and saliency."""
    from tapetum.errors import LayerError

    try:
        network.layer()
    except LayerError:
        return [("saliency", {})]
    return [("gradcam", {}), ("saliency", {})]


def _explained(
    network: "Network",
    inputs: "Inputs",
    methods: Sequence[tuple[str, dict[str, Any]]],
    targets: "Sequence[TargetLike]",
    top: int,
) -> "tuple[list[Prediction], list[Heatmap], list[tuple[StageMap, ...]]]":
    """One batch: everything that needs only a forward pass is computed in one."""
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
    from tapetum.results import StageMap

    peaks = value.abs().amax((1, 2))
    silent = float((peaks < 0.01 * peaks.max().clamp_min(1e-12)).float().mean())
    channel = int(value.float().std((1, 2)).argmax())
    return StageMap(
        layer=layer.name,
        title=title,
        receptive_field=layer.receptive_field or (0, 0),
        stride=layer.stride or (0, 0),
        channels=len(value),
        silent=silent,
        channel=channel,
        values=value[channel].float().cpu().numpy(),
    )


def _seen(network: "Network", picture: Any) -> "SeenPicture":
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
