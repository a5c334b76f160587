"""Rules of layer-wise relevance propagation: how a linear layer shares out what its output got.

A rule is a function of the layer, its input and the relevance of its output, and gives the relevance of its
input. All have one form: a denominator z per output, and to each input its part of R / z.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

STABILISER = 1e-6
"""Added to denominators, with their sign, where a rule has no number of its own for that."""


@dataclass(frozen=True, eq=False)
class Linear:
    """A layer as a function of input and weight: z = forward(x, weight, bias).

    `back(s, weight, x)` is the transposed map of `forward` without bias, for inputs shaped like x.
    `outputs` is the dimension of output channels, `groups` how many parts of the channels do not meet.
    `bounds` gives the least and the largest input that a picture can cause, for layers that read pictures.
    """

    weight: Tensor
    bias: Tensor | None
    forward: Callable[[Tensor, Tensor, Tensor | None], Tensor]
    back: Callable[[Tensor, Tensor, Tensor], Tensor]
    outputs: int = 1
    groups: int = 1
    bounds: Callable[[], tuple[Tensor, Tensor]] | None = None


Rule = Callable[[Linear, Tensor, Tensor], Tensor]
"""rule(layer, input, relevance of the output) -> relevance of the input."""


def epsilon(layer: Linear, x: Tensor, relevance: Tensor, *, epsilon: float = STABILISER) -> Tensor:
    """Rᵢ = xᵢ Σⱼ wᵢⱼ Rⱼ / (zⱼ + ε sign zⱼ)."""
    z = layer.forward(x, layer.weight, layer.bias)
    return layer.back(quotient(relevance, z, epsilon), layer.weight, x).mul_(x)


def gamma(layer: Linear, x: Tensor, relevance: Tensor, *, gamma: float = 0.25) -> Tensor:
    """Contributions of the output's own sign count 1 + γ times.

    Rᵢ = Σⱼ (zᵢⱼ + γ zᵢⱼ^±) Rⱼ / Σᵢ (zᵢⱼ + γ zᵢⱼ^±), the bias being one of the zᵢⱼ, and ± the sign of zⱼ.
    """
    z = layer.forward(x, layer.weight, layer.bias)
    total = torch.zeros_like(x)
    for sign in (1, -1):
        own = relevance * (z > 0 if sign > 0 else z < 0)
        if not bool(own.any()):
            continue
        halves = _halves(layer, x, sign)
        denominator = z + gamma * _summed(layer, halves, sign)
        share = quotient(own, denominator, STABILISER)
        total += layer.back(share, layer.weight, x).mul_(x)
        for part, weight in halves:
            total += layer.back(share, weight, x).mul_(part).mul_(gamma)
    return total


def z_plus(layer: Linear, x: Tensor, relevance: Tensor) -> Tensor:
    """Only positive contributions zᵢⱼ⁺ count: Rᵢ = Σⱼ zᵢⱼ⁺ Rⱼ / (Σᵢ zᵢⱼ⁺ + bⱼ⁺)."""
    return _one_sided(layer, x, relevance, 1)


def alpha_beta(layer: Linear, x: Tensor, relevance: Tensor, *, alpha: float = 2.0) -> Tensor:
    """Positive contributions get α, negative ones β = α − 1 with the other sign, each in proportion."""
    positive = _one_sided(layer, x, relevance, 1)
    if alpha == 1:
        return positive
    return alpha * positive - (alpha - 1) * _one_sided(layer, x, relevance, -1)


def z_box(layer: Linear, x: Tensor, relevance: Tensor) -> Tensor:
    """For inputs between bounds l and h: contributions are xᵢwᵢⱼ − lᵢwᵢⱼ⁺ − hᵢwᵢⱼ⁻, and no bias."""
    assert layer.bounds is not None
    low, high = layer.bounds()
    up, down = layer.weight.clamp(min=0), layer.weight.clamp(max=0)
    z = layer.forward(x, layer.weight, None)
    z = z - layer.forward(low, up, None) - layer.forward(high, down, None)
    share = quotient(relevance, z, STABILISER)
    found = layer.back(share, layer.weight, x).mul_(x)
    return found - layer.back(share, up, x).mul_(low) - layer.back(share, down, x).mul_(high)


def w_square(layer: Linear, x: Tensor, relevance: Tensor) -> Tensor:
    """Rᵢ = Σⱼ wᵢⱼ² Rⱼ / Σᵢ wᵢⱼ², whatever the input is."""
    weight = layer.weight**2
    z = layer.forward(torch.ones_like(x[:1]), weight, None)
    return layer.back(quotient(relevance, z, STABILISER), weight, x)


def flat(layer: Linear, x: Tensor, relevance: Tensor) -> Tensor:
    """Rᵢ = Σⱼ Rⱼ / n over the outputs j that see input i, where n inputs are seen by j."""
    weight = torch.ones_like(layer.weight)
    if layer.groups == 1:  # all output channels share alike, so that their sum is shared out once
        weight, relevance = weight[:1], relevance.sum(layer.outputs, keepdim=True)
    z = layer.forward(torch.ones_like(x[:1]), weight, None)
    return layer.back(quotient(relevance, z, STABILISER), weight, x)


def passed(layer: Linear, x: Tensor, relevance: Tensor) -> Tensor:
    """The relevance as it is: for layers of which each output has a single input, all rules without bias."""
    return relevance


def quotient(relevance: Tensor, z: Tensor, epsilon: float) -> Tensor:
    """R / (z + ε sign z), zero counting as positive; `z` is nobody else's and is overwritten."""
    z += torch.copysign(z.new_tensor(epsilon), z)
    return torch.div(relevance, z, out=z) if z.shape == relevance.shape else relevance / z


def _one_sided(layer: Linear, x: Tensor, relevance: Tensor, sign: int) -> Tensor:
    """Relevance in proportion to the contributions of one sign alone, the bias of that sign among them."""
    halves = _halves(layer, x, sign)
    z = _summed(layer, halves, sign)
    z += sign * STABILISER
    share = torch.div(relevance, z, out=z)
    (part, weight), *others = halves
    found = layer.back(share, weight, x).mul_(part)
    for part, weight in others:
        found += layer.back(share, weight, x).mul_(part)
    return found


def _halves(layer: Linear, x: Tensor, sign: int) -> list[tuple[Tensor, Tensor]]:
    """Pairs of input and weight whose products are the contributions of one sign.

    Behind a ReLU no input is negative, and one pair is enough.
    """
    weight = layer.weight
    same = weight.clamp(min=0) if sign > 0 else weight.clamp(max=0)
    if bool(x.amin() >= 0):
        return [(x, same)]
    return [(x.clamp(min=0), same), (x.clamp(max=0), weight - same)]


def _summed(layer: Linear, halves: list[tuple[Tensor, Tensor]], sign: int) -> Tensor:
    bias = layer.bias
    if bias is not None:
        bias = bias.clamp(min=0) if sign > 0 else bias.clamp(max=0)
    (part, weight), *others = halves
    z = layer.forward(part, weight, bias)
    for part, weight in others:
        z += layer.forward(part, weight, None)
    return z
