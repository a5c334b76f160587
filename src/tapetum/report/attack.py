"""The page of an attack."""

import numpy as np

from tapetum.pictures import png_bytes
from tapetum.report.plain_page import PageSection, PageTable, plain_page
from tapetum.results import Attack, Prediction
from tapetum.results.attacked import chance


def attack_page(attack: Attack) -> str:
    """What happened to every picture: the sheet, sentences, and the classes before and after."""
    if attack.epsilon is None:
        budget = "the shortest change"
    else:
        measure = "for each value" if attack.norm == "linf" else "for the Euclidean length"
        budget = f"a budget of {attack.epsilon * 255:.4g}/255 {measure}"
    sections = [
        PageSection(
            picture.name,
            attack.sentences(place),
            [
                _classes("before", picture.predictions[0]),
                _classes("after", picture.predictions[1]),
                *(
                    _classes(f"{other.network}, {when}", found)
                    for other in picture.others
                    for when, found in (("before", other.before), ("after", other.after))
                ),
            ],
        )
        for place, picture in enumerate(attack.pictures)
    ]
    return plain_page(
        f"{attack.title} on {attack.network.name}: {attack.fooled} of {len(attack)} fooled",
        f"{attack.title} with {budget}. The change is drawn around middle grey, as many times larger than it "
        "is as its caption says.",
        png=png_bytes(np.asarray(attack.sheet())),
        alt="Before, the change amplified, after, and heatmaps of both verdicts",
        sections=sections,
        foot=f"tapetum {attack.versions['tapetum']}, {attack.created}, {attack.seconds:.1f} s; "
        f"{attack.network.source}; fingerprint {attack.network.fingerprint}; {attack.network.preparation}; "
        f"options {dict(attack.options)}",
    )


def _classes(caption: str, prediction: Prediction) -> PageTable:
    rows = [(chance(score.probability), score.label, str(score.index)) for score in prediction]
    return PageTable(caption, ("probability", "class", "index"), rows)
