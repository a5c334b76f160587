"""The gradient of a score, with respect to the picture or to the values of a layer."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from tapetum.errors import LayerError, TargetError
from tapetum.network.inputs import Inputs
from tapetum.network.layers import Layer
from tapetum.network.program import NO_RULES, Rules
from tapetum.network.runtime import Runtime
from tapetum.network.surroundings import plain
from tapetum.network.targets import NO_SLOPE, Aim, Targets


@dataclass(frozen=True, eq=False)
class Gradient:
    """The gradient of the score with respect to the picture or to a layer, and what is explained.

    `at` is the value that the gradient belongs to, of the same shape as `values`.
    """

    values: Tensor
    at: Tensor
    aim: Aim


Resolver = Callable[[Tensor, int], Targets]
"""Tells from the logits of pictures, the first of which has this place, what is explained of each."""


def gradient(
    runtime: Runtime, inputs: Inputs, resolver: Resolver, layer: Layer | None, *, rules: Rules = NO_RULES
) -> Gradient:
    """The gradient of the target's score; up to the layer the network runs forward only.

    Raises:
        TargetError: not a class of this network, or a function that does not depend on the logits.
        LayerError: the verdict does not depend on the layer.
    """
    with plain(), torch.enable_grad():
        runtime.settle()
        if layer is None:
            return _in_pieces(runtime, inputs, resolver, rules)
        if runtime.has_tape(inputs.batch, layer.node, rules):
            return _of_tape(runtime, inputs, resolver, [layer.node], rules=rules, picture=False)[0]
        return _of_head(runtime, inputs, resolver, layer, rules=rules)


def gradients(runtime: Runtime, inputs: Inputs, resolver: Resolver, names: Sequence[str]) -> list[Gradient]:
    """The gradients with respect to the picture and to any values of the graph, in one backward pass."""
    with plain(), torch.enable_grad():
        runtime.settle()
        return _of_tape(runtime, inputs, resolver, names)


def _in_pieces(runtime: Runtime, inputs: Inputs, resolver: Resolver, rules: Rules) -> Gradient:
    """The gradient with respect to the picture, of as many pictures at once as are fastest."""
    count, size = len(inputs.batch), runtime.backward_at_once
    if count <= size or runtime.memory_of(inputs.batch) is not None:
        return _of_tape(runtime, inputs, resolver, [], rules=rules)[0]
    pieces = inputs.batch.tensor_split(-(-count // size))
    found, start = [], 0
    for piece in pieces:
        here = functools.partial(lambda logits, place, first: resolver(logits, first + place), first=start)
        found += _of_tape(runtime, Inputs(piece), here, [], rules=rules)
        start += len(piece)
    aims = [part.aim for part in found]
    items = tuple(item for aim in aims for item in aim.targets.items)
    return Gradient(
        torch.cat([part.values for part in found]),
        inputs.batch,
        Aim(torch.cat([aim.logits for aim in aims]), Targets(items, aims[0].targets.function)),
    )


def _of_tape(
    runtime: Runtime,
    inputs: Inputs,
    resolver: Resolver,
    names: Sequence[str],
    *,
    rules: Rules = NO_RULES,
    picture: bool = True,
) -> list[Gradient]:
    """Back from the logits through a pass that started at the picture."""
    tape = runtime.tape(inputs.batch, names, rules)
    ends = [tape.leaf] * picture + [tape.values[name] for name in names]
    where = "the picture" if picture else names[0]
    aim, score = aimed(tape.values[runtime.output], resolver, "torch", where)
    kept = runtime.memory_of(inputs.batch) is not None
    found = torch.autograd.grad(score.sum(), ends, retain_graph=kept, materialize_grads=True)
    runtime.passes["backward" if picture else "head backward"] += len(score)
    return [Gradient(value, end.detach(), aim) for value, end in zip(found, ends, strict=True)]


def _of_head(runtime: Runtime, inputs: Inputs, resolver: Resolver, layer: Layer, *, rules: Rules) -> Gradient:
    """Back from the logits through a pass that started at the layer."""
    given, program = runtime.head(layer.node, rules)
    found, engine = runtime.values(inputs.batch, [*given, runtime.output])
    leaf = found[layer.node].detach().requires_grad_()
    (logits,) = program(leaf, *(found[name] for name in given[1:]))
    aim, score = aimed(logits, resolver, engine, layer.name)
    (values,) = torch.autograd.grad(score.sum(), leaf)
    runtime.passes["head"] += len(logits)
    runtime.passes["head backward"] += len(logits)
    return Gradient(values, leaf.detach(), aim)


def aimed(logits: Tensor, resolver: Resolver, engine: str, where: str) -> tuple[Aim, Tensor]:
    """What is explained, and its score as autograd follows it."""
    targets = resolver(logits.detach(), 0)
    score = targets.score(logits)
    if not logits.requires_grad:
        raise LayerError(f"The verdict does not depend on {where}. Choose a layer that it is computed from.")
    if not score.requires_grad:
        raise TargetError(NO_SLOPE)
    return Aim(logits.detach(), targets, engine), score
