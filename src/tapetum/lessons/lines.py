"""Lesson: a small network learns horizontal and vertical lines, and its kernels become edge detectors."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from tapetum.learning import Film, PictureSet, as_tensors, lines, split
from tapetum.models import load
from tapetum.models.small import build_small
from tapetum.network import Network, Preparation
from tapetum.pictures import contact_sheet, png_bytes
from tapetum.progress import stage
from tapetum.results import FilmedKernel, PageFigure, PageSection, PageTable, Reel, Story
from tapetum.workflows import journey

_SIZE, _PER_CLASS = 50, 600
_EPOCHS, _BATCH, _RATE = 12, 32, 3e-3
_DECAY = 4.0
"""Times the rate: the share that every weight loses at every step, so that what nothing needs fades."""
_PRICE = 0.1
"""Of the mean answer of the first layer: filters that answer to empty ground cost something."""
_HEARD = 0.1
"""Filters whose mean answer is below this share of the strongest are not asked what they prefer."""
_PREPARATION = Preparation(channels=1, rows=_SIZE, columns=_SIZE)


def run(*, seed: int = 0) -> Story:
    """Lines, eight 7×7 kernels, and a film of how they change (article 2)."""
    train, validation, test = split(lines(_PER_CLASS, size=_SIZE, seed=seed), seed=seed)
    probes = _probes(validation)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build_small("article-2", 1, _SIZE, _SIZE, len(train.classes))
        film = Film(
            model,
            as_tensors(probes, _PREPARATION)[0],
            names=[f"{probes.classes[label]} line" for label in probes.labels],
            name="article-2",
        )
        _train(model, film, train, validation)
    network = load(
        model.eval(), input_shape=(1, _SIZE, _SIZE), labels=train.classes, engine="torch", name="article-2"
    )
    reel = film.reel
    found = _tested(network, test)
    ratios = _ratios(found)
    first, second = _best(reel)
    numbers = {
        "test_accuracy": _share_right(model, *as_tensors(test, _PREPARATION)),
        "first_before": abs(first.before),
        "first_after": abs(first.after),
        "second_before": abs(second.before),
        "second_after": abs(second.after),
        "vertical_over_horizontal": float(ratios.max()),
        "horizontal_over_vertical": float(1 / ratios.min()),
        "dead": float(sum(kernel.dead for kernel in reel.filters)),
    }
    parts = (
        _data(train, test),
        _training(reel, numbers),
        _kernels(reel, first, second),
        _answers(reel, found),
        _way(network, test),
    )
    return Story(
        "lines",
        "Kernels become edge detectors",
        "Nobody tells this network what an edge is. It is shown horizontal and vertical lines, and gradient "
        "descent turns its random kernels into something like Prewitt's operator.",
        parts=parts,
        numbers=numbers,
    )


def _probes(data: PictureSet, each: int = 4) -> PictureSet:
    """The first few pictures of each class."""
    places = [np.flatnonzero(data.labels == label)[:each] for label in range(len(data.classes))]
    return data.picked(np.concatenate(places), "probes")


def _train(model: nn.Module, film: Film, train: PictureSet, validation: PictureSet) -> None:
    """A plain loop, of which the film takes one line."""
    pictures, labels = as_tensors(train, _PREPARATION)
    kept_aside = as_tensors(validation, _PREPARATION)
    assert isinstance(model, nn.Sequential)
    first, rest = model[:2], model[2:]
    optimiser = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=_DECAY)
    with stage("Training", _EPOCHS) as advance:
        for _ in range(_EPOCHS):
            total = 0.0
            model.train()
            for places in torch.randperm(len(pictures)).split(_BATCH):  # type: ignore[no-untyped-call]
                answers = first(pictures[places])
                loss = functional.cross_entropy(rest(answers), labels[places])
                optimiser.zero_grad()
                (loss + _PRICE * answers.mean()).backward()
                optimiser.step()
                total += float(loss.detach()) * len(places) / len(pictures)
            film.record(loss=total, val_accuracy=_share_right(model, *kept_aside))
            advance(1)


def _share_right(
    model: nn.Module,
    pictures: Float[Tensor, "pictures channel height width"],
    labels: Int[Tensor, " pictures"],
) -> float:
    with torch.no_grad():
        return float((model.eval()(pictures).argmax(dim=1) == labels).float().mean())


def _tested(network: Network, test: PictureSet) -> Float[np.ndarray, "classes filters"]:
    """The mean answer of every filter, after ReLU, to the test pictures of each class."""
    pictures, labels = as_tensors(test, _PREPARATION)
    means = network.activations(pictures, ["relu1"])["relu1"].mean(dim=(2, 3)).numpy()
    return np.stack([means[labels.numpy() == label].mean(axis=0) for label in (0, 1)])


def _ratios(found: Float[np.ndarray, "classes filters"]) -> Float[np.ndarray, " filters"]:
    """How many times as strongly each answers to vertical lines; 1 for those that hardly answer."""
    heard = found.max(axis=0) >= _HEARD * found.max()
    return np.where(heard, (found[1] + 1e-9) / (found[0] + 1e-9), 1.0)


def _best(reel: Reel) -> tuple[FilmedKernel, FilmedKernel]:
    """The two filters that look most like an edge after training."""
    ranked = sorted(reel.filters, key=lambda kernel: -abs(kernel.after))
    return ranked[0], ranked[1]


def _data(train: PictureSet, test: PictureSet) -> PageSection:
    shown = [place for label in (0, 1) for place in np.flatnonzero(train.labels == label)[:5]]
    sheet = contact_sheet(
        [train.fetch(int(place)) for place in shown],
        [train.classes[train.labels[place]] for place in shown],
        columns=5,
        tile=150,
    )
    return PageSection(
        "Two kinds of pictures",
        [
            f"There are {_PER_CLASS} pictures of each kind, {_SIZE} × {_SIZE} pixels, with one line that is "
            "2 to 6 pixels thick. Its place, its length, its brightness and the noise are drawn at random.",
            f"The network learns from {len(train)} of them and is tested on {len(test)} that it never saw.",
        ],
        figures=[
            PageFigure(
                png_bytes(np.asarray(sheet)), "Five pictures of horizontal lines and five of vertical ones"
            )
        ],
    )


def _training(reel: Reel, numbers: dict[str, float]) -> PageSection:
    loss = reel.scores["loss"]
    return PageSection(
        "Training, filmed",
        [
            "The first layer has eight kernels of 7 × 7 numbers: with a bias each, 400 numbers to learn. "
            "They begin at random.",
            f"After {_EPOCHS} epochs the loss fell from {loss[0]:.3f} to {loss[-1]:.4f}, and the network is "
            f"right on {numbers['test_accuracy']:.1%} of the test pictures.",
            "Two things keep the kernels clean. At every step all weights lose "
            f"{_RATE * _DECAY:.1%} of themselves (weight decay), so that the noise they began with fades "
            f"where nothing needs it. And {_PRICE} times the mean answer of the first layer is added to the "
            "loss, so that filters stay silent where a picture is empty.",
            "Watch the kernels: gold is above zero, teal below, and the scale is the same in every frame. "
            "|r| is how much a kernel looks like an edge.",
        ],
        figures=[
            PageFigure(
                reel.gif(),
                f"A film of eight 7 × 7 kernels over {_EPOCHS} epochs: noise becomes stripes and edges",
                kind="gif",
            )
        ],
    )


def _kernels(reel: Reel, first: FilmedKernel, second: FilmedKernel) -> PageSection:
    columns, rows = reel.table()
    dead = [kernel.number for kernel in reel.filters if kernel.dead]
    said = [
        f"Filter {kernel.number} looks like an edge operator at {kernel.after_angle:g}°: its correlation "
        f"with it is {abs(kernel.after):.2f}, and no operator came closer than {abs(kernel.before):.2f} "
        "before training."
        for kernel in (first, second)
    ]
    return PageSection(
        "Which kernels look like Prewitt?",
        [
            "Prewitt's operator is +1 on one side of a line through the centre and -1 on the other. Every "
            "kernel is compared with it at 7 × 7 and eight angles; 0° is brightness that rises from left to "
            "right, 90° from top to bottom.",
            *said,
            f"Dead filters: {', '.join(map(str, dead))}." if dead else "None of the filters is dead.",
        ],
        [PageTable("strongest |correlation| with an edge, before and after training", columns, rows)],
    )


def _answers(reel: Reel, found: Float[np.ndarray, "classes filters"]) -> PageSection:
    ratios = _ratios(found)
    upright, flat = int(ratios.argmax()), int(ratios.argmin())
    rows = [
        (str(number), f"{found[0, number]:.4f}", f"{found[1, number]:.4f}", f"{ratios[number]:.2f}")
        for number in range(len(ratios))
    ]
    return PageSection(
        "Before and after: convolution, ReLU, pooling",
        [
            f"Over all test pictures filter {upright} answers {ratios[upright]:.1f} times as strongly to "
            f"vertical lines as to horizontal ones, and filter {flat} {1 / ratios[flat]:.1f} times as "
            "strongly to horizontal ones.",
            "Below is, for each kind of line, the filter that prefers it most among the probes. All maps of "
            "one layer share one scale of colours, before and after.",
        ],
        [PageTable("mean answer over the test", ("filter", "horizontal", "vertical", "ratio"), rows)],
        [
            PageFigure(
                png_bytes(np.asarray(reel.sheet())),
                "Two filters before and after training, with their maps of a horizontal and a vertical line "
                "after convolution, ReLU and pooling",
            )
        ],
    )


def _way(network: Network, test: PictureSet) -> PageSection:
    line = test.fetch(int(np.flatnonzero(test.labels == 0)[0]))
    found = journey(network, line)
    best = found.prediction[0]
    return PageSection(
        "The whole way of one line",
        [
            f"One horizontal line of the test goes through the trained network in {len(found.steps)} steps. "
            f"The verdict: {best.label}, {best.probability:.1%}."
        ],
        figures=[PageFigure(found._repr_png_(), "Every step of one picture through the trained network")],
    )
