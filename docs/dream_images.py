"""The dreams of the guide: `python -m docs.dream_images`."""

from pathlib import Path

import tapetum

_DREAMS = (
    ("temple", "blocks.4:*", None),
    ("coffee", "blocks.3:*", None),
    ("flower", "blocks.4:*", None),
    ("flower", "blocks.4:*", "cat"),
)


def write_dreams(path: Path) -> None:
    """Four dreams of sample photographs on one sheet."""
    net = tapetum.load("lite0", engine="torch")
    made, captions = [], []
    for name, objective, guide in _DREAMS:
        guiding = None if guide is None else f"sample:{guide}"
        made.append(tapetum.dream(net, f"sample:{name}", objective, guide=guiding).picture)
        captions.append(f"{name}\n{objective}" + (f" guided by the {guide}" if guide else ""))
    tapetum.contact_sheet(made, captions, columns=2, tile=480).save(path, quality=78, method=6)


if __name__ == "__main__":
    write_dreams(Path(__file__).parent / "images" / "dreams.webp")
