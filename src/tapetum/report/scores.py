"""The page of a classifier's scores."""

import numpy as np

from tapetum.pictures import contact_sheet, png_bytes
from tapetum.report.plain_page import origin, plain_page
from tapetum.results import Mistake, PageFigure, PageSection, PageTable, Scores
from tapetum.results.scores_drawing import CURVES, reliability_picture, roc_picture

_PAIRS = 3
"""Mistakes in a row, each with its map."""
_TILE = 168


def scores_page(scores: Scores) -> str:
    """The numbers in words, as a table and as pictures; then every confusion with its surest mistakes."""
    return plain_page(
        f"How well does {scores.network.name} know {scores.data}?",
        f"{scores.pictures} labelled pictures, {len(scores.classes)} classes. Precision: how often the "
        "network is right when it names the class. Recall: how many pictures of the class it finds. F: their "
        "harmonic mean.",
        sections=[numbers_section("In words and numbers", scores), *mistake_sections(scores)],
        foot=f"{origin(scores.network, scores.versions, scores.created)}; data {scores.data_fingerprint}",
    )


def numbers_section(heading: str, scores: Scores) -> PageSection:
    """The scores in words, as a table, and as pictures."""
    columns, rows = scores.table()
    among = "" if len(rows) == len(scores.classes) else f", the {len(rows)} worst of {len(scores.classes)}"
    curves = roc_picture(scores)
    few = (
        "" if len(scores.classes) <= CURVES else f" Shown are the {CURVES} classes with the least area below."
    )
    figures = [
        PageFigure(
            scores._repr_png_(),
            "Confusion matrix",
            "Rows: what the pictures are. Columns: what they were called. Right ones lie on the diagonal.",
        ),
        PageFigure(
            png_bytes(np.asarray(reliability_picture(scores))),
            "Accuracy over confidence",
            "Bars that end on the diagonal: as sure as it may be. Above it the network is not sure enough, "
            "below it too sure. At the foot: how many pictures each bar stands for.",
        ),
    ]
    if curves is not None:
        figures.insert(
            1,
            PageFigure(
                png_bytes(np.asarray(curves)),
                "ROC curves",
                "Every threshold on the probability of a class is one point; guessing gives the "
                f"diagonal.{few}",
            ),
        )
    return PageSection(heading, scores.sentences(), [PageTable(f"classes{among}", columns, rows)], figures)


def mistake_sections(scores: Scores) -> list[PageSection]:
    """A section for each pair of classes that was confused and of which there are pictures."""
    groups: dict[tuple[int, int], list[Mistake]] = {}
    for one in scores.mistakes:
        groups.setdefault(one.indices, []).append(one)
    found = []
    for confusion in scores.wrong():
        mistakes = groups.get(confusion.indices)
        if mistakes:
            found.append(_section(scores, mistakes, confusion.count))
    left = len(scores.wrong()) - len(found)
    if found and left:
        found.append(
            PageSection(f"{left} more pairs of classes", ["They were confused less often; the file has all."])
        )
    return found


def _section(scores: Scores, mistakes: list[Mistake], count: int) -> PageSection:
    first = mistakes[0]
    kind = ""
    if scores.positive is not None:
        kind = "False positives: " if first.said == scores.positive.label else "False negatives: "
    images = [image for one in mistakes for image in (one.seen, one.map)]
    captions = [
        text
        for one in mistakes
        for text in (f"{one.name}\n{one.said} {one.probability:.1%}", f"{one.method}\nfor {one.said}")
    ]
    sheet = contact_sheet(images, captions, columns=2 * min(_PAIRS, len(mistakes)), tile=_TILE)
    pictures = "1 picture" if count == 1 else f"{count} pictures"
    shown = "" if len(mistakes) == count else f", the {len(mistakes)} surest are shown"
    return PageSection(
        f"{kind}“{first.actual}” called “{first.said}”",
        [
            f"{pictures}{shown}. Beside each: what speaks for “{first.said}”.",
        ],
        figures=[
            PageFigure(
                png_bytes(np.asarray(sheet)),
                f"Pictures of {first.actual} called {first.said}, with their maps",
            )
        ],
    )
