"""Whether a call left the caller's world as it was: the model, the tensors, the modes, the random states."""

import contextlib
import logging
import random
import sys
import warnings
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

_ENDINGS = ("_hooks", "_hooks_with_kwargs", "_always_called")
_HOOKS = [name for name in vars(nn.Module()) if name.endswith(_ENDINGS)]


@contextlib.contextmanager
def untouched(model: nn.Module, *tensors: Tensor) -> Iterator[None]:
    """Fail where the block changed anything of the caller's, whether it returns or raises."""
    before = snapshot(model, *tensors)
    try:
        yield
    finally:
        after = snapshot(model, *tensors)
        changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        assert not changed, f"changed: {', '.join(changed[:8])}"


def snapshot(model: nn.Module, *tensors: Tensor) -> dict[str, Any]:
    """Everything that a caller could notice, by name."""
    seen: dict[str, Any] = {
        "torch's random state": _bytes(torch.get_rng_state()),
        "numpy's random state": _plain(np.random.get_state()),
        "grad mode": torch.is_grad_enabled(),
        "inference mode": torch.is_inference_mode_enabled(),
        "autocast": (torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu")),
        "default type": torch.get_default_dtype(),
        "threads": torch.get_num_threads(),
        "warning filters": list(warnings.filters),
        "logging": (logging.root.manager.disable, logging.root.level, tuple(map(id, logging.root.handlers))),
    }
    if "beartype" not in sys.modules:  # which draws from it to choose the list items that it checks
        seen["python's random state"] = random.getstate()
    for path, module in model.named_modules():
        seen[f"mode of {path}"] = module.training
        seen[f"attributes of {path}"] = {key: id(value) for key, value in vars(module).items()}
        seen[f"modules in {path}"] = {key: id(child) for key, child in module._modules.items()}
        for name in _HOOKS:
            seen[f"{name} of {path}"] = {key: id(hook) for key, hook in vars(module)[name].items()}
        for key, value in {**module._parameters, **module._buffers, **vars(module)}.items():
            if isinstance(value, Tensor):
                seen[f"tensor {path}.{key}"] = _tensor(value)
    for place, tensor in enumerate(tensors):
        seen[f"input {place}"] = _tensor(tensor)
    return seen


def _tensor(value: Tensor) -> tuple[Any, ...]:
    version = None if value.is_inference() else value._version
    facts = (id(value), value.data_ptr(), value.stride(), value.dtype, value.requires_grad, version)
    grad = value.grad if value.is_leaf else None
    return (*facts, _bytes(value), id(grad), None if grad is None else _tensor(grad))


def _bytes(value: Tensor) -> int:
    return zlib.crc32(value.detach().contiguous().reshape(-1).view(torch.uint8).numpy())


def _plain(state: Any) -> tuple[Any, ...]:
    return tuple(part.tobytes() if isinstance(part, np.ndarray) else part for part in state)
