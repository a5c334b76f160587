"""Whole comparisons: what is measured, what is left out and why, what is written."""

import csv
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console
from small_networks import NoPlaces, Plain, noise, seeded
from torch import Tensor
from untouched import untouched

import tapetum
from tapetum.comparison import Plan, case_of, compared, on_trial
from tapetum.comparison.plan import OutOfTimeError, at_most
from tapetum.errors import MethodError, OutputError, PictureError, TargetError
from tapetum.evaluation import CONTROLS, METRICS, Case
from tapetum.network import Network, Preparation
from tapetum.pictures import sample
from tapetum.progress import listening, stage
from tapetum.registry import METHODS
from tapetum.results import Comparison, Faithfulness, Heatmap, Trial

TWO = ["saliency", "gradcam"]


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(seeded(Plain()), Preparation(32, 32), name="plain", engine="torch")


@pytest.fixture(scope="module")
def found(network: Network) -> Comparison:
    return tapetum.compare(network, [sample("cat"), sample("coffee")], TWO)


def test_every_metric_of_every_method_and_control(found: Comparison) -> None:
    assert [row.key for row in found.rows] == [*TWO, *CONTROLS]
    asked = {key for key, metric in METRICS.items() if metric.needs in ("case", "map", "method")}
    assert {metric.key for metric in found.metrics} == asked
    for row in found.rows:
        assert set(row.measured) == asked
        for measured in row.measured.values():
            assert len(measured.values) == 2
            assert measured.mean == pytest.approx(sum(measured.values) / 2, abs=1e-6)
            assert measured.interval is not None
            assert measured.interval[0] - 1e-6 <= measured.mean <= measured.interval[1] + 1e-6
    assert found["gradcam"].seconds > 0
    assert {(one.method, one.metric) for one in found.left_out} == {
        (None, "completeness"),
        (None, "relevance-mass"),
        (None, "relevance-rank"),
    }
    assert "deletion was measured with steps 14" in found.notes


def test_controls_are_beaten_in_the_right_direction(found: Comparison) -> None:
    for metric in found.metrics:
        for row in found.rows:
            for control in CONTROLS:
                if control == row.key:
                    continue
                one, other = row.measured[metric.key].mean, found[control].measured[metric.key].mean
                better = one > other if metric.better == "higher" else one < other
                assert (control in row.measured[metric.key].beats) == better


def test_what_a_comparison_says_is_what_the_metrics_say(network: Network, found: Comparison) -> None:
    inputs = network.inputs([sample("cat"), sample("coffee")])
    case = case_of(network, inputs, None)
    maps = tapetum.gradcam(network, inputs).at_picture_size()
    for key in ("insertion", "sparseness"):
        given = (case, maps) if METRICS[key].needs == "case" else (maps,)
        values = METRICS[key].function(*given, **METRICS[key].quick)
        assert found["gradcam"].measured[key].values == pytest.approx(values.tolist(), abs=1e-4)


def test_the_callers_model_is_untouched() -> None:
    model = seeded(Plain())
    network, batch = Network(model, Preparation(16, 16), engine="torch"), noise((2, 3, 16, 16))
    with untouched(model, batch):
        cases = [_made(network, batch)]
        compared(cases, [(key, {}) for key in TWO], Plan("quick", 60.0))


def test_one_picture_has_no_interval(network: Network) -> None:
    found = tapetum.compare(network, sample("cat"), ["gradcam"])
    assert all(m.interval is None for row in found.rows for m in row.measured.values())
    assert found.to_dict()["rows"][0]["measured"]["deletion"]["low"] is None


def test_a_method_that_does_not_apply_is_named(found: Comparison) -> None:
    network = Network(seeded(NoPlaces()), Preparation(8, 8), engine="torch")
    result = tapetum.compare(network, sample("cat"), TWO)
    assert [row.key for row in result.rows if row.kind == "method"] == ["saliency"]
    (reason,) = [one.reason for one in result.left_out if one.method == "gradcam"]
    assert "no default layer" in reason


def test_a_fault_in_one_method_does_not_lose_the_rest(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(network: Any, pictures: Any, target: Any = None) -> Heatmap:
        raise ZeroDivisionError("nobody thought of that")

    entry = METHODS["saliency"]
    other = type(entry)(**{**vars(entry), "key": "broken", "function": broken})
    monkeypatch.setitem(METHODS, "broken", other)
    result = tapetum.compare(network, sample("cat"), ["broken", "gradcam"])
    assert "gradcam" in [row.key for row in result.rows]
    (reason,) = [one.reason for one in result.left_out if one.method == "broken"]
    assert "ZeroDivisionError: nobody thought of that" in reason


def test_a_quick_comparison_keeps_its_time_and_names_what_it_left_out(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(network: Network, pictures: Any, target: Any = None, *, samples: int = 4000) -> Heatmap:
        with stage("Slow", samples) as advance:
            for _ in range(samples):
                time.sleep(0.02)
                advance(1)
        return tapetum.gradcam(network, pictures, target)

    entry = METHODS["gradcam"]
    other = type(entry)(**{**vars(entry), "key": "slow", "function": slow, "cost": "nF"})
    monkeypatch.setitem(METHODS, "slow", other)
    begin = time.monotonic()
    result = tapetum.compare(network, sample("cat"), ["slow", "gradcam"], seconds=3)
    assert time.monotonic() - begin < 30
    (reason,) = [one.reason for one in result.left_out if one.method == "slow"]
    assert reason.startswith("needs about")
    assert "slow ran with samples 400" in result.notes
    assert "gradcam" in [row.key for row in result.rows]


def test_quick_options_come_from_the_registry_and_the_person_before_that() -> None:
    plan = Plan("quick", 1.0)
    entry = METHODS["gradcam"]
    quick = type(entry)(**{**vars(entry), "quick": {"layer": "a"}})
    assert plan.method_options(quick, {}) == {"layer": "a"}
    assert plan.method_options(quick, {"layer": "b"}) == {"layer": "b"}
    assert Plan("full", None).method_options(quick, {}) == {}


def test_time_is_up() -> None:
    told: list[tuple[str, int, int]] = []

    def long() -> None:
        with at_most(0.2), stage("Long", 1000) as advance:
            for _ in range(1000):
                time.sleep(0.01)
                advance(1)

    with listening(lambda *news: told.append(news)):
        with pytest.raises(OutOfTimeError) as caught:
            long()
        with at_most(None), stage("Short", 1) as advance:
            advance(1)
        with at_most(5.0):  # the pace of the first stage says nothing about those after it
            for _ in range(60):
                with stage("Short", 1000) as advance:
                    time.sleep(0.01)
                    advance(1)
                    advance(999)
    assert caught.value.needs > 5
    assert ("Short", 1, 1) in told
    assert ("Long", 1000, 1000) in told


def test_asked_to_stop_it_keeps_what_is_done(network: Network) -> None:
    answers = iter([False, False, False, False, False, False, False])
    result = tapetum.compare(network, sample("cat"), TWO, stop=lambda: next(answers, True))
    assert {row.key for row in result.rows} == {*TWO, *CONTROLS}
    assert any("interrupted" in one.reason for one in result.left_out)
    assert sum(len(row.measured) for row in result.rows) == 2


def test_progress_is_told(network: Network) -> None:
    told: list[tuple[str, int, int]] = []
    with listening(lambda *news: told.append(news)):
        tapetum.compare(network, sample("cat"), ["gradcam"])
    steps = [done for what, done, total in told if what == "Comparing"]
    assert steps == sorted(steps)
    assert told[-1][0] == "Comparing"


def test_files(found: Comparison, tmp_path: Path) -> None:
    document = json.loads(found.save(tmp_path / "c.json").read_text())
    assert document == json.loads(json.dumps(found.to_dict()))
    rows = list(csv.DictReader(io.StringIO(found.save(tmp_path / "c.csv").read_text())))
    assert [row["key"] for row in rows] == [row.key for row in found.rows]
    assert float(rows[0]["insertion"]) == pytest.approx(found.rows[0].measured["insertion"].mean, rel=1e-4)
    for name in ("c.html", "nowhere/c.json", "c"):
        with pytest.raises(OutputError):
            found.save(tmp_path / name)
    assert "2 methods" in repr(found)


def test_no_cell_of_a_table_is_a_formula(found: Comparison, tmp_path: Path) -> None:
    from dataclasses import replace

    row = replace(found.rows[0], options={"layer": "x"}, title="=1+1")
    text = replace(found, rows=(row,)).save(tmp_path / "c.csv").read_text()
    assert "'=1+1" in text


def test_bad_input(network: Network) -> None:
    for pictures, options, error in (
        ([], {}, PictureError),
        (sample("cat"), {"quality": "best"}, MethodError),
        (sample("cat"), {"seconds": 0}, MethodError),
        (sample("cat"), {"methods": "gradcamm"}, MethodError),
        (sample("cat"), {"target": -1}, TargetError),
    ):
        with pytest.raises(error):
            tapetum.compare(network, pictures, **options)


def test_methods_with_options_in_one_text() -> None:
    from tapetum.workflows import parsed_methods

    assert parsed_methods("saliency:reduction=sum,gradcam:layer=fc,saliency") == [
        ("saliency", {"reduction": "sum"}),
        ("gradcam", {"layer": "fc"}),
        ("saliency", {}),
    ]


# ---- one map on trial ----


def _made(network: Network, batch: Tensor, target: Any = None) -> Case:
    targets = network.aim(network.inputs(batch), target).targets
    return Case(network, batch, targets, torch.zeros_like(batch), batch / 2)


def _trial(deletion: float, insertion: float, start: float = 0.8) -> Trial:
    """Curves of three points with these areas."""
    return Trial((start, 2 * deletion - start / 2, 0.0), (0.0, 2 * insertion - start / 2, start))


@pytest.mark.parametrize(
    ("own", "random", "words"),
    [
        (0.2, 0.5, "faster than hiding"),
        (0.5, 0.2, "more slowly than"),
        (0.4, 0.405, "no faster than"),
    ],
)
def test_words_are_true_to_the_numbers(own: float, random: float, words: str) -> None:
    controls = {"random": _trial(random, 0.4), "edges": _trial(0.7, 0.1), "centre": _trial(own - 0.1, 0.6)}
    trial = Faithfulness(_trial(own, 0.5), controls)
    assert trial.trial.deletion_area == pytest.approx(own)
    hiding, showing = trial.sentences()
    assert words in hiding
    assert "the centre of the picture does better." in hiding
    assert "edge" not in hiding
    assert "brings the score back faster" in showing


def test_a_map_that_marks_nothing_is_told() -> None:
    trial = Faithfulness(_trial(0.4, 0.4), {"random": _trial(0.4, 0.4)}, marks=False)
    assert "nothing to hide" in trial.sentences()[0]


def test_a_planted_network_lets_the_true_map_win(case_of: Callable[..., Case]) -> None:
    """Only one corner decides: a map of that corner beats every control, one of the other corner none."""

    class Corner(torch.nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            z = x[:, :, :8, :8].sum((1, 2, 3))
            return torch.stack([z, -z], 1) / 150

    batch = noise((2, 3, 32, 32)).abs()
    case = case_of(Corner(), batch, 0)
    true, false = torch.zeros(2, 2, 32, 32)
    true[:, :8, :8] = 1
    false[:, 24:, 24:] = 1
    aim = case.network.aim(case.network.inputs(batch), 0)
    heatmaps = [case.network.heatmap("x", maps, case.network.inputs(batch), aim) for maps in (true, false)]
    good, bad = on_trial(case, heatmaps)
    for place in range(2):
        assert all(good[place].deletion(key) == "better" for key in CONTROLS)
        assert all(good[place].insertion(key) == "better" for key in CONTROLS)
        assert bad[place].deletion("random") != "better"
        assert "faster" in good[place].sentences()[0]
        assert "faster than hiding" not in bad[place].sentences()[0].replace("no faster", "")


def test_an_explanation_carries_its_trials(network: Network) -> None:
    pictures = [sample("cat"), sample("coffee")] * 5
    found = tapetum.explain(network, pictures, methods=TWO, targets=[None, 2], faithful=True)
    assert len(found.faithfulness) == len(found.heatmaps) == 4
    assert all(len(one) == 10 for one in found.faithfulness)
    one = found.to_dict()["pictures"][9]["maps"][3]["faithfulness"]
    assert one["hiding"] == found.faithfulness[3][9].sentences()[0]
    assert found.faithfulness[0][0].trial == found.faithfulness[0][8].trial
    plain = tapetum.explain(network, sample("cat"), methods=TWO)
    assert plain.to_dict()["pictures"][0]["maps"][0]["faithfulness"] is None


@pytest.mark.parametrize("width", [60, 80, 120, 220])
def test_the_table_shows_every_number_in_every_terminal(found: Comparison, width: int) -> None:
    held = io.StringIO()
    Console(file=held, width=width).print(found)
    text = held.getvalue()
    assert max(map(len, text.splitlines())) <= width
    for row in found.rows:
        for metric in found.metrics:
            assert f"{row.measured[metric.key].mean:.3f}" in text
    for metric in found.metrics:
        assert f"{metric.title.rpartition('-')[2]} {'↑' if metric.better == 'higher' else '↓'}" in text
