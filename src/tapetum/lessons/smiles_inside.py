"""The second half of the lesson on smiles: what the layers make of a picture, and where the network looks."""

import numpy as np

from tapetum.attribution import gradcam, saliency
from tapetum.learning import PictureSet
from tapetum.network import Network
from tapetum.pictures import contact_sheet, png_bytes
from tapetum.results import LayerSheet, PageFigure, PageSection, PageTable, percent

_WIDE = 560


def layers_of_one_picture(
    sheets: tuple[LayerSheet, ...], test: PictureSet, place: int
) -> tuple[PageSection, dict[str, float]]:
    """All feature maps of all layers, and the shares of silent and of blank channels."""
    maps = [sheet for sheet in sheets if not sheet.vector]
    picture, label = test[place]
    shown = contact_sheet([picture], ["the picture"], tile=144)
    blank = {sheet.layer: _blank(sheet) for sheet in maps}
    after = [sheet.layer for sheet in maps if sheet.kind == "relu"]
    section = PageSection(
        "What every layer makes of one picture",
        [
            f"A picture of “{test.classes[label]}” goes through the network; every channel of every layer "
            "is a map. In the first maps the picture can be recognised: they are edges, and bright and dark "
            "areas. Deeper ones are coarser, and say where something was found.",
            "A channel is silent where its map stays below 1 % of the layer's largest value: "
            + ", ".join(f"{percent(sheet.silent)} at {sheet.layer}" for sheet in maps if sheet.layer in after)
            + ". A map after a ReLU is blank where at least nine of ten values are zero: "
            + ", ".join(f"{percent(blank[layer])} at {layer}" for layer in after)
            + ". Batch-norm moves these zeros to another value.",
        ],
        [
            PageTable(
                "silent and blank channels",
                ("layer", "what", "maps", "silent", "blank", "zeros"),
                [
                    (s.layer, s.title, s.size(), percent(s.silent), percent(blank[s.layer]), percent(s.zeros))
                    for s in maps
                ],
            )
        ],
        [
            PageFigure(png_bytes(np.asarray(shown)), "The picture"),
            *(
                PageFigure(
                    png_bytes(sheet.pixels(_WIDE)),
                    f"All maps of {sheet.layer}",
                    f"{sheet.layer}, {sheet.title}: {sheet.size()}, {percent(sheet.silent)} silent. Gold is "
                    "above zero, teal below.",
                )
                for sheet in maps
            ),
        ],
    )
    shares = {f"silent at {sheet.layer}": sheet.silent for sheet in maps}
    return section, shares | {f"blank at {layer}": blank[layer] for layer in after}


def _blank(sheet: LayerSheet) -> float:
    """The share of channels of which at least nine of ten values are zero."""
    empty = (sheet.values == 0).float().mean((1, 2)) >= 0.9
    return float(empty.float().mean())


def where_it_looks(network: Network, test: PictureSet, places: list[int]) -> PageSection:
    """Saliency and Grad-CAM of some pictures, for the class that each is of."""
    names = [test.classes[test.labels[place]] for place in places]
    inputs = network.inputs([test.fetch(place) for place in places])
    found = {
        "saliency": saliency(network, inputs, names),
        "Grad-CAM": gradcam(network, inputs, names),
    }
    drawn = [heatmap.draw(place) for heatmap in found.values() for place in range(len(places))]
    captions = [*names, *(f"{title}\nfor {name}" for title in found for name in names)]
    sheet = contact_sheet([*inputs.seen, *drawn], captions, columns=len(places), tile=144)
    return PageSection(
        "Where it looks",
        [
            "Saliency: how much the score changes with each pixel. Grad-CAM: which places of the last maps "
            f"({found['Grad-CAM'].layer}) speak for the class.",
            *(f"The first picture, {title}: {heatmap.sentences()[0]}" for title, heatmap in found.items()),
        ],
        figures=[PageFigure(png_bytes(np.asarray(sheet)), "Pictures, their saliency and their Grad-CAM")],
    )
