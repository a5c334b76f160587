"""What is inside a network, slow and obvious: values step by step, silent channels, dead and twin filters."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def steps_of_plain(model: nn.Module, batch: Tensor) -> dict[str, Tensor]:
    """Every value of `small_networks.Plain`, written out from its formula, one copy each."""
    with torch.no_grad():
        first = F.conv2d(batch, model.conv1.weight, model.conv1.bias, padding=1)
        normed = _batch_norm(first, model.bn1)
        lit = normed.clamp(min=0)
        second = F.conv2d(lit, model.conv2.weight, None, stride=2, padding=1)
        normed2 = _batch_norm(second, model.bn2)
        lit2 = normed2.clamp(min=0)
        pooled = lit2.mean((2, 3))
        logits = pooled @ model.fc.weight.T + model.fc.bias
    return {
        "conv1": first,
        "bn1": normed,
        "relu": lit,
        "conv2": second,
        "bn2": normed2,
        "relu.2": lit2,
        "mean": pooled,
        "fc": logits,
    }


def _batch_norm(values: Tensor, norm: nn.BatchNorm2d) -> Tensor:
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return (values - norm.running_mean[:, None, None]) * scale[:, None, None] + norm.bias[:, None, None]


def silent_channels(maps: Tensor) -> list[int]:
    """Channels whose largest |value| is below a hundredth of the layer's largest."""
    peaks = [max(abs(v) for v in channel.flatten().tolist()) for channel in maps]
    return [c for c, peak in enumerate(peaks) if peak == 0 or peak < 0.01 * max(peaks)]


def zero_share(maps: Tensor) -> float:
    values = maps.flatten().tolist()
    return sum(v == 0 for v in values) / len(values)


def by_spread(maps: Tensor) -> list[int]:
    """Channels by the standard deviation of their values, the largest first."""

    def spread(channel: Tensor) -> float:
        values = channel.flatten().tolist()
        mean = sum(values) / len(values)
        return math.sqrt(sum((v - mean) ** 2 for v in values) / len(values))

    return sorted(range(len(maps)), key=lambda c: (-spread(maps[c]), c))


def dead_filters(weight: Tensor, scale: Tensor) -> list[int]:
    """Filters whose norm times the batch-norm's |scale| is below a hundredth of the strongest."""
    norms = [
        abs(s) * math.sqrt(sum(v * v for v in f.flatten().tolist()))
        for f, s in zip(weight, scale.tolist(), strict=True)
    ]
    return [number for number, norm in enumerate(norms) if norm < 0.01 * max(norms)]


def twin_pairs(weight: Tensor, groups: int, dead: list[int]) -> set[tuple[int, int]]:
    """Pairs of living filters of one group whose cosine is 0.95 or more."""
    each = len(weight) // groups
    found = set()
    for a in range(len(weight)):
        for b in range(a + 1, len(weight)):
            if a in dead or b in dead or a // each != b // each:
                continue
            u, v = weight[a].flatten().tolist(), weight[b].flatten().tolist()
            dot = sum(x * y for x, y in zip(u, v, strict=True))
            if dot >= 0.95 * math.sqrt(sum(x * x for x in u)) * math.sqrt(sum(y * y for y in v)):
                found.add((a, b))
    return found
