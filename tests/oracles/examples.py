"""The strongest pictures of a channel, by looking at all of them at once."""

import torch
from torch import Tensor


def strongest(maps: Tensor, k: int) -> list[list[tuple[int, float, int, int]]]:
    """For each channel the k pictures with the largest values: (picture, value, row, column).

    Between equal values the larger mean over the positions comes first.
    """
    found = []
    for channel in range(maps.shape[1]):
        one = []
        for picture in range(maps.shape[0]):
            values = maps[picture, channel]
            row, column = divmod(int(torch.argmax(values)), values.shape[1])
            one.append((-float(values[row, column]), -float(values.mean()), picture, row, column))
        found.append([(picture, -value, row, column) for value, _, picture, row, column in sorted(one)[:k]])
    return found
