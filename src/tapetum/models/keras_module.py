"""A Keras model as a torch module that reads channel-first batches, without touching the model."""

from collections.abc import Iterator
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from tapetum.models.keras_state import computing_on

_TO_LAST = (0, 2, 3, 1)


class _Held:
    """What every copy of the module shares: the caller's model, its variables, its layers by path."""

    def __init__(self, model: Any, *, channels_last: bool, reverse: bool) -> None:
        self.model, self.channels_last, self.reverse = model, channels_last, reverse
        self.variables = list(model.weights)
        self.layers = list(layers_of(model))
        self.depthwise = {
            id(getattr(layer, "kernel", None))
            for _, layer in self.layers
            if type(layer).__name__.startswith("DepthwiseConv")
        }

    def __deepcopy__(self, memo: dict[int, Any]) -> "_Held":
        return self


class KerasModule(nn.Module):
    """Runs a Keras model in evaluation mode on tensors of its own.

    The tensors are views of the model's weights, laid out as torch has them: filter, channel, rows, columns.
    They stand in for the weights in Keras' own scope for that, so that the model is never changed; a copy of
    the module has other tensors and the same model. `reverse` turns RGB, which the module reads, into the BGR
    that the model reads.
    """

    def __init__(self, model: Any, *, channels_last: bool = True, reverse: bool = False) -> None:
        super().__init__()
        self._held = _Held(model, channels_last=channels_last, reverse=reverse)
        self.weights = nn.Module()
        self._names: list[str] = []
        for place, variable in enumerate(self._held.variables):
            name = f"{place}_{variable.path.replace('.', '_')}"
            self._names.append(name)
            shown = _to_torch(variable.value.detach(), self._kind(variable))
            if variable.name.startswith("moving_"):
                self.weights.register_buffer(name, shown)
            else:
                self.weights.register_parameter(name, nn.Parameter(shown, requires_grad=False))

    def forward(self, batch: Float[Tensor, "batch channel height width"]) -> Any:
        """What the model answers."""
        import keras

        held = self._held
        if held.reverse:
            batch = batch.flip(1)
        if held.channels_last:
            batch = batch.permute(_TO_LAST)
        given = [
            (variable, _to_keras(getattr(self.weights, name), self._kind(variable), variable.shape))
            for name, variable in zip(self._names, held.variables, strict=True)
        ]
        with computing_on(batch.device), keras.StatelessScope(given, initialize_variables=False):
            model = held.model
            is_graph = isinstance(model, keras.Sequential) or hasattr(model, "_run_through_graph")
            # Calling the model itself, Keras insists on the input size that it was made for.
            return (model.call if is_graph else model)(batch, training=False)

    def named_modules(
        self, memo: set[nn.Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, nn.Module]]:
        """The module's own; and for the export, which asks with duplicates to name calls, the model's layers.

        Whoever asks without duplicates may be about to change modules, and does not get hold of the layers.
        """
        yield from super().named_modules(memo, prefix, remove_duplicate)
        if not remove_duplicate:
            for path, layer in self._held.layers:
                yield f"{prefix}.{path}" if prefix else path, layer

    def _kind(self, variable: Any) -> str:
        name = variable.name
        if id(variable) in self._held.depthwise or name == "depthwise_kernel":
            return "depthwise" if len(variable.shape) == 4 else ""
        if name.endswith("kernel"):
            return {2: "linear", 4: "convolution"}.get(len(variable.shape), "")
        return ""


def layers_of(model: Any, path: str = "", seen: set[int] | None = None) -> Iterator[tuple[str, Any]]:
    """Every layer inside of a model once, a nested one under the names of those around it."""
    seen = set() if seen is None else seen
    names: set[str] = set()
    inside = model.layers if hasattr(model, "layers") else model._flatten_layers(False, False)
    for layer in inside:
        if id(layer) in seen or not isinstance(layer, nn.Module):
            continue
        seen.add(id(layer))
        name, count = str(layer.name), 1
        while name in names:
            count += 1
            name = f"{layer.name}_{count}"
        names.add(name)
        yield path + name, layer
        yield from layers_of(layer, f"{path}{name}.", seen)


def _to_torch(value: Tensor, kind: str) -> Tensor:
    """A weight as torch lays it out, as a view."""
    if kind == "linear":
        return value.t()
    if kind == "convolution":
        return value.permute(3, 2, 0, 1)
    if kind == "depthwise":
        rows, columns, channels, each = value.shape
        return value.reshape(rows, columns, 1, channels * each).permute(3, 2, 0, 1)
    return value.view_as(value)


def _to_keras(value: Tensor, kind: str, shape: tuple[int, ...]) -> Tensor:
    """The same weight as Keras lays it out."""
    if kind == "linear":
        return value.t()
    if kind in ("convolution", "depthwise"):
        return value.permute(2, 3, 1, 0).reshape(shape)
    return value
