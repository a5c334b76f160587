"""A second body for a model: same tensors, own mode, own hooks, so that the caller's is never touched."""

import copy
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

_HOOKS = (
    "_forward_hooks",
    "_forward_pre_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_forward_pre_hooks_with_kwargs",
    "_backward_hooks",
    "_backward_pre_hooks",
    "_state_dict_hooks",
    "_state_dict_pre_hooks",
    "_load_state_dict_pre_hooks",
    "_load_state_dict_post_hooks",
)


def unwrap(model: nn.Module) -> nn.Module:
    """The module that a `torch.compile` or `DataParallel` wrapper holds."""
    while True:
        if isinstance(model, nn.DataParallel | nn.parallel.DistributedDataParallel):
            model = model.module
        elif "_orig_mod" in model._modules and model._modules["_orig_mod"] is not None:
            model = model._modules["_orig_mod"]
        else:
            return model


def replicate(model: nn.Module, convert: Callable[[Tensor], Tensor]) -> nn.Module:
    """Copy the structure of `model` in evaluation mode around `convert(tensor)` of each of its tensors.

    With a `convert` that returns its argument the replica shares every parameter and buffer.
    """
    memo: dict[int, object] = {}
    for tensor in _tensors(model):
        memo.setdefault(id(tensor), _converted(tensor, convert))
    for module in model.modules():
        for name in _HOOKS:
            hooks = module.__dict__.get(name)
            if hooks is not None:
                memo[id(hooks)] = copy.copy(hooks)
    replica = unwrap(copy.deepcopy(model, memo))
    for module in list(replica.modules()):
        module._compiled_call_impl = None
        for name, child in module._modules.items():
            if child is not None:
                module._modules[name] = unwrap(child)
    return replica.eval()


def without_hooks(replica: nn.Module) -> bool:
    """Take the hooks off a replica, except those by which torch itself computes weights.

    Returns whether there were any to take off.
    """
    taken = False
    for module in replica.modules():
        for name in ("_forward_hooks", "_forward_pre_hooks"):
            hooks = module.__dict__[name]
            for key in [k for k, hook in hooks.items() if not _computes_weights(hook)]:
                del hooks[key]
                taken = True
        for name in ("_backward_hooks", "_backward_pre_hooks"):
            module.__dict__[name].clear()
    return taken


def locate(model: nn.Module, name: str) -> tuple[nn.Module, str]:
    """The module of the caller's model, and the attribute in it, that a replica's tensor name means."""
    *path, leaf = name.split(".")
    module = unwrap(model)
    for step in path:
        child = module._modules.get(step)
        if child is None:
            raise AttributeError(name)
        module = unwrap(child)
    return module, leaf


def _computes_weights(hook: object) -> bool:
    origin = getattr(hook, "__module__", None) or type(hook).__module__
    return origin.startswith("torch.nn.utils")


def _tensors(model: nn.Module) -> Iterator[Tensor]:
    for module in model.modules():
        for held in (module._parameters, module._buffers, module.__dict__):
            for value in held.values():
                values = value if isinstance(value, list | tuple) else (value,)
                yield from (v for v in values if isinstance(v, Tensor))


def _converted(tensor: Tensor, convert: Callable[[Tensor], Tensor]) -> Tensor:
    new = convert(tensor)
    if new is tensor or not isinstance(tensor, nn.Parameter):
        return new
    return nn.Parameter(new.detach(), requires_grad=tensor.requires_grad)


def converter(device: torch.device | None, dtype: torch.dtype | None) -> Callable[[Tensor], Tensor]:
    """A function that moves a tensor to `device` and a half-precision one to `dtype`; others pass as they are."""

    def convert(tensor: Tensor) -> Tensor:
        wanted_device = device or tensor.device
        wanted_dtype = dtype if dtype is not None and tensor.is_floating_point() else tensor.dtype
        if tensor.device == wanted_device and tensor.dtype == wanted_dtype:
            return tensor
        with torch.no_grad():
            return tensor.detach().to(wanted_device, wanted_dtype)

    return convert
