"""What a layer sees at every place of a photograph, as pictures."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tapetum.workflows.visualise import painted

if TYPE_CHECKING:
    from tapetum.features import Frame, Panel
    from tapetum.network import Layer, Network
    from tapetum.pictures import PictureSource
    from tapetum.results import Visualisation

_CELL, _STEPS = 96, 96
_FAITHFUL = 2.0


def activation_grid(
    network: "Network",
    picture: "PictureSource",
    layer: str | None = None,
    *,
    cell: int = _CELL,
    steps: int | None = None,
    seed: int = 0,
    watch: "Callable[[Frame], None] | None" = None,
    stop: Callable[[], bool] = lambda: False,
) -> "Visualisation":
    """One small picture per position of a layer, made for what the layer answers there to a photograph.

    Each picture raises the direction of that position's activation vector over the channels, through the
    network at the size of the small picture; together they show the photograph as the layer describes it.

    Args:
        network: the captured classifier.
        picture: the photograph.
        layer: a layer with rows and columns; by default the last one before pooling.
        cell: rows and columns of a small picture. A network that takes only its own size makes them in that.
        steps: how often each is changed; 96 where nothing is said.
        seed: what starts and moves are drawn from.
        watch: called after every step with the pictures as they are.
        stop: asked after every step; when it says True, what is there is shown.

    Raises:
        LayerError: no such layer, or one without rows and columns.
        PictureError: the photograph cannot be read.

    Reference:
        Olah et al. (2018), The Building Blocks of Interpretability.

    Example:
        >>> import tapetum
        >>> found = activation_grid(tapetum.load("lite0"), "sample:cat", cell=32, steps=1)
        >>> len(found), found.picture.size
        (49, (224, 224))
    """
    from tapetum.errors import LayerError, MethodError
    from tapetum.features import Settings

    found = network.layer(layer)
    if found.places is None or not found.spatial:
        raise LayerError(
            f"The layer {found.name} has shape {found.shape}, without rows and columns. "
            "Choose one with places, such as the default."
        )
    if cell < 16:
        raise MethodError(f"The cell has {cell} rows and columns. Use at least 16.")
    small, notes = _at_cell(network, cell)
    maps = found.places.maps(network.activations(picture, [found.name])[found.name])[0]
    panels = _panels(small.layer(found.name), maps, seed)
    return painted(
        small,
        panels,
        Settings(quality="preview", steps=_STEPS if steps is None else steps),
        {"layer": found.name, "cell": small.input_shape[1], "seed": seed},
        columns=found.places.columns,
        layout="mosaic",
        notes=notes,
        watch=watch,
        stop=stop,
    )


def _panels(layer: "Layer", maps: Any, seed: int) -> "list[Panel]":
    """One panel per position; where nothing answers, the channels are wanted all alike."""
    import torch

    from tapetum.features import Objective, Panel, direction_objective

    found = []
    for place, vector in enumerate(maps.flatten(1).T):
        wanted = vector if bool(vector.any()) else torch.ones_like(vector)
        objective = direction_objective(layer, wanted, faithfulness=_FAITHFUL)
        row, column = divmod(place, maps.shape[2])
        named = replace(objective.terms[0], text=f"{layer.name}:what is seen at {row},{column}")
        found.append(Panel(Objective((named,)), seed))
    return found


def _at_cell(network: "Network", cell: int) -> "tuple[Network, Sequence[str]]":
    """The network for pictures of a cell's size, or as it is where it takes no other."""
    from tapetum.errors import CaptureError

    rows, columns = network.input_shape[1:]
    if cell >= min(rows, columns):
        return network, ()
    try:
        return network.at_size(cell, cell), ()
    except CaptureError:
        return network, (f"The network takes pictures of {rows} × {columns} only, so cells have that size.",)
