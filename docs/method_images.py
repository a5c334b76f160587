"""One picture per method: what it says about two photographs, in the network that is built in."""

from pathlib import Path

import tapetum
from tapetum.registry import METHODS

_SAMPLES = {"cat": ("Egyptian cat", "tiger cat"), "coffee": ("espresso",)}


def write_method_images(folder: Path) -> None:
    """A contact sheet for every method; with a second class, its map stands beside the first's."""
    folder.mkdir(parents=True, exist_ok=True)
    net = tapetum.load("lite0")
    for key, method in METHODS.items():
        tiles, words = [], []
        for name, targets in _SAMPLES.items():
            picture = tapetum.sample(name)
            tiles.append(net.preparation.seen(picture))
            words.append(f"{name}\nas the network sees it")
            for target in targets:
                tiles.append(method(net, picture, target).draw())
                words.append(f"{key}\n{target}")
        sheet = tapetum.contact_sheet(tiles, words, columns=len(tiles))
        sheet.save(folder / f"{key}.webp", quality=80, method=6)
        print(f"docs/images/methods/{key}.webp")
