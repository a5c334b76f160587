"""The weights of a model in training, by name, as they are now."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tapetum.errors import ModelError, NonFiniteError
from tapetum.models.keras_import import is_keras_model


def weights_of(model: nn.Module) -> dict[str, Tensor]:
    """Every learnt tensor by its name, without autograd, in the order in which the model names them.

    They are the model's own memory. The kernels of Keras are turned to (filter, channel, rows, columns).

    Raises:
        ModelError: a lazy module that has no values yet.
    """
    if not is_keras_model(model):
        held = dict(model.named_parameters())
        for name, tensor in held.items():
            if nn.parameter.is_lazy(tensor):
                raise ModelError(
                    f"{name} has no values yet. Show the model one batch first, so that its size is known."
                )
        return {name: tensor.detach() for name, tensor in held.items()}
    found = {}
    keras_model: Any = model
    for variable in keras_model.weights:
        value = variable.value.detach()
        if value.is_floating_point():
            found[variable.path] = value.permute(3, 2, 0, 1) if value.dim() == 4 else value
    return found


def first_kernels(weights: dict[str, Tensor]) -> str:
    """The name of the first weight that is made of kernels: with four axes, and more than one row or column.

    Raises:
        ModelError: there is none.
    """
    for name, tensor in weights.items():
        if tensor.dim() == 4 and max(tensor.shape[2:]) > 1:
            return name
    raise ModelError(
        "The model has no convolution over rows and columns, and a film shows kernels. "
        "Keras models must be built first: give them an Input, or call model.build(shape)."
    )


def chosen_weights(weights: dict[str, Tensor], first: str, room: int) -> tuple[list[str], list[str]]:
    """The weights that a frame holds, and those that are too large for it, in the model's order.

    The first kernels always, then whatever fits into the bytes that are left, one after another.
    """
    chosen, left_out = [], []
    left = room - 4 * weights[first].numel()
    for name, tensor in weights.items():
        size = 4 * tensor.numel()
        if name == first or size <= left:
            chosen.append(name)
            left -= 0 if name == first else size
        else:
            left_out.append(name)
    return chosen, left_out


def copied(weights: dict[str, Tensor], names: Sequence[str], moment: str) -> dict[str, np.ndarray]:
    """Copies of these weights in float32.

    Raises:
        NonFiniteError: NaN or infinity in one of them; the message names the moment.
    """
    found = {}
    for name in names:
        copy = torch.empty(weights[name].shape, dtype=torch.float32).copy_(weights[name])
        if not bool(torch.isfinite(copy).all()):
            raise NonFiniteError(
                f"The weights {name} hold NaN or infinity at {moment}: the training has broken. "
                "Everything before is in the film; try a smaller learning rate."
            )
        found[name] = copy.numpy()
    return found
