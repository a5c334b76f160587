"""Saliency: tapetum, captum and a plain autograd loop on the same photographs and classes."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from benchmarks.contest import NOTE, Contender, contest
from benchmarks.networks import RACED, Subject, photographs, subject
from benchmarks.settings import Answer, Explain, settings
from benchmarks.table import Row, Section
from benchmarks.timing import Effort
from tapetum.attribution import saliency
from tapetum.network import Network

_BAR = 1.7
_CAPTUM = 0.8


def run(names: Sequence[str] = RACED, effort: Effort = Effort()) -> list[Section]:  # noqa: B008
    """One section per batch size."""
    rows: dict[int, list[Row]] = {16: [], 1: []}
    for name in names:
        chosen = subject(name)
        network = chosen.network("torch")
        for count in rows:
            batch = photographs(network, count)
            rows[count] += contest(name, chosen.module, batch, _contenders(chosen, network, batch), effort)
    return [Section(f"Saliency, batch {count}", tuple(found), NOTE) for count, found in rows.items()]


def _contenders(chosen: Subject, network: Network, batch: Tensor) -> list[Contender]:
    bar = _BAR if len(batch) == 16 else None
    return [
        Contender("tapetum", {"": _tapetum(network, batch)}, bar=bar),
        Contender("captum", settings(_captum, chosen.module, batch), rival=_CAPTUM),
        Contender("plain autograd", settings(_autograd, chosen.module, batch)),
    ]


def _tapetum(network: Network, batch: Tensor) -> Explain:
    def explain() -> Answer:
        inputs = network.inputs(batch)
        heatmap = saliency(network, inputs)
        classes = torch.zeros(len(batch), len(network.labels))
        predicted = torch.tensor([target.indices[0] for target in heatmap.targets])
        return Answer(classes.scatter(1, predicted[:, None], 1.0), heatmap.values)

    return explain


def _captum(module: nn.Module, batch: Tensor) -> Explain:
    from captum.attr import Saliency

    seen: list[Tensor] = []

    def predicted(pictures: Tensor) -> Tensor:
        """The score of the predicted class; captum's own forward pass tells the logits."""
        seen.append(module(pictures))
        return seen[-1].amax(1)

    method = Saliency(predicted)
    leaf = batch.clone().requires_grad_()

    def explain() -> Answer:
        seen.clear()
        maps = method.attribute(leaf).amax(1)
        return Answer(seen[0].detach(), maps.detach())

    return explain


def _autograd(module: nn.Module, batch: Tensor) -> Explain:
    leaf = batch.clone().requires_grad_()

    def explain() -> Answer:
        logits = module(leaf)
        (gradient,) = torch.autograd.grad(logits.amax(1).sum(), leaf)
        return Answer(logits.detach(), gradient.abs().amax(1))

    return explain
