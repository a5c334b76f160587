"""The table of lessons, and those that tell of the embedded network."""

from pathlib import Path

import pytest

from tapetum.errors import LessonError, OutputError
from tapetum.lessons import LESSONS, lesson
from tapetum.results import PageFigure, PageSection, PageTable, Story


def test_every_lesson_has_its_module() -> None:
    for one in LESSONS.values():
        assert callable(one.run)
        assert one.title
        assert one.about.endswith(".")


def test_an_unknown_lesson_lists_the_nearest() -> None:
    with pytest.raises(LessonError, match="nearest: fooled"):
        lesson("foled")


def test_data_for_a_lesson_that_takes_none_is_refused() -> None:
    with pytest.raises(LessonError, match="takes no data"):
        lesson("fooled", data="x.h5")


def story() -> Story:
    hostile = "<img src=x onerror=alert(1)>"
    section = PageSection(
        hostile,
        (hostile,),
        (PageTable("t", ("a",), ((hostile,),)),),
        (PageFigure(b"GIF89a", hostile, "c", "gif"),),
    )
    return Story("small", hostile, "lead", (section,), {"one": 1.0})


def test_a_story_is_a_page_in_which_text_stays_text(tmp_path: Path) -> None:
    page = story().save(tmp_path / "story.html").read_text()
    assert "<img src=x" not in page
    assert "data:image/gif;base64,R0lGODlh" in page
    assert "tapetum lesson small" in page


def test_a_story_is_plain_data_too(tmp_path: Path) -> None:
    assert story().to_dict()["numbers"] == {"one": 1.0}
    with pytest.raises(OutputError, match=r"ends in \.html or \.json"):
        story().save(tmp_path / "story.txt")


def test_the_journey_ends_at_the_egyptian_cat() -> None:
    numbers = lesson("journey").numbers
    assert numbers["probability"] == pytest.approx(0.381, abs=0.01)
    assert numbers["zeros_last"] > numbers["zeros_first"]
    assert numbers["last_maps"] > 30 * numbers["first_maps"]
    assert 0 < numbers["share_explained"] < 1


def test_the_network_recognises_what_it_wants() -> None:
    numbers = lesson("what-it-wants").numbers
    for name in ("leopard", "zebra", "daisy"):
        assert numbers[f"rank_{name}"] == 1
        assert numbers[f"probability_{name}"] > 0.5
    assert numbers["both_named"] == 2


def test_the_network_is_fooled_by_what_nobody_sees() -> None:
    numbers = lesson("fooled").numbers
    assert 1 <= numbers["epsilon"] <= 2
    assert numbers["largest"] <= 4
    assert (numbers["fooled"], numbers["survives"]) == (1, 1)
    assert numbers["panda_before"] < 0.01 < 0.5 < numbers["panda_after"]
    assert numbers["still_in_halves"] >= 5
