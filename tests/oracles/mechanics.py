"""Windows that slide, by loops: the formulas of convolution, pooling and the matrix, slow and obvious."""

import math

import numpy as np

Margins = tuple[tuple[int, int], tuple[int, int]]


def padded(x: np.ndarray, margins: Margins, fill: float) -> np.ndarray:
    (above, below), (left, right) = margins
    channels, rows, columns = x.shape
    found = np.full((channels, above + rows + below, left + columns + right), fill)
    for c in range(channels):
        for r in range(rows):
            for k in range(columns):
                found[c, above + r, left + k] = x[c, r, k]
    return found


def places(size: int, span: int, stride: int) -> list[int]:
    """Where a window of this span can begin."""
    return [start for start in range(0, size, stride) if start + span <= size]


def convolution(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray,
    *,
    stride: tuple[int, int],
    margins: Margins,
    dilation: tuple[int, int],
    groups: int,
) -> np.ndarray:
    """x (channel, row, column), weight (filter, channel of the group, row, column)."""
    whole = padded(x, margins, 0.0)
    filters, each, tall, wide = weight.shape
    down = places(whole.shape[1], (tall - 1) * dilation[0] + 1, stride[0])
    across = places(whole.shape[2], (wide - 1) * dilation[1] + 1, stride[1])
    found = np.zeros((filters, len(down), len(across)))
    for f in range(filters):
        group = f // (filters // groups)
        for i, top in enumerate(down):
            for j, left in enumerate(across):
                total = bias[f]
                for c in range(each):
                    for u in range(tall):
                        for v in range(wide):
                            under = whole[group * each + c, top + u * dilation[0], left + v * dilation[1]]
                            total += weight[f, c, u, v] * under
                found[f, i, j] = total
    return found


def pooling(
    x: np.ndarray, size: tuple[int, int], by: str, stride: tuple[int, int], margins: Margins
) -> np.ndarray:
    whole = padded(x, margins, -math.inf if by == "max" else 0.0)
    down, across = places(whole.shape[1], size[0], stride[0]), places(whole.shape[2], size[1], stride[1])
    found = np.zeros((len(x), len(down), len(across)))
    for c in range(len(x)):
        for i, top in enumerate(down):
            for j, left in enumerate(across):
                window = [whole[c, top + u, left + v] for u in range(size[0]) for v in range(size[1])]
                found[c, i, j] = max(window) if by == "max" else sum(window) / len(window)
    return found


def seen(slides: list[tuple[int, int, int]], output: int) -> set[int]:
    """Which places of the input one output of several layers (kernel, stride, dilation) depends on."""
    places_now = {output}
    for kernel, stride, dilation in reversed(slides):
        places_now = {place * stride + tap * dilation for place in places_now for tap in range(kernel)}
    return places_now
