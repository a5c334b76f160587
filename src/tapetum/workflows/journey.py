"""The way of a picture through a network."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tapetum.workflows.provenance import now, versions
from tapetum.workflows.seen import seen_picture

if TYPE_CHECKING:
    from tapetum.network import Inputs, Network
    from tapetum.pictures import PictureSource
    from tapetum.results import Journey


def journey(
    network: "Network",
    picture: "PictureSource",
    *,
    layer: str | Sequence[str] | None = None,
    strongest: int | None = None,
    top: int = 5,
) -> "Journey":
    """The way of a picture through a network: every step from the input to the verdict.

    Args:
        network: the captured classifier.
        picture: anything that `open_picture` takes.
        layer: the layers to look at, one or several, or "all"; by default the first convolution and what
            follows it operation by operation, every pooling, the output of every stage, and the vectors and
            class scores at the end.
        strongest: keep so many maps of each step, those that vary most over the picture; by default all, with
            "all" layers 32 of each.
        top: how many classes are told.

    Raises:
        LayerError: an unknown layer, or fewer than one map asked for.
        PictureError: a picture that cannot be read, or several.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0", size=64, engine="torch")
        >>> [step.title for step in journey(net, "sample:cat").steps][:3]
        ['convolution', 'batch-norm', 'ReLU6']
    """
    from tapetum.features import one_input

    return travelled(network, one_input(network, picture), layer=layer, strongest=strongest, top=top)


def travelled(
    network: "Network",
    inputs: "Inputs",
    *,
    layer: str | Sequence[str] | None = None,
    strongest: int | None = None,
    top: int = 5,
) -> "Journey":
    """The same of a picture that is already the network's input."""
    from tapetum.errors import PictureError
    from tapetum.features import AT_ALL, check_count, chosen_steps, kernels, sheets
    from tapetum.results import Journey

    if not inputs.pictures:
        raise PictureError("A journey begins with a picture, and a batch was given. Give the picture itself.")
    steps = chosen_steps(network, layer)
    first = next((one for one in network.layers if one.kind.startswith("conv")), None)
    begins = first is not None and any(step.layer.node == first.node for step in steps)
    check_count(strongest)
    logits, values = network.watch(inputs.batch, [step.layer.name for step in steps])
    (prediction,) = network.predictions(logits, [inputs.pictures[0].name], top=top)
    if layer == "all" and strongest is None:
        strongest = AT_ALL
    return Journey(
        network=network.facts(),
        picture=seen_picture(network, inputs.pictures[0]),
        prediction=prediction,
        kernels=kernels(network) if begins else None,
        steps=sheets(network, inputs, steps, values, strongest=strongest),
        versions=versions(),
        created=now(),
    )
