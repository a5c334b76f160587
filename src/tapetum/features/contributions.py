"""What each channel of a layer gives to a verdict."""

from typing import Any

import torch

from tapetum.errors import NonFiniteError
from tapetum.features.feature_maps import one_input
from tapetum.network import Network
from tapetum.results import Contributions


def contributions(network: Network, picture: Any, layer: str, target: Any = None) -> Contributions:
    r"""What each channel c of a layer gives to a score y, in logits.

    \( \sum_{ij} A_{cij} \, \partial y / \partial A_{cij} \)

    Args:
        network: the captured classifier.
        picture: anything that `open_picture` takes, or a prepared batch of one.
        layer: any layer that the verdict depends on.
        target: as every method takes it; None is the predicted class.

    Raises:
        LayerError: an unknown layer, or one that the verdict does not depend on.
        TargetError: not a class of this network.
        PictureError: a picture that cannot be read, or several.
        NonFiniteError: NaN or infinity among them.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0", size=64, engine="torch")
        >>> contributions(net, "sample:cat", "blocks.2").values.shape
        (40,)
    """
    inputs, found = one_input(network, picture), network.layer(layer)
    slope = network.gradient(inputs, target, found)
    products = slope.values * slope.at
    if found.places is None:
        each = products[0].flatten()
    else:
        each = found.places.maps(products)[0].double().sum((1, 2))
    if not bool(torch.isfinite(each).all()):
        raise NonFiniteError(
            f"The contributions of {found.name} hold NaN or infinity. "
            "Check the network's weights and the preparation."
        )
    return Contributions(
        layer=found.name,
        target=slope.aim.targets.items[0],
        score=float(slope.aim.score[0].detach()),
        values=each.double().cpu().numpy(),
    )
