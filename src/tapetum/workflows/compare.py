"""Methods beside each other."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tapetum.workflows.batches import in_batches, several
from tapetum.workflows.methods import MethodLike, parsed_methods
from tapetum.workflows.provenance import now, versions

if TYPE_CHECKING:
    from tapetum.comparison import Quality
    from tapetum.network import Network, TargetLike
    from tapetum.pictures import PictureSource
    from tapetum.results import Comparison


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
    from tapetum.errors import MethodError
    from tapetum.registry import METHODS
    from tapetum.results import Comparison

    if quality not in PLANS:
        raise MethodError(f"There is no quality {quality!r}. Use one of: {', '.join(PLANS)}.")
    if seconds is not None and not seconds > 0:
        raise MethodError(f"A comparison has {seconds} seconds. Give more than 0.")
    plan = PLANS[quality] if seconds is None else replace(PLANS[quality], seconds=float(seconds))
    given = several(pictures)
    chosen = parsed_methods(list(METHODS) if methods == "all" else methods)
    begin = time.perf_counter()
    batches = list(in_batches(network, given))
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
        created=now(),
    )
