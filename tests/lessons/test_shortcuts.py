"""The lesson on shortcuts: high scores that fail, and what gives them away."""

from pathlib import Path

import pytest

from tapetum.lessons import lesson
from tapetum.results import Story

CLUES = {"tank": "brightness", "sea": "share of blue", "verge": "share of green"}


@pytest.fixture(scope="module")
def story() -> Story:
    return lesson("shortcuts")


@pytest.mark.parametrize("world", CLUES)
def test_the_score_is_high_and_fails_when_swapped(story: Story, world: str) -> None:
    assert story.numbers[f"{world}: accuracy"] >= 0.95
    assert story.numbers[f"{world}: accuracy, swapped"] <= 0.1


@pytest.mark.parametrize("world", CLUES)
def test_heatmaps_and_simple_numbers_tell(story: Story, world: str) -> None:
    numbers = {name.removeprefix(f"{world}: "): value for name, value in story.numbers.items()}
    assert numbers["evidence on the thing"] < 2 * numbers["area of the thing"]
    assert numbers["cured evidence on the thing"] > 1.3 * numbers["evidence on the thing"]
    assert numbers["cured evidence on the thing"] > 2 * numbers["area of the thing"]
    assert numbers[f"by {CLUES[world]}"] >= 0.95
    assert numbers[f"p of {CLUES[world]}"] <= 0.05
    assert numbers[f"cured by {CLUES[world]}"] < 0.65


@pytest.mark.parametrize("world", CLUES)
def test_the_cure_holds_in_both_tests(story: Story, world: str) -> None:
    assert story.numbers[f"{world}: cured accuracy"] >= 0.75
    assert story.numbers[f"{world}: cured accuracy, swapped"] >= 0.75


def test_the_page(story: Story, tmp_path: Path) -> None:
    assert len(story.parts) == 4
    assert all(len(sentence) <= 400 for part in story.parts for sentence in part.sentences)
    assert all(len(part.figures) == 2 for part in story.parts[:3])
    assert story.save(tmp_path / "shortcuts.html").stat().st_size > 100_000
