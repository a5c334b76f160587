"""A second body for a model: same tensors, own mode, own hooks, so that the caller's is never touched."""

import copy
from collections.abc import Callable, Iterator
from types import MethodType

import torch
from torch import Tensor, nn

from tapetum.errors import CaptureError

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

    Raises:
        CaptureError: the model holds something that cannot be copied.
    """
    model = unwrap(model)
    memo: dict[int, object] = {}
    for tensor in _tensors(model):
        memo.setdefault(id(tensor), _converted(tensor, convert))
    for module in model.modules():
        for name in _HOOKS:
            hooks = module.__dict__.get(name)
            if hooks is not None:
                memo[id(hooks)] = copy.copy(hooks)
    try:
        replica = unwrap(copy.deepcopy(model, memo))
    except Exception as error:
        raise CaptureError(
            f"{type(model).__name__} cannot be copied: {type(error).__name__}: {error}. Its attributes must "
            "be plain values, modules and tensors: take locks, open files and results of earlier calls out."
        ) from error
    for module in list(replica.modules()):
        module._compiled_call_impl = None
        for name, child in module._modules.items():
            if child is not None:
                module._modules[name] = unwrap(child)
        _rebind_hooks(module, memo)
    return replica.eval()


def _rebind_hooks(module: nn.Module, memo: dict[int, object]) -> None:
    """A hook that is a method of one of the model's modules becomes the method of that module's replica."""
    for name in _HOOKS:
        hooks = module.__dict__.get(name) or {}
        for key, hook in hooks.items():
            if isinstance(hook, MethodType) and isinstance(memo.get(id(hook.__self__)), nn.Module):
                hooks[key] = MethodType(hook.__func__, memo[id(hook.__self__)])


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
    """Every tensor that hangs on a model, also on modules that it keeps in plain lists and dicts."""
    stack: list[object] = [model]
    seen: set[int] = set()
    while stack:
        held = stack.pop()
        if id(held) in seen:
            continue
        seen.add(id(held))
        if isinstance(held, Tensor):
            yield held
        elif isinstance(held, nn.Module):
            stack.extend(held.__dict__.values())
        elif isinstance(held, dict):
            stack.extend(held.values())
        elif isinstance(held, list | tuple | set):
            stack.extend(held)


def _converted(tensor: Tensor, convert: Callable[[Tensor], Tensor]) -> Tensor:
    new = convert(tensor)
    if new is tensor or not isinstance(tensor, nn.Parameter):
        return new
    return nn.Parameter(new.detach(), requires_grad=tensor.requires_grad)


def converter(device: torch.device | None, dtype: torch.dtype | None) -> Callable[[Tensor], Tensor]:
    """A function that moves a tensor to `device` and a floating-point one to `dtype`.

    Others pass as they are, but for tensors made in inference mode, which autograd refuses: those are copied.
    """

    def convert(tensor: Tensor) -> Tensor:
        wanted_device = device or tensor.device
        wanted_dtype = dtype if dtype is not None and tensor.is_floating_point() else tensor.dtype
        if tensor.device == wanted_device and tensor.dtype == wanted_dtype and not tensor.is_inference():
            return tensor
        with torch.no_grad():
            moved = tensor.detach().to(wanted_device, wanted_dtype)
            return moved.clone() if moved.is_inference() else moved

    return convert
