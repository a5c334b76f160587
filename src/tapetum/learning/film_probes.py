"""The pictures that a film is watched by: what chosen layers make of them, without a trace in the model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from tapetum.errors import DataError
from tapetum.models import load
from tapetum.models.keras_import import import_keras, is_keras_model
from tapetum.models.keras_source import is_channels_last
from tapetum.network import Network, opening, operation_words


@dataclass(frozen=True, eq=False)
class Watch:
    """The captured model, the probe pictures as it reads them, and the layers to look at by what they do.

    The graph is that of evaluation mode and shares the model's weights: batch-norm uses its running
    statistics and updates none, dropout does nothing, nothing is drawn at random.
    """

    network: Network
    batch: Float[Tensor, "probes channel rows columns"]
    titles: dict[str, str]

    def maps(self) -> dict[str, Float[np.ndarray, "probes ..."]]:
        """What every layer makes of the probes, with the weights of now."""
        values = self.network.activations(self.batch, list(self.titles))
        return {name: value.float().cpu().numpy().copy() for name, value in values.items()}

    def pictures(self) -> UInt8[np.ndarray, "probes rows columns 3"]:
        """The probes to look at: from the least number in them, black, to the largest, white."""
        values = self.batch.float().cpu().numpy()
        low, high = float(values.min()), float(values.max())
        levels = np.rint(255 * (values - low) / ((high - low) or 1.0)).astype(np.uint8)
        return np.ascontiguousarray(
            np.broadcast_to(levels, (len(levels), 3, *levels.shape[2:])).transpose(0, 2, 3, 1)
        )


def watch(model: nn.Module, probes: Any, layers: Sequence[str] | None) -> Watch:
    """Capture the model for these probes.

    Args:
        model: in training; it is not touched.
        probes: a prepared batch as the model reads it, channels last for a Keras model that wants them so.
        layers: names of layers with rows and columns; None for the first convolution and what follows it,
            operation by operation, until the second.

    Raises:
        DataError: probes that are no batch of pictures.
        CaptureError: a model that cannot be captured.
        LayerError: a layer that is not there, or has no rows and columns.
    """
    given = torch.as_tensor(probes).detach().float()
    if given.dim() != 4 or not len(given):
        raise DataError(
            f"The probes have shape {tuple(given.shape)}. Give a batch of pictures as the model reads it: "
            "(pictures, channels, rows, columns)."
        )
    if is_keras_model(model) and is_channels_last(model, import_keras()):
        given = given.permute(0, 3, 1, 2)
    batch = given.clone()
    channels, rows, columns = batch.shape[1:]
    network = load(model, input_shape=(channels, rows, columns), engine="torch")
    if layers is None:
        found = opening([layer for layer in network.layers if not layer.container])
    else:
        found = [network.layer(name) for name in layers]
    for layer in found:
        if not layer.spatial:
            raise DataError(
                f"The layer {layer.name} has no rows and columns, so there are no maps of it to film. "
                "Name a convolution, an activation or a pooling after one."
            )
    return Watch(network, batch, {layer.name: operation_words(layer.kind) for layer in found})
