"""Relevance propagation against zennit, DeepLIFT against captum, on the same photographs and classes."""

import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from benchmarks.contest import NOTE, Contender, contest
from benchmarks.modular import modular
from benchmarks.networks import RACED, Subject, photographs, subject
from benchmarks.settings import Answer, Explain, settings
from benchmarks.table import Row, Section
from benchmarks.timing import Effort
from tapetum.attribution import deeplift, lrp
from tapetum.network import Inputs, Network
from tapetum.results import Heatmap

_BATCH = 16
_BAR = 0.7
_CONVERGES = """captum gets the network with separate modules. It has no rule for ReLU6 (lite0), and at max
poolings behind a ReLU its contributions do not sum to the score: there the maps differ."""


def run(names: Sequence[str] = RACED, effort: Effort = Effort()) -> list[Section]:  # noqa: B008
    """One section per method."""
    rows: dict[str, list[Row]] = {"lrp": [], "deeplift": []}
    for name in names:
        chosen = subject(name)
        network = chosen.network("torch")
        batch = photographs(network, _BATCH)
        for method, contenders in (
            ("lrp", _propagation(chosen, network, batch)),
            ("deeplift", _differences(chosen, network, batch)),
        ):
            rows[method] += contest(name, chosen.module, batch, contenders, effort)
    return [
        Section(f"LRP EpsilonPlusFlat, batch {_BATCH}", tuple(rows["lrp"]), NOTE),
        Section(f"DeepLIFT, batch {_BATCH}", tuple(rows["deeplift"]), f"{NOTE}\n{_CONVERGES}"),
    ]


def _propagation(chosen: Subject, network: Network, batch: Tensor) -> list[Contender]:
    from zennit.layer import Sum

    peer = modular(copy.deepcopy(chosen.module), Sum)
    return [
        Contender("tapetum", {"": _tapetum(network, batch, lrp)}),
        Contender("zennit", settings(_zennit, peer, batch), rival=_BAR),
    ]


def _differences(chosen: Subject, network: Network, batch: Tensor) -> list[Contender]:
    peer = modular(copy.deepcopy(chosen.module))
    return [
        Contender("tapetum", {"": _tapetum(network, batch, deeplift)}),
        Contender("captum", settings(_captum, peer, batch), rival=_BAR),
    ]


def _tapetum(network: Network, batch: Tensor, method: Callable[[Network, Inputs], Heatmap]) -> Explain:
    def explain() -> Answer:
        heatmap = method(network, network.inputs(batch))
        predicted = torch.tensor([target.indices[0] for target in heatmap.targets])
        classes = torch.zeros(len(batch), len(network.labels))
        return Answer(classes.scatter(1, predicted[:, None], 1.0), heatmap.values)

    return explain


def _zennit(module: nn.Module, batch: Tensor) -> Explain:
    from zennit.composites import EpsilonPlusFlat

    composite = EpsilonPlusFlat()
    leaf = batch.clone().requires_grad_()

    def explain() -> Answer:
        with composite.context(module) as explained:
            logits = explained(leaf)
            best, places = logits.detach().max(1, keepdim=True)
            start = torch.zeros_like(logits).scatter(1, places, best)
            (relevance,) = torch.autograd.grad(logits, leaf, start)
        return Answer(logits.detach(), relevance.sum(1))

    return explain


def _captum(module: nn.Module, batch: Tensor) -> Explain:
    from captum.attr import DeepLift

    seen: list[Tensor] = []

    class Predicted(nn.Module):
        """The score of the class predicted for the picture, for picture and baseline alike."""

        def __init__(self) -> None:
            super().__init__()
            self.module = module

        def forward(self, both: Tensor) -> Tensor:
            seen.append(self.module(both))
            half = len(seen[-1]) // 2
            places = seen[-1][:half].argmax(1).repeat(2)
            return seen[-1].gather(1, places[:, None])[:, 0]

    method = DeepLift(Predicted())
    leaf = batch.clone().requires_grad_()

    def explain() -> Answer:
        seen.clear()
        maps = method.attribute(leaf, torch.zeros_like(leaf))
        return Answer(seen[0].detach()[: len(batch)], maps.sum(1).detach())

    return explain
