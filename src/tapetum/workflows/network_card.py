"""What there is to see in a network: its layers, stages, classes, and the methods that apply to it."""

from typing import TYPE_CHECKING, Any

from tapetum.workflows.methods import NOT_ASKED

if TYPE_CHECKING:
    from tapetum.network import Layer, Network
    from tapetum.registry import Method


def network_card(network: "Network") -> dict[str, Any]:
    """Everything about a network that does not depend on a picture, as plain data.

    Example:
        >>> import tapetum
        >>> card = network_card(tapetum.load("lite0", size=64, engine="torch"))
        >>> card["pooled_layer"], card["stages"][0]
        ('bn2', {'title': 'stem', 'layer': 'bn1'})
    """
    from tapetum.errors import LayerError
    from tapetum.registry import METHODS

    try:
        default: str | None = network.layer().name
    except LayerError:
        default = None
    pooled = network.pooled_layer
    ledger = network.ledger(network.inputs(_blank(network)))
    return {
        **network.facts().to_dict(),
        "labels": list(network.labels),
        "layers": [
            _layer(network, layer) | {"arithmetic": ledger.has_rule(layer)} for layer in network.layers
        ],
        "stages": [{"title": stage.title, "layer": stage.layer.name} for stage in network.stages],
        "default_layer": default,
        "pooled_layer": None if pooled is None else pooled.name,
        "methods": [_method(METHODS[key], default, pooled is not None) for key in METHODS],
    }


def _blank(network: "Network") -> Any:
    import torch

    return torch.zeros((1, *network.input_shape), dtype=network.dtype)


def _layer(network: "Network", layer: "Layer") -> dict[str, Any]:
    from tapetum.errors import LayerError
    from tapetum.features import chosen_steps

    try:
        chosen_steps(network, [layer.name])
        sheet = True
    except LayerError:
        sheet = False
    places = layer.places
    return {
        "name": layer.name,
        "kind": layer.kind,
        "module": layer.module,
        "shape": list(layer.shape),
        "channels": layer.shape[0] if places is None else layer.shape[places.channel - 1],
        "rows": None if places is None else places.rows,
        "columns": None if places is None else places.columns,
        "parameters": layer.parameters,
        "multiply_adds": layer.multiply_adds,
        "receptive_field": None if layer.receptive_field is None else list(layer.receptive_field),
        "stride": None if layer.stride is None else list(layer.stride),
        "exact": layer.exact,
        "container": layer.container,
        "spatial": layer.spatial,
        "sheet": sheet,
    }


def _method(method: "Method", default: str | None, pooled: bool) -> dict[str, Any]:
    from tapetum.attribution.baselines import BASELINES

    missing = None
    if method.needs_pooled_head and not pooled:
        missing = "The network does not end in mean pooling and one linear layer."
    elif method.needs_layer and default is None:
        missing = "The network has no layer with rows and columns before its verdict."
    return method.to_dict() | {
        "quick": method.single,
        "applies": missing is None,
        "why_not": missing,
        "options": [
            option.to_dict()
            | {
                "default": _plain(option.default),
                "choices": list(BASELINES if option.anything else option.choices),
            }
            for option in method.options
            if option.name not in NOT_ASKED
        ],
    }


def _plain(value: Any) -> str | int | float | bool | None:
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
