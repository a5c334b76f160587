"""Photographs that are always at hand, offline: they travel inside scikit-image and scikit-learn."""

from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from tapetum.errors import PictureError
from tapetum.pictures.names import printable
from tapetum.pictures.picture import Picture
from tapetum.pictures.read import read_file

SAMPLE_PREFIX = "sample:"
# Read as files, without importing their packages: that alone takes half a second to two seconds.
_FILES = {
    "cat": ("skimage", "data/chelsea.png"),
    "astronaut": ("skimage", "data/astronaut.png"),
    "coffee": ("skimage", "data/coffee.png"),
    "rocket": ("skimage", "data/rocket.jpg"),
    "flower": ("sklearn", "datasets/images/flower.jpg"),
    "temple": ("sklearn", "datasets/images/china.jpg"),
}
SAMPLES = tuple(_FILES)


@cache
def sample(name: str) -> Picture:
    """A sample photograph by name, one of `SAMPLES`.

    Chelsea the cat is by Stéfan van der Walt and the coffee by Rachel Michetti (both CC0); the
    astronaut, Eileen Collins, is by NASA and the rocket by SpaceX (both public domain); the flower is
    by vultilion and the temple by danielbuechele (both CC BY 2.0).

    Raises:
        PictureError: no sample has this name.

    Example:
        >>> sample("cat")
        Picture('cat', 300 rows × 451 columns)
    """
    if name not in _FILES:
        near = get_close_matches(name, SAMPLES, n=3, cutoff=0.5) or SAMPLES
        raise PictureError(f"There is no sample {printable(name)!r}. Use one of: {', '.join(near)}.")
    package, file = _FILES[name]
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        raise PictureError(
            f"The sample {name} comes with {package}, which is not installed. Install {package}."
        )
    with Image.open(BytesIO(read_file(Path(folders[0]) / file))) as image:
        pixels = np.asarray(image.convert("RGB"))
    pixels.flags.writeable = False
    return Picture(pixels, name)
