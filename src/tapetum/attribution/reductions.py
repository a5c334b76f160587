"""How the channels of a gradient become one value per place, and where it is taken."""

from typing import Literal

from jaxtyping import Float
from torch import Tensor

from tapetum.errors import LayerError
from tapetum.network import Layer, Network
from tapetum.options import one_of
from tapetum.results.heatmap import Quantity

Reduction = Literal["max-abs", "norm", "sum"]

_REDUCTIONS = ("max-abs", "norm", "sum")


def checked_reduction(method: str, reduction: str) -> Quantity:
    """What the reduced values are: only "sum" keeps the sign.

    Raises:
        MethodError: an unknown reduction.
    """
    return "evidence" if one_of(method, "reduction", reduction, _REDUCTIONS) == "sum" else "sensitivity"


def reduced(
    values: Float[Tensor, "batch channel height width"], reduction: Reduction
) -> Float[Tensor, "batch height width"]:
    """One value per place: the largest absolute one, the Euclidean norm, or the sum over channels."""
    if reduction == "max-abs":
        return values.abs().amax(1)
    return values.sum(1) if reduction == "sum" else values.norm(dim=1)


def place(network: Network, layer: str | None) -> Layer | None:
    """The layer that a method of pixels was asked to look at instead of the picture; None for the picture.

    Raises:
        LayerError: an unknown layer, or one without rows and columns.
    """
    return None if layer is None else spatial(network, layer)


def spatial(network: Network, layer: str | None) -> Layer:
    """The layer of this name, or the default one, which must have rows and columns to draw.

    Raises:
        LayerError: an unknown layer, or one without rows and columns.
    """
    chosen = network.layer(layer)
    if not chosen.spatial:
        raise LayerError(
            f"The layer {chosen.name!r} has shape {chosen.shape}, without rows and columns to draw. "
            f"Choose one of: {', '.join(stage.layer.name for stage in network.stages) or 'none here'}."
        )
    return chosen
