"""What a classifier's scores say, in plain words."""

from typing import TYPE_CHECKING

from tapetum.pictures import printable
from tapetum.results.words import percent

if TYPE_CHECKING:
    from tapetum.results.scores import Scores

_SURE = 0.05
"""An expected calibration error from which on a network counts as too sure, or not sure enough."""


def sentences(scores: "Scores") -> tuple[str, ...]:
    """What the numbers say, in plain words."""
    low, high = scores.interval
    found = [
        f"{scores.network.name} is right on {scores.correct} of {scores.pictures} pictures of {scores.data}: "
        f"{percent(scores.accuracy, 1)} (95 % interval {percent(low, 1)} to {percent(high, 1)}). Always "
        f"saying “{max(scores.classes, key=lambda one: one.pictures).label}” would be right on "
        f"{percent(scores.base_rate, 1)}.",
        _confused(scores),
        _calibrated(scores),
    ]
    if scores.skipped:
        found.append(f"Left out of all numbers: {_counted(len(scores.skipped))} that could not be read.")
    if scores.unanswered:
        found.append(
            f"Left out of all numbers: {_counted(len(scores.unanswered))} for which the network answers NaN "
            f"or infinity, the first at place {scores.unanswered[0]}."
        )
    return tuple(printable(words, 400) for words in (*found, *scores.notes))


def _confused(scores: "Scores") -> str:
    wrong = scores.wrong()
    if not wrong:
        return "It confuses nothing."
    if scores.positive is not None and len(wrong) <= 2 and scores.matrix()[:, 2].sum() == 0:
        no, yes = (one.label for one in scores.classes)
        return (
            f"“{yes}” is the positive class. False positives, “{no}” called “{yes}”: {scores.count(0, 1)}. "
            f"False negatives, “{yes}” called “{no}”: {scores.count(1, 0)}."
        )
    most = wrong[0]
    worst = min((one for one in scores.classes if one.recall is not None), key=lambda one: one.recall or 0.0)
    return (
        f"Its most frequent mistake: {_counted(most.count)} of “{most.actual}” called “{most.said}”. "
        f"It finds “{worst.label}” least often, {percent(worst.recall or 0.0, 1)} of its pictures."
    )


def _calibrated(scores: "Scores") -> str:
    words = (
        f"It is {percent(scores.confidence, 1)} sure on average and right in {percent(scores.accuracy, 1)}; "
        f"the expected calibration error is {scores.calibration_error:.3f}"
    )
    if scores.calibration_error < _SURE:
        return f"{words}: its probabilities may be taken at their word."
    if abs(scores.confidence - scores.accuracy) < scores.calibration_error / 2:
        return f"{words}: too sure of some pictures, not sure enough of others."
    return f"{words}: it is {'too sure' if scores.confidence > scores.accuracy else 'not sure enough'}."


def _counted(count: int) -> str:
    return f"{count} picture{'' if count == 1 else 's'}"
