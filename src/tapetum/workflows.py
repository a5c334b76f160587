"""One function per thing a person asks for. The command line and the server call only these.

Heavy imports stand inside the functions, so that `tapetum --help` answers at once.
"""

import datetime
import importlib.metadata
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tapetum.progress import stage

if TYPE_CHECKING:
    import torch

    from tapetum.attribution.smoothed import By
    from tapetum.comparison import Quality
    from tapetum.network import Inputs, Layer, Network, TargetLike
    from tapetum.pictures import PictureSource
    from tapetum.results import (
        Comparison,
        Explanation,
        Faithfulness,
        Heatmap,
        Prediction,
        SeenPicture,
        StageMap,
    )

MethodLike = str | tuple[str, Mapping[str, Any]]

_BATCH = 8
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
        stop: asked after every batch; when it says True, the explanation holds the pictures done so far.

    Raises:
        TapetumError: a picture, a method, an option or a target is wrong.

    Example:
        >>> import tapetum
        >>> explanation = explain(tapetum.load("lite0"), tapetum.sample("cat"), methods=["gradcam"])
        >>> explanation.heatmaps[0].targets[0].label
        'Egyptian cat'
    """
    from tapetum.comparison import maps_on_trial
    from tapetum.errors import PictureError
    from tapetum.results import Explanation, joined

    given: Sequence[Any] = pictures if isinstance(pictures, list | tuple) else [pictures]
    if not len(given):
        raise PictureError("There are no pictures. Give at least one.")
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
    with stage("Explaining", len(given)) as advance:
        for inputs in _batches(network, given):
            found = _explained(network, inputs, chosen, wanted, top)
            predictions += found[0]
            batches.append(found[1])
            stages += found[2]
            if faithful:
                trials.append(maps_on_trial(network, inputs, wanted, found[1]))
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
        created=_now(),
        faithfulness=tuple(sum(column, ()) for column in zip(*trials, strict=True)),
    )


def compare(
    network: "Network",
    pictures: "PictureSource | Sequence[PictureSource]",
    methods: str | Sequence[MethodLike] = "all",
    *,
    quality: "Quality" = "quick",
    target: "TargetLike" = None,
    seconds: int | float | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> "Comparison":
    """Methods beside each other: what each costs, and how far its maps can be trusted, by several metrics.

    Three controls that know nothing of the network are measured with them: a method that is not better than
    these has said nothing.

    Args:
        network: the captured classifier.
        pictures: one or many, anything that `open_picture` takes. Intervals need two, and mean little below
            ten.
        methods: "all", or keys of the registry, with options as for `explain`.
        quality: "quick" uses fewer samples and stays within a time; "full" leaves nothing out. What a quick
            comparison leaves out is named in `left_out` and `notes`.
        target: what the maps explain, as for every method; None is the predicted class of each picture.
        seconds: the time of a quick comparison, instead of seven and a half minutes.
        stop: asked after every step; when it says True, the comparison holds what was measured so far.

    Raises:
        TapetumError: a picture, a method, an option or the target is wrong. A method that does not apply to
            the network is no error: it is named in `left_out`.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0", size=64, engine="torch")
        >>> compare(net, tapetum.sample("cat"), ["gradcam"], seconds=5)["gradcam"].passes
        'F + b'
    """
    from dataclasses import replace

    from tapetum.comparison import PLANS, cases_of, compared
    from tapetum.errors import MethodError, PictureError
    from tapetum.registry import METHODS
    from tapetum.results import Comparison

    if quality not in PLANS:
        raise MethodError(f"There is no quality {quality!r}. Use one of: {', '.join(PLANS)}.")
    if seconds is not None and not seconds > 0:
        raise MethodError(f"A comparison has {seconds} seconds. Give more than 0.")
    plan = PLANS[quality] if seconds is None else replace(PLANS[quality], seconds=float(seconds))
    given: Sequence[Any] = pictures if isinstance(pictures, list | tuple) else [pictures]
    if not len(given):
        raise PictureError("There are no pictures. Give at least one.")
    chosen = parsed_methods(list(METHODS) if methods == "all" else methods)
    begin = time.perf_counter()
    batches = list(_batches(network, given))
    cases = cases_of(network, batches, target)
    rows, metrics, left_out, notes = compared(cases, chosen, plan, stop=stop)
    return Comparison(
        network=network.facts(),
        quality=quality,
        pictures=tuple(picture.name for inputs in batches for picture in inputs.pictures),
        targets=tuple(item for case in cases for item in case.targets.items),
        metrics=tuple(metrics),
        rows=tuple(rows),
        left_out=tuple(left_out),
        notes=tuple(notes),
        seconds=time.perf_counter() - begin,
        versions=versions(),
        created=_now(),
    )


def predict(
    network: "Network",
    pictures: "Sequence[PictureSource]",
    *,
    top: int = 5,
    stop: Callable[[], bool] = lambda: False,
) -> "list[Prediction]":
    """The strongest classes of each picture, in batches."""
    found: list[Prediction] = []
    with stage("Predicting", len(pictures)) as advance:
        for inputs in _batches(network, pictures):
            logits, _, engine = network.evaluate(inputs.batch)
            names = [picture.name for picture in inputs.pictures]
            found += network.predictions(logits, names, top=top, engine=engine)
            advance(len(names))
            if stop():
                break
    return found


def open_network(source: str, **options: Any) -> "Network":
    """`tapetum.load`, with its heavy imports only when it is called."""
    from tapetum.models import load

    return load(source, **options)


def model_names(pattern: str | None) -> list[tuple[str, str]]:
    """Names that `load` knows, with where they come from."""
    from tapetum.models import list_models

    return list_models(pattern)


def versions() -> dict[str, str]:
    """The versions of everything that takes part in a result."""
    found = {"tapetum": importlib.metadata.version("tapetum"), "python": platform.python_version()}
    for name in ("torch", "torchvision", "timm", "openvino", "numpy", "pillow"):
        module = "PIL" if name == "pillow" else name
        if module in sys.modules:
            found[name] = importlib.metadata.version(name)
    return found


def parsed_methods(methods: str | Sequence[MethodLike]) -> list[tuple[str, dict[str, Any]]]:
    """Keys of methods with their options, checked as far as that goes without a network.

    Raises:
        MethodError: an unknown method or option, or an option's text that means no value.
    """
    from tapetum.registry import find_method

    chosen = []
    for method in _split_methods(methods) if isinstance(methods, str) else methods:
        if isinstance(method, str):
            key, _, text = method.partition(":")
            chosen.append((key, find_method(key).parse(_split_options(text))))
        else:
            find_method(method[0]).check(method[1])
            chosen.append((method[0], dict(method[1])))
    return chosen


def _applying(network: "Network") -> list[tuple[str, dict[str, Any]]]:
    """The methods of an explanation that names none: Grad-CAM where it has a layer, and saliency."""
    from tapetum.errors import LayerError

    try:
        network.layer()
    except LayerError:
        return [("saliency", {})]
    return [("gradcam", {}), ("saliency", {})]


def _split_methods(text: str) -> list[str]:
    """Methods in one text, with commas between: an option without a colon before it belongs to the last."""
    found: list[str] = []
    for item in text.split(","):
        if found and "=" in item and ":" not in item.partition("=")[0]:
            found[-1] += f",{item}"
        else:
            found.append(item.strip())
    return found


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _split_options(text: str) -> dict[str, str]:
    from tapetum.errors import MethodError

    found = {}
    for item in filter(None, text.split(",")):
        name, equals, value = item.partition("=")
        if not equals:
            raise MethodError(f"The option {item!r} has no value. Write it as name=value.")
        found[name.strip().replace("-", "_")] = value.strip()
    return found


def _batches(network: "Network", pictures: Sequence[Any]) -> "Iterator[Inputs]":
    for start in range(0, len(pictures), _BATCH):
        yield network.inputs(list(pictures[start : start + _BATCH]))


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
