"""Convolutions in oneDNN's own form that autograd can follow back to their input, never to their weights.

With stride 1 the gradient of the input is a convolution of the gradient with the turned weight; with a single
tap and any stride it is that at every s-th place. Elsewhere oneDNN has its own way back. The slope of an
activation is read off its result, and its gradient is written over the one that arrives where nobody else
reads that.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from tapetum.network.functional import aten

_run = torch.ops.mkldnn._convolution_pointwise.default


class Form(NamedTuple):
    """A convolution without its numbers, and the activation that it takes in.

    `bounds` are the activation's own numbers; `ours` tells whether the gradient that arrives at its result
    may be written over.
    """

    kernel: Sequence[int]
    padding: Sequence[int]
    stride: Sequence[int]
    dilation: Sequence[int]
    groups: int
    activation: str = "none"
    bounds: Sequence[float] = ()
    ours: bool = False

    @property
    def back(self) -> tuple[Any, ...] | None:
        """Padding, stride, dilation and groups of the convolution that goes back, where there is one."""
        sides = zip(self.dilation, self.kernel, self.padding, strict=True)
        padding = [dilation * (kernel - 1) - padding for dilation, kernel, padding in sides]
        single = max(self.kernel) == 1 and max(self.padding) == 0
        if not single and (max(self.stride) > 1 or min(padding) < 0):
            return None
        return padding, [1, 1], list(self.dilation), self.groups


def turned(weight: Tensor, groups: int) -> Tensor:
    """The weight of the convolution that goes back: taps in reverse, inputs and outputs exchanged."""
    per_group = weight.flip(2, 3).reshape(groups, -1, *weight.shape[1:])
    return per_group.transpose(1, 2).flatten(0, 1)


def convolution(batch: Tensor, weight: Tensor, bias: Tensor | None, back: Tensor, form: Form) -> Tensor:
    """A convolution with a packed weight; `back` is the one for the way back, packed where `form.back` is."""
    return _Convolution.apply(batch, weight, bias, back, form)  # type: ignore[no-untyped-call, no-any-return]


def rectified_convolution(
    batch: Tensor, weight: Tensor, bias: Tensor | None, back: Tensor, form: Form
) -> Tensor:
    """The same with an activation, whose result is kept for the way back."""
    return _Convolution.apply(batch, weight, bias, back, form)  # type: ignore[no-untyped-call, no-any-return]


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, batch: Tensor, weight: Tensor, *rest: Any) -> Tensor:
        bias, back, form = rest
        sides = list(form.padding), list(form.stride), list(form.dilation), form.groups
        found: Tensor = _run(batch, weight, bias, *sides, form.activation, list(form.bounds), "")
        ctx.save_for_backward(back, *([] if form.activation == "none" else [found]))
        ctx.size, ctx.form = batch.shape, form
        return found

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        back, *kept = ctx.saved_tensors
        if kept:
            gradient = _through(ctx.form, gradient, kept[0])
        gradient = gradient.contiguous(memory_format=torch.channels_last)
        way = _as_a_convolution if back.is_mkldnn else _as_onednn_does
        return way(gradient, back, ctx.size, ctx.form), None, None, None, None


def _through(form: Form, gradient: Tensor, found: Tensor) -> Tensor:
    """The gradient before an activation. A hardtanh's slope is 1 strictly between its bounds."""
    dense = gradient.is_contiguous(memory_format=torch.channels_last) or gradient.is_contiguous()
    place = {"grad_input": gradient if form.ours and dense else torch.empty_like(found)}
    if form.activation == "relu":
        before: Tensor = aten.threshold_backward.grad_input(gradient, found, 0, **place)
    else:
        before = aten.hardtanh_backward.grad_input(gradient, found, *form.bounds, **place)
    return before


def _as_a_convolution(gradient: Tensor, back: Tensor, size: torch.Size, form: Form) -> Tensor:
    found: Tensor = _run(gradient, back, None, *(form.back or ()), "none", [], "")
    if max(form.stride) == 1:
        return found
    spread = torch.empty(size, memory_format=torch.channels_last).zero_()
    spread[:, :, :: form.stride[0], :: form.stride[1]] = found
    return spread


def _as_onednn_does(gradient: Tensor, back: Tensor, size: torch.Size, form: Form) -> Tensor:
    unread = torch.empty(size, memory_format=torch.channels_last)
    sides = list(form.stride), list(form.padding), list(form.dilation), False, [0, 0], form.groups
    found = aten.convolution_backward.default(gradient, unread, back, None, *sides, [True, False, False])
    before: Tensor = found[0]
    return before
