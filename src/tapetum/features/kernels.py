"""Kernels: what the filters of a convolution look like."""

import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.errors import LayerError
from tapetum.network import Network
from tapetum.results import KernelSheet, Pair

_DEAD = 0.01
_TWIN = 0.95


def kernels(network: Network, layer: str | None = None) -> KernelSheet:
    """The filters of a convolution: w[f, c, i, j], a kernel per filter f and input channel c.

    A filter is dead where ‖w_f‖ < 0.01 · max ‖w‖, with the batch-norm behind it folded in: its map hardly
    changes whatever the picture. Two living filters of the same input channels are twins where
    w_f · w_g ≥ 0.95 ‖w_f‖ ‖w_g‖: they find the same, so that one of them is hardly needed. Weights are as the
    model holds them (after weight normalisation where it has one), raw and signed; those that read the
    picture are in the order red, green, blue, also where the model reads blue first.

    Args:
        network: the captured classifier.
        layer: a convolution over rows and columns; None is the first one.

    Raises:
        LayerError: an unknown layer, or one that is no such convolution.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0", size=64, engine="torch")
        >>> tapetum.kernels(net).values.shape
        torch.Size([32, 3, 3, 3])
    """
    convolutions = [one for one in network.layers if one.kind.startswith("conv") and not one.container]
    if layer is None and not convolutions:
        raise LayerError(f"{network.name} has no convolution, so it has no kernels. Look at feature maps.")
    chosen = convolutions[0] if layer is None else network.layer(layer)
    found = network.filters(chosen)
    if found is None:
        named = ", ".join(one.name for one in convolutions[:5])
        raise LayerError(
            f"The layer {chosen.name} is no convolution over rows and columns, so it has no kernels. "
            + (f"The first that have some: {named}." if named else "This network has none.")
        )
    strength = found.acting.flatten(1).norm(dim=1)
    dead = strength < _DEAD * strength.max() if bool(strength.any()) else torch.ones_like(strength) > 0
    return KernelSheet(
        layer=chosen.name,
        values=found.weight,
        strength=strength,
        dead=tuple(dead.nonzero().flatten().tolist()),
        twins=twins(found.weight, found.groups, dead),
        groups=found.groups,
        colour=found.reads_picture and found.weight.shape[1] == 3,
        network=network.name,
        fingerprint=network.fingerprint,
    )


def twins(
    weight: Float[Tensor, "filter channel rows columns"], groups: int, dead: Tensor
) -> tuple[Pair, ...]:
    """The pairs of living filters of one group with a cosine of 0.95 or more, the most alike first."""
    rows = weight.flatten(1).double()
    unit = rows / rows.norm(dim=1, keepdim=True).clamp_min(1e-300)
    cosine = unit @ unit.T
    group = torch.arange(len(weight)) // max(1, len(weight) // groups)
    alike = (cosine >= _TWIN) & (group[:, None] == group[None]) & ~dead[:, None] & ~dead[None]
    pairs = [
        Pair(first, second, min(1.0, float(cosine[first, second])))
        for first, second in alike.triu(1).nonzero().tolist()
    ]
    return tuple(sorted(pairs, key=lambda pair: (-pair.cosine, pair.first, pair.second)))
