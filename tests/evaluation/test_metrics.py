"""Every metric against its formula on a linear network, and what it must say of maps that are known."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from oracles import faithful
from small_networks import Plain, noise, seeded
from torch import Tensor

from tapetum.errors import MemoryLimitError, MethodError
from tapetum.evaluation import CONTROLS, METRICS, Case, area_under, interval
from tapetum.evaluation.completeness import completeness
from tapetum.evaluation.curve import cell_ranks
from tapetum.evaluation.deletion import deletion, deletion_curve
from tapetum.evaluation.impute import filled
from tapetum.evaluation.infidelity import drawn_squares, infidelity
from tapetum.evaluation.insertion import insertion
from tapetum.evaluation.max_sensitivity import max_sensitivity
from tapetum.evaluation.mprt import complexity, mprt
from tapetum.evaluation.randomisation import randomisation, rank_correlation
from tapetum.evaluation.relevance_mass import relevance_mass
from tapetum.evaluation.relevance_rank import relevance_rank
from tapetum.evaluation.road import road
from tapetum.evaluation.sparseness import sparseness


def evidence(case: Case, weight: Tensor) -> Tensor:
    """w∘x, summed over channels: on a linear network the whole truth."""
    return (weight * case.batch).sum(1)


def probability(case: Case, place: int) -> Callable[[Tensor], float]:
    def score(picture: Tensor) -> float:
        return float(torch.softmax(case.network(picture[None]), 1)[0, 0])

    return score


def test_deletion_and_insertion_are_the_area_of_pixel_after_pixel(case: Case, weight: Tensor) -> None:
    maps = evidence(case, weight)
    hidden = deletion(case, maps, steps=144, cell=1)
    shown = insertion(case, maps, steps=144, cell=1)
    for place in range(2):
        order, score = faithful.ranked(maps[place]), probability(case, place)
        falling = faithful.changing(case.batch[place], case.plain[place], order, score)
        rising = faithful.changing(case.blurred[place], case.batch[place], order, score)
        assert float(hidden[place]) == pytest.approx(faithful.area(falling), abs=1e-5)
        assert float(shown[place]) == pytest.approx(faithful.area(rising), abs=1e-5)


def test_the_area_of_a_known_curve() -> None:
    line, parabola = torch.linspace(0, 1, 101), torch.linspace(0, 1, 1001) ** 2
    assert float(area_under(line[None])[0]) == pytest.approx(1 / 2)
    assert float(area_under(parabola[None])[0]) == pytest.approx(1 / 3, abs=1e-6)
    assert area_under(torch.ones(3, 4)).tolist() == [1.0, 1.0, 1.0]


def test_the_true_map_is_the_best_and_its_contrary_the_worst(case: Case, weight: Tensor) -> None:
    truth = evidence(case, weight)
    for metric in ("deletion", "insertion", "road", "infidelity"):
        entry = METRICS[metric]
        best, chance, worst = (
            float(entry.function(case, maps).mean()) for maps in (truth, noise(truth.shape, 9), -truth)
        )
        assert entry.is_better(best, chance), metric
        assert not entry.is_better(worst, chance), metric


def test_curves_begin_and_end_with_the_whole_and_nothing(case: Case, weight: Tensor) -> None:
    curve = deletion_curve(case, evidence(case, weight), steps=7)
    assert curve.shape == (2, 8)
    whole = torch.softmax(case.network(case.batch), 1)[:, 0]
    torch.testing.assert_close(curve[:, 0], whole)
    torch.testing.assert_close(curve[:, -1], torch.full((2,), 0.5))


def test_equal_places_are_hidden_by_chance_and_not_from_the_top() -> None:
    ranks = cell_ranks(torch.zeros(1, 20, 20), 1)[0].float()
    assert sorted(ranks.flatten().tolist()) == list(range(400))
    assert abs(float(ranks[:10].mean() - ranks[10:].mean())) < 40
    flat_but_one = torch.zeros(1, 20, 20)
    flat_but_one[0, 13, 7] = 1
    assert int(cell_ranks(flat_but_one, 1)[0, 13, 7]) == 0


@pytest.mark.parametrize(("rows", "columns", "cell"), [(20, 31, 4), (7, 5, 3), (9, 9, 9), (6, 8, 50)])
def test_squares_of_any_size_cover_the_picture(rows: int, columns: int, cell: int) -> None:
    maps = noise((1, rows, columns))
    ranks = cell_ranks(maps, cell)[0]
    cells = -(-rows // cell) * -(-columns // cell)
    assert sorted(ranks.unique().tolist()) == list(range(cells))
    means = [float(maps[0][ranks == place].mean()) for place in range(cells)]
    assert means == sorted(means, reverse=True)


def test_holes_are_filled_as_the_linear_equations_say() -> None:
    picture, chance = noise((2, 9, 11), seed=3, dtype=torch.float64), np.random.default_rng(4)
    for share in (0.1, 0.6, 0.95):
        holes = torch.from_numpy(chance.random((9, 11)) < share)
        found = filled(picture[None], holes[None], tolerance=1e-8)[0]
        torch.testing.assert_close(found, faithful.imputed(picture, holes), atol=1e-6, rtol=0)


def test_a_picture_that_is_all_hole_or_has_none() -> None:
    picture = noise((2, 1, 8, 8))
    holes = torch.zeros(2, 8, 8, dtype=torch.bool)
    holes[0] = True
    found = filled(picture, holes)
    assert torch.equal(found[1], picture[1])
    assert bool(torch.isfinite(found).all())


def test_a_plane_is_filled_without_a_trace() -> None:
    row, column = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    plane = (row + 2 * column)[None, None].double()
    holes = torch.zeros(1, 16, 16, dtype=torch.bool)
    holes[:, 3:12, 4:13] = True
    torch.testing.assert_close(filled(plane, holes, tolerance=1e-9), plane, atol=1e-5, rtol=0)


def test_road_of_the_weakest_and_of_the_strongest(case: Case, weight: Tensor) -> None:
    maps = evidence(case, weight)
    found = road(case, maps, shares=(0.25,), noise=0.0)
    for place in range(2):
        order, score = faithful.ranked(maps[place]), probability(case, place)
        scores = []
        for chosen in (order[-36:], order[:36]):
            holes = torch.zeros(12, 12, dtype=torch.bool)
            holes[tuple(zip(*chosen, strict=True))] = True
            scores.append(score(faithful.imputed(case.batch[place].double(), holes).float()))
        assert float(found[place]) == pytest.approx((scores[0] - scores[1]) / 2, abs=2e-3)


def test_infidelity_is_what_the_best_scale_leaves(case: Case, weight: Tensor) -> None:
    truth = evidence(case, weight)
    assert infidelity(case, truth, samples=64).tolist() == pytest.approx([0, 0], abs=1e-5)
    assert infidelity(case, 7 * truth, samples=64).tolist() == pytest.approx([0, 0], abs=1e-5)
    assert infidelity(case, -truth, samples=64).tolist() == [1, 1]
    maps = truth + 0.3 * noise(truth.shape, 8)
    found = infidelity(case, maps, samples=16, seed=3)
    for place in range(2):
        sums, falls = [], []
        whole = float(case.network(case.batch)[place, 0])
        for top, left, side in drawn_squares(16, 12, 12, 3):
            where = (slice(top, top + side), slice(left, left + side))
            hidden = case.batch[place].clone()
            hidden[(slice(None), *where)] = 0
            sums.append(float(maps[place][where].sum()))
            falls.append(whole - float(case.network(hidden[None])[0, 0]))
        assert float(found[place]) == pytest.approx(faithful.unexplained(sums, falls), abs=1e-3)


def test_sparseness_is_the_gini_index() -> None:
    maps = noise((3, 5, 6))
    found = sparseness(maps)
    for place in range(3):
        assert float(found[place]) == pytest.approx(faithful.gini(maps[place].flatten().tolist()), abs=1e-5)
    single = torch.zeros(1, 10, 10)
    assert sparseness(single).tolist() == [0]
    assert sparseness(torch.ones(1, 10, 10)).tolist() == pytest.approx([0], abs=1e-6)
    single[0, 3, 3] = -2
    assert sparseness(single).tolist() == pytest.approx([0.99])


def test_completeness_is_relative_to_what_was_promised() -> None:
    maps = torch.tensor([[[1.0, 2.0]], [[1.0, -3.0]]])
    assert completeness(maps, torch.tensor([0.5, 0.0])).tolist() == pytest.approx([0.2, 0.0])


def test_relevance_inside_a_mask() -> None:
    maps = torch.tensor([[[4.0, 1.0], [-9.0, 3.0]]])
    mask = torch.tensor([[[True, False], [True, True]]])
    assert relevance_mass(maps, mask).tolist() == [7 / 8]
    assert relevance_rank(maps, mask).tolist() == pytest.approx([2 / 3])
    assert relevance_mass(-maps.abs(), mask).tolist() == [0]
    assert relevance_rank(maps, mask & False).tolist() == [0]
    assert relevance_mass(torch.ones(1, 2, 2), mask).tolist() == pytest.approx([0.75])


def test_rank_correlation_and_complexity() -> None:
    first = noise((2, 6, 6)).round(decimals=1)
    second = (first + noise((2, 6, 6), 2)).round(decimals=1)
    found = rank_correlation(first, second)
    for place in range(2):
        lists = first[place].flatten().tolist(), second[place].flatten().tolist()
        assert float(found[place]) == pytest.approx(faithful.spearman(*lists), abs=1e-6)
        assert float(complexity(first)[place]) == pytest.approx(faithful.entropy(lists[0]), abs=1e-4)
    assert rank_correlation(first, 3 * first + 1).tolist() == pytest.approx([1, 1])
    flat = torch.zeros(2, 6, 6)
    assert rank_correlation(first, flat).tolist() == [0, 0]
    assert rank_correlation(flat, flat).tolist() == [1, 1]
    assert complexity(flat).tolist() == [0, 0]


def test_a_map_that_ignores_the_network_is_caught(case_of: Callable[..., Case]) -> None:
    case = case_of(seeded(Plain()), noise((2, 3, 16, 16)))
    edges = CONTROLS["edges"].function

    def ignorant(network: Any, batch: Tensor, targets: Any) -> Tensor:
        return edges(batch)

    def honest(network: Any, batch: Tensor, targets: Any) -> Tensor:
        return network.gradient(network.inputs(batch), targets).values.abs().amax(1)

    blind = ignorant(None, case.batch, None)
    assert randomisation(case, blind, ignorant, stops=2).tolist() == pytest.approx([1, 1])
    assert mprt(case, blind, ignorant).tolist() == [0, 0]
    seeing = honest(case.network, case.batch, case.targets)
    assert float(randomisation(case, seeing, honest, stops=2).max()) < 0.7
    assert bool((mprt(case, seeing, honest) != 0).all())


def test_max_sensitivity_on_a_linear_network_is_that_of_the_formula(case: Case, weight: Tensor) -> None:
    def gradient(network: Any, batch: Tensor, targets: Any) -> Tensor:
        return weight.abs().amax(0).expand(len(batch), -1, -1)

    def brightness(network: Any, batch: Tensor, targets: Any) -> Tensor:
        return batch.sum(1)

    assert max_sensitivity(case, gradient(None, case.batch, None), gradient).tolist() == [0, 0]
    maps = brightness(None, case.batch, None)
    found = max_sensitivity(case, maps, brightness, samples=3, radius=0.1, seed=2)
    for place in range(2):
        ratios = []
        for sample in range(3):
            drawn = np.random.default_rng([2, sample]).uniform(-1, 1, (3, 12, 12)).astype(np.float32)
            change = 0.1 * float(case.batch[place].std()) * torch.from_numpy(drawn).sum(0)
            ratios.append(float(change.norm() / maps[place].norm()))
        assert float(found[place]) == pytest.approx(max(ratios), rel=1e-4)


def test_chunks_and_batches_change_nothing(case: Case, weight: Tensor) -> None:
    maps = evidence(case, weight)
    small = Case(case.network, case.batch, case.targets, case.plain, case.blurred, memory=40_000)
    for key in ("deletion", "insertion", "road", "infidelity"):
        function = METRICS[key].function
        together = function(case, maps)
        torch.testing.assert_close(function(small, maps), together, atol=1e-4, rtol=1e-4)
        for place in range(2):
            one = slice(place, place + 1)
            alone = Case(case.network, case.batch[one], case.targets[one], case.plain[one], case.blurred[one])
            torch.testing.assert_close(function(alone, maps[one]), together[one], atol=1e-4, rtol=1e-4)


def test_confidence_of_every_kind_of_target(case_of: Callable[..., Case]) -> None:
    model, batch = seeded(Plain()), noise((2, 3, 16, 16))
    logits = model(batch).detach()
    maps = noise((2, 16, 16))
    for target, wanted in (
        (3, torch.softmax(logits, 1)[:, 3]),
        ("class 1 - class 2", torch.sigmoid(logits[:, 1] - logits[:, 2])),
        (["class 1 - class 2", 0], None),
        (lambda z: z[:, 0] - 5, logits[:, 0] - 5),
    ):
        curve = deletion_curve(case_of(model, batch, target), maps, steps=2)
        if wanted is not None:
            torch.testing.assert_close(curve[:, 0], wanted, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("key", "options"),
    [
        ("deletion", {"steps": 0}),
        ("insertion", {"cell": 0}),
        ("road", {"shares": ()}),
        ("road", {"shares": (0.5, 1.0)}),
        ("infidelity", {"samples": 1}),
    ],
)
def test_options_out_of_range(case: Case, key: str, options: dict[str, Any]) -> None:
    with pytest.raises(MethodError, match="Give"):
        METRICS[key].function(case, noise((2, 12, 12)), **options)


def test_options_of_metrics_that_ask_again(case: Case) -> None:
    maps = noise((2, 12, 12))
    for key, options in (("max-sensitivity", {"samples": 0}), ("randomisation", {"stops": 0})):
        with pytest.raises(MethodError, match="Give"):
            METRICS[key].function(case, maps, lambda network, batch, targets: maps, **options)


def test_too_little_memory_for_one_picture(case: Case) -> None:
    tight = Case(case.network, case.batch, case.targets, case.plain, case.blurred, memory=8)
    with pytest.raises(MemoryLimitError):
        deletion(tight, noise((2, 12, 12)))


@pytest.mark.parametrize("key", CONTROLS)
def test_controls_know_only_the_picture(key: str) -> None:
    batch = noise((2, 3, 24, 32))
    for maps in CONTROLS[key].maps(batch):
        assert maps.shape == (2, 24, 32)
        assert bool((maps >= 0).all())
        assert bool(maps.any())
    assert all(map(torch.equal, CONTROLS[key].maps(batch), CONTROLS[key].maps(batch)))


def test_edges_are_where_brightness_changes() -> None:
    batch = torch.zeros(1, 1, 8, 8)
    batch[..., 4:] = 1
    found = CONTROLS["edges"].function(batch)[0]
    assert set(found.amax(0).nonzero().flatten().tolist()) == {3, 4}
    assert float(found.max()) == pytest.approx(0.5)


def test_the_interval_of_a_mean() -> None:
    values = noise((400,), 2) + 3
    low, high = interval(values) or (0, 0)
    wide = 1.96 * float(values.std()) / 20
    assert low == pytest.approx(float(values.mean()) - wide, abs=0.03)
    assert high == pytest.approx(float(values.mean()) + wide, abs=0.03)
    assert interval(values) == interval(values)
    assert interval(values[:1]) is None
    assert interval(torch.ones(5)) == (1, 1)


def test_the_table_is_complete() -> None:
    for key, metric in METRICS.items():
        assert metric.key == key
        assert metric.function.__name__ == key.replace("-", "_")
        assert metric.punishes
        assert metric.reference
        documented = metric.function.__doc__ or ""
        assert "Args:" in documented
        assert "Reference:" in documented
        assert (metric.reruns(metric.quick) > 0) == (metric.needs == "method")
