"""Softmax: one exponential as a share of the sum of all."""

from dataclasses import replace

import numpy as np

from tapetum.network.arithmetic.terms import Index, Reading, Sum


def softmax(read: Reading, at: Index) -> Sum:
    """exp(x_i) / Σ_j exp(x_j), with the largest x taken away from every one, which changes nothing."""
    source = read.source()
    dim = read.given(1, "dim") % len(at)
    size = read.value(source).shape[dim]
    terms = read.weighted(source, [range(size) if d == dim else [i] for d, i in enumerate(at)])
    largest = float(terms.values.max())
    parts = replace(terms, factors=None, products=np.exp(terms.values - largest))
    whole, own = float(parts.products.sum()), float(parts.products[at[dim]])
    facts = {"own exponential": own, "taken away in every exponent": largest}
    return Sum("own exponential / Σ exponentials", [parts], own / whole, facts=facts, function="own /")
