"""Interpolation: the places around, with the weights of the filter."""

import numpy as np
import torch

from tapetum.network.arithmetic.terms import Index, Reading, Sum


def enlarge(read: Reading, at: Index) -> Sum:
    """y[p] = Σ_q w[p, q] · x[q]; the weights are those of the operation itself, read off its derivative."""
    source = read.source()
    size = read.value(source).shape[2:]
    with torch.enable_grad():
        leaf = torch.zeros(1, 1, *size, dtype=torch.float64, requires_grad=True)
        given = [read.resolved(argument) for argument in read.node.args[1:]]
        grown = read.node.target(leaf, *given, **read.resolved(read.node.kwargs))  # type: ignore[operator]
        (slope,) = torch.autograd.grad(grown[(0, 0, *at[2:])], leaf)
    weights = slope[0, 0].numpy()
    rows, columns = (np.flatnonzero(weights.any(axis)) for axis in (1, 0))
    terms = read.weighted(
        source, [[at[0]], [at[1]], rows, columns], weights[np.ix_(rows, columns)][None, None]
    )
    return Sum("Σ weight × value", [terms], float(terms.products.sum()))
