"""A picture whose parts are shuffled: does the network mind?"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tapetum.workflows.methods import parsed_methods
from tapetum.workflows.provenance import now, versions

if TYPE_CHECKING:
    from torch import Tensor

    from tapetum.network import Network, TargetLike
    from tapetum.pictures import PictureSource
    from tapetum.results import Pareidolia, ShuffledGrid, Spread, Target

_MEMORY = "1GiB"


def pareidolia(
    network: "Network",
    picture: "PictureSource",
    target: "TargetLike" = None,
    *,
    grids: Sequence[int] = (2, 3, 4, 6),
    repetitions: int = 10,
    strongest: int | None = None,
    by: str = "gradcam",
    seed: int = 0,
    top: int = 3,
    stop: Callable[[], bool] = lambda: False,
) -> "Pareidolia":
    r"""Shuffle the parts of a picture, and see whether the network still says the same.

    The part of the picture that the network sees is cut into g × g equal parts, which change places so that
    none stays at its own. A network that adds up what it finds anywhere gives the same logits; one that has
    learnt how the parts of an object are arranged does not.

    Args:
        network: the captured classifier.
        picture: anything that `open_picture` takes.
        target: the class in question; None is the predicted one.
        grids: how many parts a side, one or several numbers of at least 2.
        repetitions: shuffles of each grid.
        strongest: only so many parts change places, those with most positive evidence; None for all.
        by: the method that tells which parts these are.
        seed: of the shuffles.
        top: how many classes are told of each.
        stop: asked after every grid; when it says True, the result holds the grids done so far.

    Raises:
        MethodError: a grid, or a number of repetitions or parts, that is too small or too large.
        TargetError: not one class of this network.
        PictureError: a picture that cannot be read.

    Reference:
        Brendel, Bethge (2019), Approximating CNNs with Bag-of-local-Features Models Works Surprisingly Well
        on ImageNet.

    Example:
        >>> import tapetum
        >>> found = pareidolia(tapetum.load("lite0"), tapetum.sample("cat"), grids=[2], repetitions=3)
        >>> found.grids[0].still
        3
    """
    import torch

    from tapetum.attacks import orders, pictures_of, shuffled, strongest_parts, subject_of
    from tapetum.errors import TargetError
    from tapetum.network import resolve
    from tapetum.results import Pareidolia

    _check(network, grids, repetitions, strongest)
    if strongest is not None:
        ((method, options),) = parsed_methods([by])
    inputs = network.inputs([picture])
    logits, _, engine = network.evaluate(inputs.batch)
    name = inputs.pictures[0].name
    (before,) = network.predictions(logits, [name], top=top, engine=engine)
    (goal,) = resolve(target, network.labels, logits).items
    if goal.kind != "class":
        raise TargetError(f"The target is {goal.label}. Name one class, which shuffles may keep or lose.")
    evidence = None
    if strongest is not None:
        from tapetum.registry import METHODS

        evidence = METHODS[method](network, inputs, goal.indices[0], **options).at_picture_size()[0]
    whole = subject_of(network, inputs).pixels[0]
    chance, logit = _of_class(network, logits, goal)
    found: list[ShuffledGrid] = []
    network.expect(len(grids) * repetitions)
    for grid in grids:
        movable = None if evidence is None else strongest_parts(evidence, grid, min(strongest or 2, grid**2))
        moved = orders(grid, repetitions, seed, movable)
        batch = torch.stack([shuffled(inputs.batch[0], grid, order) for order in moved])
        shown = pictures_of(torch.stack([shuffled(whole, grid, order) for order in moved]))
        parts = len(movable or moved[0])
        found.append(_grid(network, batch, shown, goal, grid=grid, moved=parts, top=top))
        if stop():
            break
    return Pareidolia(
        picture=pictures_of(whole[None])[0],
        target=goal,
        before=before,
        probability=chance[0],
        logit=logit[0],
        grids=tuple(found),
        by=None if strongest is None else by,
        seed=seed,
        network=network.facts(engine),
        versions=versions(),
        created=now(),
    )


def _grid(
    network: "Network",
    batch: "Tensor",
    shown: Sequence[Any],
    goal: "Target",
    *,
    grid: int,
    moved: int,
    top: int,
) -> "ShuffledGrid":
    """What the network says of the shuffles of one grid: prepared, and as they are shown."""
    import torch

    from tapetum.network import sweep
    from tapetum.results import Shuffle, ShuffledGrid

    what, at_once = f"Shuffling {grid}×{grid}", network.at_once(_MEMORY)
    logits = torch.cat(
        list(sweep(what, len(batch), at_once, lambda start, stop: network.evaluate(batch[start:stop])[0]))
    )
    predictions = network.predictions(logits, [f"{grid}×{grid}"] * len(batch), top=top)
    chances, scores = _of_class(network, logits, goal)
    return ShuffledGrid(
        grid=grid,
        moved=moved,
        shuffles=tuple(map(Shuffle, shown, predictions, chances, scores)),
        still=sum(found[0].index == goal.indices[0] for found in predictions),
        probability=_spread(chances),
        logit=_spread(scores),
    )


def _of_class(network: "Network", logits: "Tensor", goal: "Target") -> tuple[list[float], list[float]]:
    """The probability and the logit of one class."""
    from tapetum.network.targets import class_logits

    place = goal.indices[0]
    return network.probabilities(logits)[:, place].tolist(), class_logits(logits)[:, place].tolist()


def _spread(values: Sequence[float]) -> "Spread":
    import torch

    from tapetum.evaluation import interval
    from tapetum.results import Spread

    found = torch.tensor(values, dtype=torch.float64)
    return Spread(float(found.mean()), interval(found))


def _check(network: "Network", grids: Sequence[int], repetitions: int, strongest: int | None) -> None:
    from tapetum.errors import MethodError
    from tapetum.options import at_least

    most = min(network.input_shape[1:])
    if not grids:
        raise MethodError("There is no grid. Give numbers of parts a side, such as 2,3,4.")
    for grid in grids:
        at_least("pareidolia", "grids", grid, 2)
        if grid > most:
            raise MethodError(
                f"A grid of {grid} parts a side does not fit into {most} pixels. Give at most {most}."
            )
    at_least("pareidolia", "repetitions", repetitions)
    if strongest is not None:
        at_least("pareidolia", "strongest", strongest, 2)
