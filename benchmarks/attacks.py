"""Attacks beside torchattacks and foolbox: who is fooled, by how much, and in which time.

Runs where these are: `.venv-peers/bin/python -m benchmarks.attacks`, after `make peers`.
"""

import argparse
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

import tapetum
from benchmarks.networks import frozen, photographs, subject
from benchmarks.table import Row, Section, show
from benchmarks.timing import Effort, race
from tapetum.attacks import LEVELS, Goal, Subject, find_attack
from tapetum.attacks.norms import length
from tapetum.network import Network

PICTURES, TIMED = 12, 6
ONE = 1 / LEVELS
Attack = Callable[[Tensor, Tensor], Tensor]
"""Changed pixels of pixels in 0..1 and the classes that the network names."""

_NOTE = f"""lite0 with its real weights, {PICTURES} photographs (six, and the same mirrored), pixels in 0..1
before they are rounded to whole levels. Fooled: the share whose verdict changes. Margin: by how much the
strongest other class leads, on average. Length: the mean Euclidean length of the change. Apart: the largest
difference of any pixel to tapetum's, in levels. Random starts differ between libraries. DeepFool and
Carlini-Wagner on {TIMED}; torchattacks' DeepFool differentiates all 1000 classes and is left out."""
_TIMES = f"""Time of the same work on {TIMED} photographs, interleaved; calm: turns in which nothing else ran.
DeepFool and Carlini-Wagner stop by different rules and are not timed against each other."""


@dataclass(frozen=True)
class Contest:
    """One attack with the same budget, steps and step size in every library."""

    title: str
    ours: Mapping[str, Any]
    peers: Mapping[str, Callable[[nn.Module], Attack]]
    shortest: bool = False


class Normalised(nn.Module):
    """A network that reads pixels in 0..1."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, pixels: Tensor) -> Tensor:
        logits: Tensor = self.module((pixels - 0.5) / 0.5)
        return logits


def _torchattacks(name: str, **options: Any) -> Callable[[nn.Module], Attack]:
    def made(module: nn.Module) -> Attack:
        import torchattacks

        attack = getattr(torchattacks, name)(module, **options)
        found: Attack = attack
        return found

    return made


def _foolbox(name: str, epsilon: float | None, **options: Any) -> Callable[[nn.Module], Attack]:
    def made(module: nn.Module) -> Attack:
        import foolbox

        model = foolbox.PyTorchModel(module, bounds=(0, 1))
        attack = getattr(foolbox.attacks, name)(**options)

        budget = {} if epsilon is None else {"epsilon": epsilon}

        def run(pixels: Tensor, said: Tensor) -> Tensor:
            found: Tensor = attack.run(model, pixels, foolbox.criteria.Misclassification(said), **budget)
            return found

        return run

    return made


CONTESTS = (
    Contest(
        "FGSM, 1/255",
        {"method": "fgsm", "epsilon": ONE},
        {
            "torchattacks": _torchattacks("FGSM", eps=ONE),
            "foolbox": _foolbox("LinfFastGradientAttack", ONE),
        },
    ),
    Contest(
        "Iterative FGSM, 1/255, 10 steps of 0.1/255",
        {"method": "iterative-fgsm", "epsilon": ONE, "steps": 10, "step_size": ONE / 10},
        {
            "torchattacks": _torchattacks("BIM", eps=ONE, alpha=ONE / 10, steps=10),
            "foolbox": _foolbox(
                "LinfBasicIterativeAttack", ONE, steps=10, abs_stepsize=ONE / 10, random_start=False
            ),
        },
    ),
    Contest(
        "PGD, 1/255, 10 steps of 0.25/255",
        {"method": "pgd", "epsilon": ONE, "steps": 10, "step_size": ONE / 4},
        {
            "torchattacks": _torchattacks("PGD", eps=ONE, alpha=ONE / 4, steps=10),
            "foolbox": _foolbox("LinfPGD", ONE, steps=10, abs_stepsize=ONE / 4),
        },
    ),
    Contest(
        "PGD, length 0.25, 10 steps of 0.05",
        {"method": "pgd", "norm": "l2", "epsilon": 0.25, "steps": 10, "step_size": 0.05},
        {
            "torchattacks": _torchattacks("PGDL2", eps=0.25, alpha=0.05, steps=10),
            "foolbox": _foolbox("L2PGD", 0.25, steps=10, abs_stepsize=0.05),
        },
    ),
    Contest(
        "DeepFool, 10 classes, overshoot 0.02",
        {"method": "deepfool", "classes": 10},
        {"foolbox": _foolbox("L2DeepFoolAttack", None, steps=50, candidates=10, overshoot=0.02)},
        shortest=True,
    ),
    Contest(
        "Carlini-Wagner, 3 weights, 20 steps of 0.01",
        {"method": "carlini-wagner", "searches": 3, "steps": 20, "step_size": 0.01},
        {
            "torchattacks, 60 steps": _torchattacks("CW", c=1, steps=60, lr=0.01),
            "foolbox": _foolbox(
                "L2CarliniWagnerAttack",
                None,
                binary_search_steps=3,
                steps=20,
                stepsize=0.01,
                initial_const=1.0,
            ),
        },
        shortest=True,
    ),
)


def _tapetum(network: Network, contest: Contest) -> Attack:
    options = dict(contest.ours)
    method, norm, epsilon = (options.pop(name, None) for name in ("method", "norm", "epsilon"))
    chosen = find_attack(method)
    run = network.follow([network.output])

    def attack(pixels: Tensor, said: Tensor) -> Tensor:
        subject_, goal = Subject(network, pixels, run), Goal(said)
        if not chosen.budgeted:
            return chosen.function(subject_, goal, **options)
        budget = torch.full((len(pixels),), epsilon)
        return chosen.function(subject_, goal, epsilon=budget, norm=norm or "linf", **options)

    return attack


def parity(contest: Contest, network: Network, module: nn.Module, pixels: Tensor, said: Tensor) -> Section:
    """What every library makes of the same pictures."""
    attacks = {"tapetum": _tapetum(network, contest)}
    attacks |= {name: make(module) for name, make in contest.peers.items()}
    found: dict[str, Tensor] = {}
    for name, attack in attacks.items():
        torch.manual_seed(0)
        found[name] = attack(pixels, said).detach()
    rows = []
    for name, changed in found.items():
        with torch.no_grad():
            logits = module(changed)
        goal, apart = Goal(said), (changed - found["tapetum"]).abs()
        facts = (
            ("margin", f"{float(goal.margin(logits).mean()):.3f}"),
            ("length", f"{float(length(changed - pixels, 'l2').mean()):.4f}"),
            ("apart", f"{float(apart.max()) * LEVELS:.2g}"),
            ("values apart", f"{float((apart > 1e-6).float().mean()):.1e}"),
        )
        share = float(goal.reached(logits).float().mean())
        rows.append(Row("lite0", name, share, unit="fooled", facts=facts))
    return Section(contest.title, tuple(rows))


def times(
    contests: Sequence[Contest],
    network: Network,
    module: nn.Module,
    pixels: Tensor,
    said: Tensor,
    effort: Effort,
) -> list[Section]:
    """How long the same work takes."""
    rows: list[Row] = []
    for contest in contests:
        if contest.shortest:
            continue
        attacks = {"tapetum": _tapetum(network, contest)}
        attacks |= {name: make(module) for name, make in contest.peers.items()}
        found = race({name: lambda a=attack: a(pixels, said) for name, attack in attacks.items()}, effort)
        for name, taken in found.items():
            facts = (("calm", taken.calm), ("tapetum / it", f"{found['tapetum'].median / taken.median:.2f}"))
            rows.append(Row(contest.title, name, 1e3 * taken.median / len(pixels), unit="ms", facts=facts))
    return [Section("Milliseconds per picture", tuple(rows), _TIMES)]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attacks", description=__doc__)
    parser.add_argument("--no-times", action="store_true", help="only what the attacks find")
    parser.add_argument("--only-times", action="store_true", help="only the time they take")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each contest of times")
    parser.add_argument("--only", default="", metavar="WORD", help="contests with this in their title")
    asked = parser.parse_args()
    chosen = [contest for contest in CONTESTS if asked.only.lower() in contest.title.lower()]
    warnings.filterwarnings("ignore", category=UserWarning)
    network = tapetum.load("lite0", engine="torch")
    module = frozen(Normalised(subject("lite0").module).eval())
    pixels = ((photographs(network, PICTURES) * 0.5 + 0.5) * LEVELS).round() / LEVELS
    with torch.no_grad():
        said = module(pixels).argmax(1)
    if not asked.only_times:
        for contest in chosen:
            count = TIMED if contest.shortest else PICTURES
            show(parity(contest, network, module, pixels[:count], said[:count]))
        print(_NOTE)
    if not asked.no_times:
        effort = Effort(rounds=5, seconds=asked.seconds)
        for section in times(chosen, network, module, pixels[:TIMED], said[:TIMED], effort):
            show(section)


if __name__ == "__main__":
    main()
