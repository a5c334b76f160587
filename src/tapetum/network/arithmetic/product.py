"""Sums of products over one dimension: linear layers, matrix products, attention's own two."""

import numpy as np
from torch import fx

from tapetum.network.arithmetic.terms import Index, Reading, Sum, Terms, element, elements


def linear(read: Reading, at: Index) -> Sum:
    """y[o] = Σ_i w[o, i] · x[i] + b[o]."""
    weight, bias = read.given(1), read.given(2, "bias")
    size = weight.shape[1]
    row = weight[at[-1]].double().cpu().numpy()
    axes = [*([i] for i in at[:-1]), range(size)]
    terms = read.weighted(read.source(), axes, row.reshape([1] * (len(at) - 1) + [size]))
    constants = {} if bias is None else {"bias": element(bias, (at[-1],))}
    total = float(terms.products.sum()) + sum(constants.values())
    return Sum("Σ weight × value" + (" + bias" if constants else ""), [terms], total, constants)


def matrix_product(read: Reading, at: Index) -> Sum:
    """y[i, j] = Σ_k a[i, k] · b[k, j]; where both see the picture, a is the factor, as in attention."""
    terms = _product(read, at, read.source(0), read.source(1))
    return Sum("Σ factor × value", [terms], float(terms.products.sum()))


def biased_matrix_product(read: Reading, at: Index) -> Sum:
    """y[i, j] = b[j] + Σ_k x[i, k] · w[k, j]."""
    bias = read.given(0)
    shift = element(bias, at[-bias.dim() :])
    terms = _product(read, at, read.source(1), read.source(2))
    total = float(terms.products.sum()) + shift
    return Sum("Σ weight × value + bias", [terms], total, {"bias": shift})


def _product(read: Reading, at: Index, left: fx.Node, right: fx.Node) -> Terms:
    size = read.value(left).shape[-1]
    every = np.arange(size)
    sides = {}
    for node, own in ((left, (at[-2], None)), (right, (None, at[-1]))):
        value = read.value(node)
        outer = [0 if n == 1 else i for i, n in zip(at[-value.dim() : -2], value.shape[:-2], strict=True)]
        last = [every if place is None else np.full(size, place) for place in (own[0], own[1])]
        sides[node] = np.stack([*(np.full(size, i) for i in outer), *last], 1)
    carrier, factor = (right, left) if read.seen(right) else (left, right)
    values = elements(read.value(carrier), sides[carrier])
    factors = elements(read.value(factor), sides[factor])
    moving = read.seen(factor)
    return Terms(
        carrier,
        sides[carrier],
        values,
        factors,
        values * factors,
        factor if moving else None,
        sides[factor] if moving else None,
    )
