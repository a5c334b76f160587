"""The real pictures that drive the channels of a layer."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tapetum.progress import stage

if TYPE_CHECKING:
    from tapetum.network import Network
    from tapetum.results import Examples

_K = 9
_EVERY = 60.0
"""Seconds after which what was found so far is written."""


def examples(
    network: "Network",
    pictures: Any,
    layer: str | None = None,
    k: int | None = None,
    *,
    file: str | Path | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> "Examples":
    r"""For every channel of a layer, the k real pictures and places that drive it most.

    \( v_c(x) = \max_{ij} A_{cij}(x) \)

    The k pictures with the largest value are kept for every channel (between equal ones, which activations
    with a ceiling give, those with the larger mean), each cut to what its strongest place sees. Pictures are
    looked at sixteen at a time and forgotten, so that memory does not grow with their number, but for the
    eight bytes by which each is known again. Pictures that cannot be read are listed in the result. Put
    beside a picture that was made for a channel they tell what it stands for in photographs: a made picture
    alone may mislead.

    Args:
        network: the captured classifier.
        pictures: a folder (with the folders in it), a picture, "samples", a data set whose items are
            pictures or (picture, label), or a list of these.
        layer: its name; None for the last one with rows and columns before the verdict. A layer without them
            has one place, which sees the whole picture.
        k: how many pictures to keep for a channel, nine if nothing is said.
        file: an .npz that is extended where it exists: what it has seen is not looked at again. It is written
            each minute and at the end, so that an interrupted run goes on where it was.
        stop: asked after every batch; when it says True, what was found so far is written and returned.

    Raises:
        PictureError: no pictures, or none that can be read.
        LayerError: an unknown layer, or one whose values belong to no channels.
        MethodError: k below 1, or the file holds another network, layer or k.
        OutputError: the file is not one of examples, or cannot be written.

    Reference:
        Zeiler, Fergus (2014), Visualizing and Understanding Convolutional Networks. Geirhos et al. (2024),
        Don't trust your eyes: on the (un)reliability of feature visualizations.

    Example:
        >>> import tapetum
        >>> found = examples(tapetum.load("lite0"), "samples", "blocks.4", k=2)
        >>> [example.picture for example in found[3]]
        ['astronaut', 'coffee']
    """
    from tapetum.errors import MethodError, PictureError
    from tapetum.features.examples import none_yet, strongest
    from tapetum.pictures import check_place
    from tapetum.pictures.collection import collection
    from tapetum.results import Examples
    from tapetum.results.examples_file import KEPT

    if k is not None and not 1 <= k <= 100:
        raise MethodError(f"The {k} strongest pictures were asked for. Ask for 1 to 100.")
    chosen = network.layer(layer)
    place = None if file is None else Path(file)
    if place is not None:
        check_place(place, "Examples are", KEPT)
    if place is not None and place.exists():
        begun = replace(Examples.load(place), unreadable=(), unreadable_count=0)
        begun.check(network.name, network.fingerprint, chosen.name, begun.k if k is None else k)
    else:
        begun = none_yet(network, chosen, _K if k is None else k)
    given = collection(pictures)
    written = time.monotonic()
    with stage("Looking", given.count) as advance:

        def done(found: "Examples", passed: int) -> bool:
            nonlocal written
            advance(passed)
            if place is not None and time.monotonic() - written > _EVERY:
                found.save(place)
                written = time.monotonic()
            return stop()

        found = strongest(network, chosen, given.items(), begun, done)
    if not len(found.seen):
        name, reason = found.unreadable[0]
        raise PictureError(
            f"None of the {found.unreadable_count} pictures can be read. The first, {name}: {reason}"
        )
    if place is not None:
        found.save(place)
    return found


def check_collection(pictures: Any) -> None:
    """Refuse pictures that are not there, before a network is loaded for them.

    Raises:
        PictureError: nothing there, or a folder without a picture.
    """
    from tapetum.pictures.collection import collection

    collection(pictures)
