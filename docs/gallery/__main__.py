"""The pictures of the gallery: `python -m docs.gallery` makes them anew, in a few minutes on two cores."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image

import tapetum
from tapetum.network import Network

HERE = Path(__file__).parent
_STEPS = 192


def main() -> None:
    """Make every picture from the sample photographs and the network that is built in."""
    net = tapetum.load("lite0")
    for name, picture in PICTURES.items():
        image = picture(net)
        image.thumbnail((1200, 2000), Image.Resampling.LANCZOS)
        image.convert("RGB").save(HERE / f"{name}.webp", quality=78, method=6)
        print(f"docs/gallery/{name}.webp", flush=True)


def _classes(net: Network) -> Image.Image:
    wanted = ("leopard", "zebra", "daisy", "hummingbird", "castle", "jellyfish")
    found = tapetum.visualise(net, [f"class:{label}" for label in wanted], steps=_STEPS)
    return tapetum.contact_sheet([panel.image for panel in found.panels], list(wanted), columns=3, tile=380)


def _depths(net: Network) -> Image.Image:
    wanted = ("blocks.0:3", "blocks.1:5", "blocks.2:9", "blocks.3:20", "blocks.4:56", "blocks.5:7")
    found = tapetum.visualise(net, list(wanted), steps=_STEPS)
    return tapetum.contact_sheet([panel.image for panel in found.panels], list(wanted), columns=3, tile=380)


def _journey(net: Network) -> Image.Image:
    return tapetum.journey(net, tapetum.sample("cat"), strongest=16).draw()


def _evidence(net: Network) -> Image.Image:
    return tapetum.evidence(net, tapetum.sample("cat"), "Egyptian cat").draw()


def _receptive_field(net: Network) -> Image.Image:
    layers = {"blocks.1": (28, 20), "blocks.2": (14, 10), "blocks.3": (7, 5), "blocks.4": (7, 5)}
    fields = [
        tapetum.receptive_field(net, layer, *at, pictures=tapetum.sample("cat")).draw()
        for layer, at in layers.items()
    ]
    return tapetum.contact_sheet(fields, list(layers), columns=4, tile=290)


def _dream(net: Network) -> Image.Image:
    return tapetum.dream(net, tapetum.sample("temple"), "blocks.4:*").picture


def _attack(net: Network) -> Image.Image:
    pictures = [tapetum.sample(name) for name in ("cat", "coffee", "rocket")]
    return tapetum.attack(net, pictures, "gibbon", up_to=0).sheet()


def _pareidolia(net: Network) -> Image.Image:
    return tapetum.pareidolia(net, tapetum.sample("coffee"), grids=(2, 4, 6)).sheet()


def _heatmaps(net: Network) -> Image.Image:
    keys = (
        "gradcam",
        "layercam",
        "saliency",
        "integrated-gradients",
        "guided-gradcam",
        "lrp",
        "deeplift",
        "lime",
    )
    cat = tapetum.sample("cat")
    maps = [tapetum.METHODS[key](net, cat, "Egyptian cat").draw() for key in keys]
    return tapetum.contact_sheet(maps, list(keys), columns=4, tile=290)


def _examples(net: Network) -> Image.Image:
    photographs = [
        tapetum.sample(name) for name in ("cat", "astronaut", "coffee", "rocket", "flower", "temple")
    ]
    found = tapetum.examples(net, photographs, "blocks.2", k=6)
    with tempfile.TemporaryDirectory() as folder:
        return Image.open(found.save(Path(folder) / "examples.png", channels=range(20))).copy()


PICTURES: dict[str, Callable[[Network], Image.Image]] = {
    "heatmaps": _heatmaps,
    "journey": _journey,
    "evidence": _evidence,
    "receptive-field": _receptive_field,
    "classes": _classes,
    "depths": _depths,
    "examples": _examples,
    "dream": _dream,
    "attack": _attack,
    "pareidolia": _pareidolia,
}


if __name__ == "__main__":
    main()
