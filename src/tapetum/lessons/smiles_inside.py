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
    """All feature maps of all layers, and the share of silent channels per layer."""
    maps = [sheet for sheet in sheets if not sheet.vector]
    picture, label = test[place]
    shown = contact_sheet([picture], ["the picture"], tile=144)
    silent = {sheet.layer: sheet.silent for sheet in maps}
    first, last = maps[0], maps[-1]
    section = PageSection(
        "What every layer makes of one picture",
        [
            f"A picture of “{test.classes[label]}” goes through the network, and every channel of every "
            "layer is a map. In the first maps the picture can be recognised: they are edges, and bright and "
            "dark areas. Deeper ones are coarser, and say where something was found.",
            f"A channel is silent where its map stays below 1 % of the layer's largest value: "
            f"{percent(first.silent)} of the channels of {first.layer}, {percent(last.silent)} of those of "
            f"{last.layer}. Every ReLU makes zeros of what speaks against a channel's pattern; batch-norm "
            "after it moves the zeros to another value.",
        ],
        [
            PageTable(
                "silent channels",
                ("layer", "what", "maps", "silent", "zeros"),
                [(s.layer, s.title, s.size(), percent(s.silent), percent(s.zeros)) for s in maps],
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
    return section, silent


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
