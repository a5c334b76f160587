"""What became of a verdict while a picture was hidden, or shown, in the order of a map; and in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

_CLEAR = 0.02
"""Difference of areas, as a share of the confidence in the whole picture, below which two are alike."""

Outcome = Literal["better", "alike", "worse"]


@dataclass(frozen=True)
class Trial:
    """The confidence in the target while a picture is hidden and while it is shown, at equal shares.

    `deletion[k]` is left when the strongest k / (n − 1) of the places are hidden, `insertion[k]` is reached
    when only they are shown. The areas are the curves' mean heights.
    """

    deletion: tuple[float, ...]
    insertion: tuple[float, ...]

    @property
    def deletion_area(self) -> float:
        return _area(self.deletion)

    @property
    def insertion_area(self) -> float:
        return _area(self.insertion)


@dataclass(frozen=True)
class Faithfulness:
    """One map of one picture on trial, beside the controls: maps that know nothing of the network."""

    trial: Trial
    controls: Mapping[str, Trial]
    marks: bool = True
    """Whether the map has positive evidence, so that there is something to hide."""

    @property
    def scale(self) -> float:
        """The confidence in the whole picture: what can be lost."""
        return max(abs(self.trial.deletion[0]), 1e-12)

    def deletion(self, control: str) -> Outcome:
        """Whether hiding what the map marks lowers the confidence faster than what the control marks."""
        return self._outcome(self.controls[control].deletion_area - self.trial.deletion_area)

    def insertion(self, control: str) -> Outcome:
        """Whether showing what the map marks raises the confidence faster than what the control marks."""
        return self._outcome(self.trial.insertion_area - self.controls[control].insertion_area)

    def sentences(self) -> tuple[str, str]:
        """What hiding shows, and what showing shows, for people."""
        if not self.marks:
            return (
                "The map marks nothing that speaks for this class, so there is nothing to hide.",
                "There is nothing to show either.",
            )
        return (
            _WORDS["deletion", self.deletion("random")] + self._others("deletion"),
            _WORDS["insertion", self.insertion("random")] + self._others("insertion"),
        )

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, without the curves."""
        hiding, showing = self.sentences()
        return {
            "deletion": self.trial.deletion_area,
            "insertion": self.trial.insertion_area,
            "controls": {
                key: {"deletion": trial.deletion_area, "insertion": trial.insertion_area}
                for key, trial in self.controls.items()
            },
            "hiding": hiding,
            "showing": showing,
        }

    def _outcome(self, gain: float) -> Outcome:
        limit = _CLEAR * self.scale
        return "better" if gain > limit else "worse" if gain < -limit else "alike"

    def _others(self, kind: str) -> str:
        """Which of the other controls do as well or better."""
        outcome = self.deletion if kind == "deletion" else self.insertion
        found = {key: outcome(key) for key in self.controls if key != "random"}
        parts = []
        for which, words in (("worse", "better"), ("alike", "as well")):
            keys = [_NAMES.get(key, key) for key, value in found.items() if value == which]
            if keys:
                parts.append(f"{' and '.join(keys)} {'do' if len(keys) > 1 else 'does'} {words}")
        if not parts:
            return "."
        link = "but" if outcome("random") == "better" else "and"
        return f"; {link} {', '.join(parts)}."


_NAMES = {"edges": "an edge detector", "centre": "the centre of the picture"}
_WORDS = {
    (
        "deletion",
        "better",
    ): "Hiding what this map marks lowers the score faster than hiding the same share at random",
    (
        "deletion",
        "alike",
    ): "Hiding what this map marks lowers the score no faster than hiding the same share at random",
    (
        "deletion",
        "worse",
    ): "Hiding what this map marks lowers the score more slowly than hiding the same share at random",
    (
        "insertion",
        "better",
    ): "Showing only what it marks brings the score back faster than showing the same share at random",
    (
        "insertion",
        "alike",
    ): "Showing only what it marks brings the score back no faster than showing the same share at random",
    (
        "insertion",
        "worse",
    ): "Showing only what it marks brings the score back more slowly than showing the same share at random",
}


def _area(curve: tuple[float, ...]) -> float:
    return (sum(curve) - (curve[0] + curve[-1]) / 2) / (len(curve) - 1)
