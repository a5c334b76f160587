"""Faces and other cuttings of photographs, 25 × 25, that come with scikit-image."""

import numpy as np

from tapetum.learning.data.picture_set import PictureSet, in_memory

CLASSES = ("no face", "face")
_EACH = 100


def faces() -> PictureSet:
    """100 grey pictures of faces, and 100 of what is no face, from photographs of the same people.

    Reference:
        Huang, Ramesh, Berg, Learned-Miller (2007), Labeled Faces in the Wild, in the selection of
        scikit-image (`skimage.data.lfw_subset`).

    Example:
        >>> from tapetum.learning import faces
        >>> faces()
        PictureSet('faces': 100 no face, 100 face)
    """
    from skimage.data import lfw_subset

    values: np.ndarray = lfw_subset()  # type: ignore[no-untyped-call]
    pixels = np.asarray(np.round(values * 255), np.uint8)
    return in_memory("faces", pixels, np.repeat([1, 0], _EACH), CLASSES)
