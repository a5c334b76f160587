"""Arithmetic: how one number inside the network is computed, every term of it."""

from tapetum.network import Network
from tapetum.pictures import PictureSource
from tapetum.results import Arithmetic, Unit


def arithmetic(  # noqa: PLR0917  channel, row and column say where, in this order
    network: Network,
    picture: PictureSource,
    layer: str,
    channel: int,
    row: int | None = None,
    column: int | None = None,
) -> Arithmetic:
    """How one number of a layer is computed from those of the layers before it, every term of it.

    For a convolution these are the products of kernel and map, per input channel, and the bias: the true
    stride, padding, dilation and groups count. Pooling, norms, activations, sums, products, concatenation,
    linear layers, softmax, padding and reshaping have rules too. Each part names the layer, channel and
    positions that it comes from, so that one can go on there. The terms are added in double precision and
    compared with the network's own value, to 1e-5.

    Args:
        network: the captured classifier.
        picture: anything that `open_picture` takes, or a prepared batch of one.
        layer: any layer, also a container, whose last operation counts.
        channel: counted from 0. In a layer without rows and columns every number is a channel of its own.
        row: of the layer's own map, from 0; left out where a layer has none.
        column: likewise.

    Raises:
        LayerError: an unknown layer; a channel, row or column that it does not have; or an operation whose
            arithmetic is not written out, such as fused attention.
        NonFiniteError: NaN or infinity among the terms.
        PictureError: more than one picture.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> found = arithmetic(net, tapetum.sample("cat"), "conv_head", channel=7, row=3, column=3)
        >>> len(found.parts), found.agrees
        (320, True)
    """
    ledger = network.ledger(network.inputs(picture))
    return ledger.arithmetic(network.layer(layer), Unit(layer, channel, row, column))
