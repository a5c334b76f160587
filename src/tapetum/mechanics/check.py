"""The same with torch: what was done by hand is held against the library that networks run on."""

import torch
from torch.nn import functional as F

from tapetum.results import SlidingWindow


def torch_difference(found: SlidingWindow) -> float:
    """The largest difference between a result and torch.nn.functional, in double precision.

    Example:
        >>> from tapetum.mechanics import convolution
        >>> torch_difference(convolution([[1, 2], [3, 4]], [[1, 0], [0, 1]]))
        0.0
    """
    # The padding is there already, also where it is not the same on both sides.
    padded = torch.from_numpy(found.padded)[None]
    if found.filters is not None:
        weights, bias = torch.from_numpy(found.filters), torch.from_numpy(found.bias)
        theirs = F.conv2d(
            padded, weights, bias, stride=found.stride, dilation=found.dilation, groups=found.groups
        )
    elif found.operation == "max pooling":
        theirs = F.max_pool2d(padded, found.kernel, found.stride)
    else:
        theirs = F.avg_pool2d(padded, found.kernel, found.stride)
    return float((theirs[0] - torch.from_numpy(found.values)).abs().max())
