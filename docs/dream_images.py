"""The dreams of the guide: `python -m docs.dream_images`."""

from pathlib import Path

import tapetum

_DREAMS = {
    "blocks.4": ("temple", "blocks.4:*", None),
    "blocks.3": ("coffee", "blocks.3:*", None),
    "blocks.4 again": ("flower", "blocks.4:*", None),
    "blocks.4, guided by the cat": ("flower", "blocks.4:*", "sample:cat"),
}


def write_dreams(path: Path) -> None:
    """Four dreams of sample photographs on one sheet."""
    net = tapetum.load("lite0", engine="torch")
    made = [
        tapetum.dream(net, f"sample:{name}", objective, guide=guide).picture
        for name, objective, guide in _DREAMS.values()
    ]
    captions = [f"{name}\n{caption}" for caption, (name, _, _) in _DREAMS.items()]
    tapetum.contact_sheet(made, captions, columns=2, tile=480).save(path, quality=78, method=6)


if __name__ == "__main__":
    write_dreams(Path(__file__).parent / "images" / "dreams.webp")
