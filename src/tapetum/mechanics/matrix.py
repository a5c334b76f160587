"""A convolution written as one matrix."""

from typing import cast

import numpy as np

from tapetum.errors import WindowError
from tapetum.mechanics.convolution import convolution
from tapetum.mechanics.numbers import Numbers, check_count, filters_of, slides_of
from tapetum.mechanics.slide import Padding, Pair, taps
from tapetum.results import ConvolutionMatrix


def as_matrix(
    kernel: Numbers, input_shape: tuple[int, int], stride: Pair = 1, padding: Padding = "valid"
) -> ConvolutionMatrix:
    """The sparse matrix that does the same as a kernel: y = M · x, both in reading order.

    M[output, input] = kernel[u, v] where the output's window has its tap (u, v) on that input, and nothing
    elsewhere: a dense layer with most weights fixed at 0 and the others shared.

    Args:
        kernel: rows × columns, or the name of a known operator.
        input_shape: rows and columns of the input.
        stride: as for `convolution`.
        padding: as for `convolution`; taps that lie on padding are left out.

    Raises:
        WindowError: a kernel with channels, a stride of 0, or a kernel larger than the padded input.
        NonFiniteError: NaN or infinity.

    Example:
        >>> found = as_matrix([[1, 2, 3], [4, 5, 6], [7, 8, 9]], (4, 4))
        >>> found.shape, found.entries, found.distinct
        ((4, 16), 36, 9)
    """
    import scipy.sparse

    weights = filters_of(kernel)
    if weights.shape[:2] != (1, 1):
        raise WindowError(f"The kernel has shape {weights.shape}. Give rows × columns.")
    rows, columns = slides_of(cast("tuple[int, int]", weights.shape[2:]), stride, padding)
    down, across = taps(input_shape[0], rows), taps(input_shape[1], columns)
    output_shape = (len(down), len(across))
    check_count("The matrix", down.size * across.size)
    # One line per output and tap, in the order (row, column, u, v).
    row, column, u, v = (index.ravel() for index in np.indices((*output_shape, *weights.shape[2:])))
    reads = (down[row, u], across[column, v])
    inside = np.logical_and.reduce([(r >= 0) & (r < n) for r, n in zip(reads, input_shape, strict=True)])
    place = (
        np.ravel_multi_index((row[inside], column[inside]), output_shape),
        np.ravel_multi_index((reads[0][inside], reads[1][inside]), input_shape),
    )
    shape = (output_shape[0] * output_shape[1], input_shape[0] * input_shape[1])
    matrix = scipy.sparse.csr_array((weights[0, 0][u, v][inside], place), shape=shape)
    which = scipy.sparse.csr_array(((u * weights.shape[3] + v + 1)[inside], place), shape=shape)
    tried = np.random.default_rng(0).normal(size=input_shape)
    wanted = convolution(tried, weights, stride=stride, padding=padding).values[0].ravel()
    return ConvolutionMatrix(
        kernel=weights[0, 0],
        input_shape=input_shape,
        output_shape=output_shape,
        matrix=matrix,
        which=which,
        difference=float(np.abs(matrix @ tried.ravel() - wanted).max()),
    )
