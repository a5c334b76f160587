"""Perturbation methods against their formulas, against captum, and with wrong options."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from oracles import perturbation as oracle
from small_networks import Plain, Residual, noise, seeded
from torch import Tensor, nn

from tapetum.attribution import extremal_perturbation, hsic, kernel_shap, lime, occlusion, rise, sobol
from tapetum.attribution.grids import enlarged, shifted
from tapetum.attribution.hsic import binary
from tapetum.attribution.kernel_shap import coalitions
from tapetum.attribution.segments import superpixels
from tapetum.attribution.sobol import points
from tapetum.errors import MemoryLimitError, MethodError, NonFiniteError
from tapetum.models.torchvision_import import import_timm, import_torchvision
from tapetum.network import Network, Preparation
from tapetum.pictures import sample
from tapetum.registry import METHODS

DOUBLE = torch.float64
FAMILY = [method for method in METHODS.values() if method.family == "perturbation"]
tv, timm = import_torchvision().models, import_timm()


@pytest.fixture(scope="module")
def model() -> nn.Module:
    return seeded(Residual()).double()


@pytest.fixture(scope="module")
def network(model: nn.Module) -> Network:
    return Network(model, Preparation(12, 14, mean=(0.5,), std=(0.25,)))


def scorer(model: nn.Module, target: int) -> oracle.Score:
    def score(picture: Tensor) -> float:
        with torch.no_grad():
            return float(model(picture[None])[0, target])

    return score


# ---- occlusion -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("side", "step"), [(4, 4), (5, 3), (3, 1), (12, 12)])
def test_occlusion_window_by_window(model: nn.Module, network: Network, side: int, step: int) -> None:
    batch = noise((2, 3, 12, 14), dtype=DOUBLE)
    found = occlusion(network, batch, [1, 3], window=side, stride=step, baseline=0.3)
    baseline = torch.full((3, 12, 14), (0.3 - 0.5) / 0.25, dtype=DOUBLE)
    for place, target in enumerate((1, 3)):
        expected = oracle.occlusion(scorer(model, target), batch[place], baseline, side, step)
        assert torch.allclose(found.values[place].double(), expected, rtol=1e-5, atol=1e-8)


def test_occlusion_of_single_pixels_of_a_linear_network() -> None:
    model = seeded(nn.Sequential(nn.Flatten(), nn.Linear(3 * 6 * 5, 4))).double()
    network = Network(model, Preparation(6, 5))
    batch, base = noise((2, 3, 6, 5), dtype=DOUBLE), noise((3, 6, 5), seed=5, dtype=DOUBLE)
    found = occlusion(network, batch, 2, window=1, stride=1, baseline=base)
    weight = model[1].weight[2].detach().view(3, 6, 5)
    assert torch.allclose(found.values.double(), (weight * (batch - base)).sum(1), rtol=1e-5, atol=1e-8)


def test_windows_by_default() -> None:
    for rows, columns, window, stride in ((224, 224, 32, 8), (28, 28, 4, 1), (16, 16, 2, 1), (10, 24, 1, 1)):
        network = Network(
            nn.Sequential(nn.Flatten(), nn.Linear(rows * columns, 2)), Preparation(rows, columns, 1)
        )
        if rows < 100:
            found = occlusion(network, noise((1, 1, rows, columns)), 0)
            assert found.options == {"window": window, "stride": stride, "baseline": "mean"}
        else:
            from tapetum.attribution.occlusion import _window

            assert _window(network, None, None) == (window, stride)


# ---- masks -----------------------------------------------------------------------------------------------


def test_rise_by_its_formula(model: nn.Module, network: Network) -> None:
    batch = noise((2, 3, 12, 14), dtype=DOUBLE)
    masks = shifted(3, 0, 40, cells=3, share=0.4, size=(12, 14)).double()
    options: dict[str, Any] = {"samples": 40, "cells": 3, "share": 0.4, "seed": 3, "baseline": "white"}
    difference = rise(network, batch, 1, **options)
    published = rise(network, batch, 1, weighting="published", memory="200KiB", **options)
    for place in range(2):
        white = torch.full((3, 12, 14), 2.0, dtype=DOUBLE)
        expected = oracle.rise(scorer(model, 1), batch[place], white, masks)
        assert torch.allclose(published.values[place].double(), expected[0], rtol=1e-5, atol=1e-7)
        assert torch.allclose(difference.values[place].double(), expected[1], rtol=1e-5, atol=1e-7)
    assert difference.seed == 3


def test_masks_of_rise() -> None:
    """They do not depend on the chunk, are smooth, show the share asked for, and move by less than a cell."""
    whole = shifted(1, 0, 400, cells=4, share=0.3, size=(21, 30))
    assert torch.equal(whole[17:23], shifted(1, 17, 23, cells=4, share=0.3, size=(21, 30)))
    assert not torch.equal(whole[:5], shifted(2, 0, 5, cells=4, share=0.3, size=(21, 30)))
    assert float(whole.min()) >= 0
    assert float(whole.max()) <= 1 + 1e-6
    assert torch.allclose(whole.mean(0), torch.tensor(0.3), atol=0.1)
    assert float(whole.diff(dim=2).abs().max()) <= 1.0001 / 8


def test_sobol_by_its_formula(model: nn.Module, network: Network) -> None:
    batch = noise((2, 3, 12, 14), dtype=DOUBLE)
    found = sobol(network, batch, [0, 2], design=8, cells=3, seed=4, baseline="grey")
    drawn = points(4, 8, 3).view(10, 8, 3, 3)
    assert float(drawn.min()) >= 0
    assert float(drawn.max()) < 1
    second = torch.stack([drawn[1 + cell, :, cell // 3, cell % 3] for cell in range(9)], 1).view(8, 3, 3)
    for place, target in enumerate((0, 2)):
        score = scorer(model, target)
        picture = batch[place]
        seen = lambda grid: score(enlarged(grid[None].float(), 12, 14)[0].double() * picture)  # noqa: B023, E731
        expected = oracle.total_order(seen, drawn[0], second)
        assert found.values[place].flatten().tolist() == pytest.approx(expected, rel=1e-4)


def test_sobol_of_an_additive_score() -> None:
    """Each cell's share of the variance is its squared weight; they sum to one."""
    weight = torch.tensor([3.0, 1.0, 0.0, -2.0])
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 2, bias=False))
    with torch.no_grad():
        model[1].weight.copy_(torch.stack([weight, torch.zeros(4)]))
    network = Network(model, Preparation(2, 2, 1))
    found = sobol(network, torch.ones(1, 1, 2, 2), 0, design=256, cells=2)
    assert found.values.flatten().tolist() == pytest.approx(
        (weight**2 / (weight**2).sum()).tolist(), abs=0.03
    )


def test_hsic_by_its_formula(model: nn.Module, network: Network) -> None:
    batch = noise((1, 3, 12, 14), dtype=DOUBLE)
    found = hsic(network, batch, 1, samples=25, cells=3, seed=2, baseline="grey")
    drawn = binary(2, 25, 3)
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    assert all(11 <= seen <= 14 for seen in drawn.sum(0).flatten().tolist())
    score = scorer(model, 1)
    scores = np.array([score(enlarged(mask[None].float(), 12, 14)[0].double() * batch[0]) for mask in drawn])
    expected = [oracle.hsic(cell, scores) for cell in drawn.flatten(1).T.numpy()]
    assert found.values.flatten().tolist() == pytest.approx(expected, rel=1e-4)


# ---- superpixels -----------------------------------------------------------------------------------------


def test_superpixels_are_numbered_and_follow_the_picture() -> None:
    network = Network(seeded(Plain()), Preparation(48, 48, mean=(0.5,), std=(0.25,)))
    batch = network.prepare([sample("cat"), sample("coffee")])
    parts = superpixels(network, batch, 30)
    for picture, numbers in zip(batch, parts, strict=True):
        count = int(numbers.max()) + 1
        assert 10 <= count <= 45
        assert numbers.unique().tolist() == list(range(count))
        means = torch.stack([picture[:, numbers == n].mean(1) for n in range(count)], 1)
        assert float((picture - means[:, numbers]).var()) < 0.5 * float(picture.var())
    plain = superpixels(network, torch.zeros(1, 3, 48, 48), 16)
    assert int(plain.max()) + 1 >= 9


@pytest.mark.parametrize("penalty", [None, 0.1])
def test_lime_by_its_normal_equations(model: nn.Module, network: Network, penalty: float | None) -> None:
    batch = noise((2, 3, 12, 14), dtype=DOUBLE)
    found = lime(network, batch, 1, samples=40, segments=6, penalty=penalty, seed=5, baseline="grey")
    from tapetum.attribution.lime import _coalitions

    for place, parts in enumerate(superpixels(network, batch, 6)):
        z = _coalitions(5, 40, int(parts.max()) + 1).numpy()
        assert z[0].all()
        score = scorer(model, 1)
        grey = torch.zeros(3, 12, 14, dtype=DOUBLE)
        scores = np.array([score(oracle.with_parts(batch[place], grey, parts, tuple(row))) for row in z])
        beta = oracle.ridge(z, scores, oracle.lime_weights(z, 0.25), penalty or 1.0)
        assert torch.allclose(
            found.values[place].double(), torch.from_numpy(beta)[parts], rtol=1e-4, atol=1e-8
        )


def test_lime_lasso_leaves_what_matters() -> None:
    """Of a score that looks at the left half alone, the right half gets nothing."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(8 * 16, 2))
    with torch.no_grad():
        model[1].weight.zero_()[0].view(8, 16)[:, :8] = 1.0
    network = Network(model, Preparation(8, 16, 1))
    found = lime(network, torch.ones(1, 1, 8, 16), 0, samples=300, segments=8, model="lasso", penalty=0.2)
    assert float(found.values[0, :, :6].min()) > 1
    assert not found.values[0, :, 12:].any()


def test_kernel_shap_is_shapley_where_all_sets_fit(model: nn.Module, network: Network) -> None:
    batch = noise((2, 3, 12, 14), dtype=DOUBLE)
    found = kernel_shap(network, batch, 1, samples=256, segments=6, baseline="grey")
    score, grey = scorer(model, 1), torch.zeros(3, 12, 14, dtype=DOUBLE)
    for place, parts in enumerate(superpixels(network, batch, 6)):
        count = int(parts.max()) + 1
        assert 2 <= count <= 8
        picture = batch[place]
        values = oracle.shapley(
            lambda z, picture=picture, parts=parts: score(oracle.with_parts(picture, grey, parts, z)), count
        )
        sums = [float(found.values[place][parts == n].double().sum()) for n in range(count)]
        assert sums == pytest.approx(values, rel=1e-4, abs=1e-7)
        assert float(found.values[place].double().sum()) == pytest.approx(
            score(picture) - score(grey), rel=1e-5
        )
    assert float(found.residual.abs().max()) < 1e-6 * float(found.values.abs().sum((1, 2)).max())


def test_kernel_shap_from_samples(model: nn.Module, network: Network) -> None:
    """Least squares under the constraint; and near to Shapley's values with many samples."""
    batch = noise((1, 3, 12, 14), dtype=DOUBLE)
    (parts,) = superpixels(network, batch, 9)
    count = int(parts.max()) + 1
    z = coalitions(7, 101, count)
    assert z.shape == (102 - 2, count)
    assert torch.equal(z[2::2] + z[3::2], torch.ones_like(z[2::2]))
    score, grey = scorer(model, 1), torch.zeros(3, 12, 14, dtype=DOUBLE)
    value = lambda row: score(oracle.with_parts(batch[0], grey, parts, tuple(row)))  # noqa: E731
    scores = np.array([value(row) for row in z.numpy()])
    found = kernel_shap(network, batch, 1, samples=101, segments=9, seed=7, baseline="grey")
    sums = [float(found.values[0][parts == n].double().sum()) for n in range(count)]
    assert sums == pytest.approx(list(oracle.constrained(z.numpy(), scores)), rel=1e-4, abs=1e-7)
    exact = oracle.shapley(value, count)
    assert np.abs(np.array(sums) - exact).max() < 0.05 * np.abs(exact).max()


# ---- extremal perturbation -------------------------------------------------------------------------------


class Square(nn.Module):
    """Looks at one square alone."""

    def forward(self, x: Tensor) -> Tensor:
        inside = x[:, :, 8:16, 20:28].clamp(0, 1).mean((1, 2, 3))
        return torch.stack([inside, -inside], 1) * 10


def test_extremal_perturbation_finds_a_known_square() -> None:
    network = Network(Square(), Preparation(32, 32))
    share = 64 / 1024
    found = extremal_perturbation(
        network, torch.ones(1, 3, 32, 32), 0, areas=[share], steps=80, cells=32, baseline="black"
    )
    mask = found.values[0]
    assert float(mask[8:16, 20:28].mean()) > 0.8
    assert float(mask.mean()) == pytest.approx(share, rel=0.35)
    assert float(mask[:, :16].max()) < 0.05
    both = extremal_perturbation(
        network, torch.ones(2, 3, 32, 32), 0, areas="0.06, 0.2", steps=40, cells=16, baseline="black"
    )
    assert float(both.values[0].mean()) == pytest.approx(0.13, rel=0.3)
    assert torch.allclose(both.values[0], both.values[1], atol=1e-5)


# ---- captum ----------------------------------------------------------------------------------------------

NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "resnet18": tv.resnet18,
    "vgg16": tv.vgg16,
    "densenet121": tv.densenet121,
    "lite0": lambda: timm.create_model("tf_efficientnet_lite0"),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_occlusion_as_captum_has_it(name: str) -> None:
    """By regions, and relative to the map's largest value; float32."""
    captum = pytest.importorskip("captum.attr")
    torch.manual_seed(0)
    model = NETWORKS[name]().eval()
    network = Network(model, Preparation(96, 96), engine="torch")
    assert network.regions(20, range(0, 96, 20), range(0, 96, 20)) is not None
    batch = noise((1, 3, 96, 96))
    with torch.no_grad():
        peer = captum.Occlusion(model)
        theirs = peer.attribute(
            batch, (3, 20, 20), strides=(3, 20, 20), target=3, baselines=0.0, perturbations_per_eval=8
        )[:, 0].double()
    ours = occlusion(network, batch, 3, window=20, stride=20).values.double()
    assert float((ours - theirs).abs().max() / theirs.abs().max()) <= 1e-4


def test_kernel_shap_as_captum_has_it(model: nn.Module, network: Network) -> None:
    """Its exact Shapley values to rounding; its own kernel method comes near with many samples."""
    captum = pytest.importorskip("captum.attr")
    batch = noise((1, 3, 12, 14), dtype=DOUBLE)
    (parts,) = superpixels(network, batch, 5)
    count = int(parts.max()) + 1
    found = kernel_shap(network, batch, 1, samples=2**count, segments=5, baseline="grey")
    ours = torch.stack([found.values[0][parts == n].double().sum() for n in range(count)])[parts]
    mask = parts[None, None].repeat(1, 3, 1, 1)
    given = {"target": 1, "baselines": 0.0, "feature_mask": mask, "perturbations_per_eval": 16}
    with torch.no_grad():
        exact = captum.ShapleyValues(model).attribute(batch, **given)[0, 0]
        torch.manual_seed(0)
        sampled = captum.KernelShap(model).attribute(batch, n_samples=1500, **given)[0, 0]
    assert float((ours - exact).abs().max() / exact.abs().max()) <= 1e-6
    assert float((ours - sampled).abs().max() / exact.abs().max()) <= 0.05


# ---- bad input -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "options", "message"),
    [
        ("occlusion", {"window": 0}, "window is 0"),
        ("occlusion", {"window": 40}, "window is 40"),
        ("occlusion", {"stride": 0}, "stride is 0"),
        ("occlusion", {"window": 2, "stride": 3}, "never be hidden"),
        ("occlusion", {"baseline": torch.zeros(3, 4, 4)}, r"shape \(3, 4, 4\)"),
        ("rise", {"samples": 0}, "samples is 0"),
        ("rise", {"cells": 0}, "cells is 0"),
        ("rise", {"share": 0.0}, "share is 0.0"),
        ("lime", {"segments": 0}, "segments is 0"),
        ("lime", {"samples": 0}, "samples is 0"),
        ("lime", {"penalty": -1.0}, "penalty is -1.0"),
        ("lime", {"width": 0.0}, "width is 0.0"),
        ("kernel-shap", {"segments": 0}, "segments is 0"),
        ("kernel-shap", {"samples": 0}, "samples is 0"),
        ("sobol", {"design": 0}, "design is 0"),
        ("sobol", {"design": 12}, "power of two"),
        ("sobol", {"cells": 0}, "cells is 0"),
        ("hsic", {"samples": 0}, "samples is 0"),
        ("hsic", {"cells": -1}, "cells is -1"),
        ("extremal-perturbation", {"steps": 0}, "steps is 0"),
        ("extremal-perturbation", {"areas": ""}, "areas is ''"),
        ("extremal-perturbation", {"areas": "big"}, "areas is 'big'"),
        ("extremal-perturbation", {"areas": "0.1, 2"}, "areas is 2.0"),
        ("extremal-perturbation", {"cells": 0}, "cells is 0"),
    ],
)
def test_options_out_of_range(network: Network, key: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(MethodError, match=message):
        METHODS[key](network, noise((1, 3, 12, 14), dtype=DOUBLE), 0, **options)


def test_unknown_words(network: Network) -> None:
    import inspect

    batch = noise((1, 3, 12, 14), dtype=DOUBLE)
    with pytest.raises(MethodError, match="no weighting 'odd'"):
        inspect.unwrap(rise)(network, batch, 0, weighting="odd")
    with pytest.raises(MethodError, match="no model 'tree'"):
        inspect.unwrap(lime)(network, batch, 0, model="tree")


@pytest.mark.parametrize("method", FAMILY, ids=lambda m: m.key)
def test_memory_too_small_for_one_picture(network: Network, method: Any) -> None:
    with pytest.raises(MemoryLimitError, match="One picture needs"):
        method(network, noise((1, 3, 12, 14), dtype=DOUBLE), 0, memory="100B")


class Overflows(nn.Module):
    """Finite on bright pictures, infinite where something is dark."""

    def forward(self, x: Tensor) -> Tensor:
        darkest = x.amin((1, 2, 3))
        return torch.stack(
            [1 / torch.where((darkest > 0) & (darkest < 0.5), 0, darkest), x.mean((1, 2, 3))], 1
        )


@pytest.mark.parametrize("method", FAMILY, ids=lambda m: m.key)
def test_an_answer_that_is_not_finite_where_parts_are_hidden(method: Any) -> None:
    network, dark = Network(Overflows(), Preparation(16, 16)), torch.full((3, 16, 16), 0.1)
    with pytest.raises(NonFiniteError, match="NaN or infinity"):
        method(network, torch.ones(1, 3, 16, 16), 0, **method.quick | {"baseline": dark})


def test_baselines_and_options_are_told(network: Network) -> None:
    batch = noise((1, 3, 12, 14), dtype=DOUBLE)
    told = {"blur": "blur", 0.5: 0.5}
    for baseline, words in told.items():
        assert occlusion(network, batch, 0, window=4, baseline=baseline).options["baseline"] == words
    assert occlusion(network, batch, 0, window=4, baseline=batch[0]).options["baseline"] == "a tensor"
    assert occlusion(network, batch, 0, window=4, baseline=sample("cat")).options["baseline"] == "a picture"
    assert METHODS["occlusion"].parse({"window": "4", "baseline": "blur"}) == {
        "window": 4,
        "baseline": "blur",
    }
    assert METHODS["rise"].parse({"samples": "8", "seed": "3"}) == {"samples": 8, "seed": 3}
