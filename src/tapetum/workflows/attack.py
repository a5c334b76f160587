"""Pictures changed so little that nobody sees it, and so that the network says something else."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tapetum.workflows.batches import in_batches, several
from tapetum.workflows.methods import usual_methods
from tapetum.workflows.provenance import now, versions

if TYPE_CHECKING:
    from torch import Tensor

    from tapetum.attacks import AttackMethod, Goal, Norm, Subject
    from tapetum.network import Inputs, Network, TargetLike
    from tapetum.pictures import PictureSource
    from tapetum.results import Attack, AttackedPicture, Heatmap, Prediction, Smallest, Transfer

_UP_TO = {"linf": 32, "l2": 5 * 255}
_MOST, _MEMORY = 8, "2GiB"
"""Pictures that are attacked together at most, and the memory that they may take."""


def attack(
    network: "Network",
    pictures: "PictureSource | Sequence[PictureSource]",
    target: "TargetLike | Sequence[TargetLike]" = None,
    *,
    method: str = "pgd",
    epsilon: str | int | float | None = None,
    norm: str | None = None,
    up_to: int | None = None,
    maps: bool = True,
    also: "Sequence[Network]" = (),
    top: int = 5,
    stop: Callable[[], bool] = lambda: False,
    **options: Any,
) -> "Attack":
    r"""Change pictures so little that nobody sees it, and so that the network says something else.

    \( \max_{x'} s(x'), \; \lVert x' - x \rVert \le \epsilon, \; x' \in \{0, \tfrac{1}{255}, \dots, 1\}^n \)

    The score s falls with the class that the network names, or rises with the target. Pictures are changed as
    the network sees them, at its input size and before normalisation, and end on the 256 levels of a file.

    Args:
        network: the captured classifier.
        pictures: one or many, anything that `open_picture` takes.
        target: the class that the network is to see, one or one for each picture; None for any other than it
            names now. A function of the logits is raised as it is.
        method: fgsm, iterative-fgsm, pgd, carlini-wagner, deepfool, or universal: one change for all.
        epsilon: how far a picture may be changed, in units of its brightness 0..1: "4/255" or a number. By
            default 4/255 for "linf" and 2 for "l2"; carlini-wagner and deepfool look for the shortest change
            instead and take none.
        norm: how a change is measured: "linf" is the largest of any value, "l2" the Euclidean length.
        up_to: look for the smallest budget that is enough among the whole 1/255 up to this; by default 32, or
            1275 for "l2"; 0 does not look. Only for methods with a budget, one picture at a time.
        maps: make a heatmap of the verdict before and after, too.
        also: other networks, to see whether the changed pictures fool them.
        top: how many classes are told.
        stop: asked after every batch; when it says True, the attack holds the pictures done so far.
        options: of the method: steps, step_size, starts, seed, ….

    Raises:
        MethodError: an unknown method, norm or option, or a budget of nothing or of more than there is.
        TargetError: not a class of this network, or the one that it names already.
        PictureError: a picture that cannot be read.

    Example:
        >>> import tapetum
        >>> found = attack(tapetum.load("lite0"), tapetum.sample("cat"), method="fgsm", up_to=0, maps=False)
        >>> found[0].largest, found[0].survives
        (4, True)
    """
    from tapetum.network.surroundings import plain
    from tapetum.network.targets import of_pictures
    from tapetum.results import Attack, joined

    begin = time.perf_counter()
    channels, rows, columns = network.input_shape
    chosen, measure, budget = _checked(method, epsilon, norm, options, channels * rows * columns)
    searches = chosen.budgeted and not chosen.shared
    limit = (_UP_TO[measure] if up_to is None else up_to) if searches else 0
    plan = _Plan(network, chosen, measure, budget, limit, options, maps, tuple(also), top)
    given = several(pictures)
    found: list[AttackedPicture] = []
    heatmaps: list[tuple[Heatmap, Heatmap]] = []
    with plain():
        for inputs in in_batches(network, given, len(given) if chosen.shared else _at_once(network)):
            places = slice(len(found), len(found) + len(inputs.batch))
            done, shown = _attacked(plan, inputs, of_pictures(target, places, len(given)))
            found += done
            heatmaps += shown
            if stop():
                break
    before_after = [joined(column) for column in zip(*heatmaps, strict=True)]
    return Attack(
        method=chosen.key,
        title=chosen.title,
        norm=measure,
        epsilon=budget,
        options={option.name: option.default for option in chosen.options} | options,
        pictures=tuple(found),
        maps=(before_after[0], before_after[1]) if before_after else None,
        network=network.facts(),
        versions=versions(),
        created=now(),
        seconds=time.perf_counter() - begin,
    )


def check_attack(
    method: str, *, epsilon: str | int | float | None, norm: str | None, options: Mapping[str, Any]
) -> None:
    """Refuse what no network can be attacked with, before one is loaded.

    Raises:
        MethodError: an unknown method, norm or option, or a budget of nothing or of more than there is.
    """
    _checked(method, epsilon, norm, options)


def _checked(
    method: str,
    epsilon: str | int | float | None,
    norm: str | None,
    options: Mapping[str, Any],
    values: int | None = None,
) -> "tuple[AttackMethod, Norm, float | None]":
    """The method, its norm, and its budget for pictures of so many values."""
    from tapetum.attacks import find_attack, norm_of, parse_epsilon
    from tapetum.errors import MethodError

    chosen = find_attack(method)
    chosen.check(options)
    measure = norm_of(chosen, norm)
    if chosen.budgeted:
        return chosen, measure, parse_epsilon(epsilon, measure, values)
    if epsilon is not None:
        raise MethodError(f"{method} looks for the shortest change and has no budget. Leave epsilon out.")
    return chosen, measure, None


@dataclass(frozen=True, eq=False)
class _Plan:
    """What is done to every picture."""

    network: "Network"
    method: "AttackMethod"
    norm: "Norm"
    budget: float | None
    limit: int
    options: Mapping[str, Any]
    maps: bool
    also: "tuple[Network, ...]"
    top: int

    def changed(self, subject: "Subject", goal: "Goal", budget: "Tensor") -> "Tensor":
        """The pictures changed within the budget of each, on whole levels."""
        return self.method(subject, goal, budget, self.norm, self.options)


def _attacked(
    plan: _Plan, inputs: "Inputs", target: Any
) -> "tuple[list[AttackedPicture], list[tuple[Heatmap, Heatmap]]]":
    """One batch: attacked, looked at again, and shown to other networks."""
    from dataclasses import replace

    import numpy as np
    import torch
    from PIL import Image

    from tapetum.attacks import goal_of, normalised, pictures_of, subject_of
    from tapetum.network import resolve
    from tapetum.network.targets import class_logits
    from tapetum.results import AttackedPicture

    network = plan.network
    names = [picture.name for picture in inputs.pictures]
    logits, _, engine = network.evaluate(inputs.batch)
    before = network.predictions(logits, names, top=plan.top, engine=engine)
    targets = None if target is None else resolve(target, network.labels, logits)
    goal = goal_of(targets, logits, names)
    if targets is not None and targets.function is not None:
        plan.method.check_score()
    subject = subject_of(network, inputs)
    budget = torch.full_like(subject.pixels[:, 0, 0, 0], plan.budget or 0.0)
    pixels = plan.changed(subject, goal, budget)
    arrays = pictures_of(pixels)
    changed = replace(
        inputs,
        batch=normalised(network, pixels),
        seen=tuple(Image.fromarray(array) for array in arrays),
    )
    answer, _, engine = network.evaluate(changed.batch)
    after = network.predictions(answer, names, top=plan.top, engine=engine)
    reached = goal.reached(class_logits(answer))
    survives = goal.reached(class_logits(network.evaluate(_read_again(network, arrays))[0]))
    smallest = _smallest(plan, subject, goal, reached)
    others = [_shown_to(other, inputs, arrays, plan.top) for other in plan.also]
    done = [
        AttackedPicture(
            name=names[place],
            notes=inputs.pictures[place].notes,
            before=np.asarray(inputs.seen[place]),
            after=arrays[place],
            target=targets.items[place] if goal.targeted and targets is not None else None,
            predictions=(before[place], after[place]),
            fooled=bool(reached[place]),
            survives=bool(survives[place]),
            smallest=smallest[place],
            others=tuple(seen[place] for seen in others),
        )
        for place in range(len(names))
    ]
    return done, [_maps(network, inputs, changed, before, after)] if plan.maps else []


def _read_again(network: "Network", arrays: Sequence[Any]) -> "Tensor":
    """The pictures written as PNG files and read again, as the network's input without resizing."""
    from dataclasses import replace

    import torch

    from tapetum.pictures import open_picture, png_bytes

    unresized = replace(network.preparation, crop=1.0, resize=None)
    read = [unresized(open_picture(png_bytes(array))) for array in arrays]
    return network.inputs(torch.stack(read)).batch


def _smallest(
    plan: _Plan, subject: "Subject", goal: "Goal", reached: "Tensor"
) -> "Sequence[Smallest | None]":
    """The smallest budget that is enough for each picture, where it is looked for."""
    from tapetum.attacks import LEVELS, smallest_levels, whole_levels
    from tapetum.results import Smallest

    if plan.limit < 1 or plan.budget is None:
        return [None] * len(subject)

    def fools(places: "Tensor", levels: "Tensor") -> "Tensor":
        part, aim = subject.at(places), goal.at(places)
        pixels = plan.changed(part, aim, levels.to(part.pixels) / LEVELS)
        return aim.reached(part.logits(pixels).detach())

    tried = whole_levels(plan.budget)
    found = smallest_levels(fools, tried, reached, plan.limit).tolist()
    return [Smallest(levels or None, max(plan.limit, tried)) for levels in found]


def _shown_to(other: "Network", inputs: "Inputs", arrays: Sequence[Any], top: int) -> "list[Transfer]":
    """What another network says of the pictures before and after, both at this network's input size."""
    from tapetum.pictures import open_picture
    from tapetum.results import Transfer

    count = len(arrays)
    names = [picture.name for picture in inputs.pictures]
    batch = other.prepare([open_picture(image) for image in (*inputs.seen, *arrays)])
    logits, _, engine = other.evaluate(batch)
    found = other.predictions(logits, names * 2, top=top, engine=engine)
    return [Transfer(other.name, *both) for both in zip(found[:count], found[count:], strict=True)]


def _maps(
    network: "Network",
    before: "Inputs",
    after: "Inputs",
    said: "Sequence[Prediction]",
    says: "Sequence[Prediction]",
) -> "tuple[Heatmap, Heatmap]":
    """A heatmap of each verdict: what spoke for the class before, and what speaks for the one after."""
    from tapetum.registry import METHODS

    key, options = usual_methods(network)[0]
    first, second = (
        METHODS[key](network, inputs, [found[0].index for found in verdicts], **options)
        for inputs, verdicts in ((before, said), (after, says))
    )
    return first, second


def _at_once(network: "Network") -> int:
    """How many pictures are attacked together."""
    from tapetum.errors import MemoryLimitError

    try:
        return min(_MOST, network.at_once(_MEMORY, backward=True))
    except MemoryLimitError:
        return 1
