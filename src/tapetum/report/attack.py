"""The page of an attack."""

import numpy as np

from tapetum.pictures import png_bytes
from tapetum.report.plain_page import origin, plain_page
from tapetum.results import Attack, PageFigure, PageSection, PageTable, Prediction
from tapetum.results.attack import DRAWN
from tapetum.results.attacked import chance


def attack_page(attack: Attack) -> str:
    """What happened to every picture: the sheet, sentences, and the classes before and after."""
    if attack.epsilon is None:
        budget = "the shortest change"
    else:
        measure = "for each value" if attack.norm == "linf" else "for the Euclidean length"
        budget = f"a budget of {attack.epsilon * 255:.4g}/255 {measure}"
    more = f" The first {DRAWN} are drawn." if len(attack) > DRAWN else ""
    sections = [
        PageSection(
            picture.name,
            attack.sentences(place),
            [
                _classes(attack.network.name, *picture.predictions),
                *(_classes(other.network, other.before, other.after) for other in picture.others),
            ],
        )
        for place, picture in enumerate(attack.pictures)
    ]
    return plain_page(
        f"{attack.title} on {attack.network.name}: {attack.fooled} of {len(attack)} fooled",
        f"{attack.title} with {budget}. The change is drawn around middle grey, as many times larger than it "
        f"is as its caption says.{more}",
        figure=PageFigure(
            png_bytes(np.asarray(attack.sheet())),
            "Before, the change amplified, after, and heatmaps of both verdicts",
        ),
        sections=sections,
        foot=f"{origin(attack.network, attack.versions, attack.created)}; {attack.seconds:.1f} s; "
        f"options {dict(attack.options)}",
    )


def _classes(network: str, before: Prediction, after: Prediction) -> PageTable:
    """The strongest classes before, beside those after."""
    rows = [
        (chance(first.probability), first.label, chance(second.probability), second.label)
        for first, second in zip(before, after, strict=True)
    ]
    return PageTable(network, ("before", "", "after", ""), rows)
