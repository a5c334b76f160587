"""Lesson: a network whose numbers a person wrote down recognises handwritten digits (article 1)."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from tapetum.attribution import gradient_times_input
from tapetum.learning import PictureSet, as_tensors, digits, split
from tapetum.lessons.figures import figure, percent
from tapetum.models import Design, design, load
from tapetum.network import Network
from tapetum.pictures import Picture, contact_sheet
from tapetum.pictures.number_sheet import NumberPanel, NumberRow, number_sheet
from tapetum.progress import stage
from tapetum.results import PageFigure, PageSection, PageTable, Story

_ARTICLE = np.array([[[2, 6, 3, 4, 4], [4, 0, 3, 3, 4]], [[2, 4, 3, 3, 4], [4, 0, 3, 4, 4]]], float)
"""The article's own score vectors of its 1 and of its 2: a row per filter, a number per kernel."""
_STRENGTH = 0.1
"""scikit-learn's C: small, so that the weights stay small and can be read."""
_SUREST = 10
_DRAWN_AFTER = 0
"""The seed of the split whose first half the design was drawn after."""

Scores = Float64[np.ndarray, "pictures filters kernels"]
Numbers = dict[str, float]


def run(*, seed: int = 0) -> Story:
    """Read the design, follow a 1 and a 2 through it, and try it on digits that it does not come from.

    The seed chooses the 1 and the 2 among the ten of each that the network is surest of.
    """
    plan = design()
    net = load(plan)
    known, others = split(digits([1, 2]), (0.5, 0.5), seed=_DRAWN_AFTER)
    with stage("A network by hand", 3) as advance:
        examples = net.prepare(_surest(net, others, seed % _SUREST))
        found = _inside(plan, net, examples)
        advance(1)
        mistake, mistake_numbers = _summed(_scores(net, examples))
        advance(1)
        verdict, numbers = _verdict(plan, net, known, others)
        advance(1)
    return Story(
        key="digits-by-hand",
        title="A network that nobody trained",
        lead="Five kernels and two filters that a person wrote down, and a logistic layer over their scores, "
        "tell handwritten ones from twos.",
        parts=(_kernels(plan), found, _filters(plan), mistake, verdict, _why(net, examples), _change(plan)),
        numbers={**mistake_numbers, **numbers},
    )


def _surest(net: Network, data: PictureSet, place: int) -> list[Picture]:
    """A 1 and a 2 from that place in the order of how sure the network is of them."""
    batch, labels = as_tensors(data, net.preparation)
    order = net(batch)[:, 0].argsort().tolist()
    ones, twos = ([at for at in way if labels[at] == label] for label, way in ((0, order), (1, order[::-1])))
    return [data.fetch(ones[place]), data.fetch(twos[place])]


# ---- the design ----------------------------------------------------------------------------------------


def _kernels(plan: Design) -> PageSection:
    panels = [NumberPanel(kernel.name, np.array(kernel.weights)) for kernel in plan.kernels]
    drawn = _drawn(
        [NumberRow("", panels)],
        f"Kernels of 3 × 3 numbers: {', '.join(kernel.name for kernel in plan.kernels)}",
        "The first layer: 45 numbers.",
    )
    sentences = (
        "A kernel is laid over every place of the picture, and the products of its numbers with the pixels "
        "below it are added. The sum is large where the picture looks like the kernel.",
        "So a person can draw one: positive (gold) where ink belongs, negative (teal) where none does.",
    )
    return PageSection("Five kernels", sentences, figures=[drawn])


def _inside(plan: Design, net: Network, examples: Float[Tensor, "2 1 height width"]) -> PageSection:
    """A 1 and a 2, and what the kernels find in them."""
    maps = net.activations(examples, ["pool"])["pool"].double().numpy()
    names, scale = [kernel.name for kernel in plan.kernels], float(maps.max())
    rows = [
        NumberRow(
            "",
            [NumberPanel(f"a {label}", picture, scale=1.0)]
            + [NumberPanel(*one, scale=scale) for one in zip(names, found, strict=True)],
        )
        for label, picture, found in zip(plan.labels, examples[:, 0].double().numpy(), maps, strict=True)
    ]
    drawn = _drawn(
        rows,
        "A handwritten 1 and a handwritten 2, each with its five feature maps of 4 × 4 numbers",
        "A real 1 and a real 2, among those that the network is surest of, and their feature maps.",
    )
    base = maps[:, names.index("upper edge"), 2:].max((1, 2))
    arch = maps[:, names.index("lower edge"), :2].max((1, 2))
    sentences = (
        "Each kernel gives a feature map: answers below zero are set to zero, and of every 2 × 2 answers the "
        "largest is kept.",
        f"In the lower half the upper edge of its base answers with {base[1]:.1f} in the 2, and with "
        f"{base[0]:.1f} at most in the 1; in the upper half the lower edge of its arch answers with "
        f"{arch[1]:.1f} in the 2, and with {arch[0]:.1f} at most in the 1.",
    )
    return PageSection("What the kernels find", sentences, figures=[drawn])


def _filters(plan: Design) -> PageSection:
    names = [kernel.name for kernel in plan.kernels]
    rows = [
        NumberRow(
            f"filter {one.name}",
            [NumberPanel(name, np.array(values)) for name, values in zip(names, one.maps, strict=True)],
        )
        for one in plan.filters
    ]
    drawn = _drawn(
        rows,
        "Two filters, each with five maps of 4 × 4 ones and zeros",
        "The second layer: 1 where the feature is expected, 0 elsewhere.",
    )
    sentences = (
        "A filter of the second layer is as large as the feature maps, and says of each where its feature is "
        "expected: a 1 is a stem with a rising stroke at its head, a 2 has an edge above its base, another "
        "below its arch, and a rising stroke between them.",
        "Feature map × filter, added up for each kernel, gives five scores: a score vector. With two "
        "filters, a picture has two of them.",
    )
    return PageSection("Two filters", sentences, figures=[drawn])


# ---- score vectors -------------------------------------------------------------------------------------


def _summed(ours: Scores) -> tuple[PageSection, Numbers]:
    """The plain sum of score vectors, which is wrong about the article's own 2."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit(_ARTICLE.reshape(2, -1), [1, 2])
    logits = model.decision_function(_ARTICLE.reshape(2, -1))
    (one_1, one_2), (two_1, two_2) = _ARTICLE.sum(2)
    sentences = (
        "The obvious verdict: the filter with the larger sum wins.",
        f"The article prints the vectors of its own network. Added up, its 1 gives {one_1:.0f} against "
        f"{one_2:.0f}, a 1. But its 2 gives {two_1:.0f} against {two_2:.0f}: summed plainly, the network "
        "calls its 2 a 1.",
        "Scores are not worth the same: between its two pictures the second number of the first vector falls "
        "from 6 to 4, while the first, the third and the fifth stay as they are and tell nothing.",
        "A logistic layer weighs them. Fitted on the article's two pictures it gives weight to the three "
        f"numbers that change and to no other. Its logit, positive for a 2, is {logits[0]:+.2f} for the 1 "
        f"and {logits[1]:+.2f} for the 2: both are right.",
    )
    whose = ("the article's 1", "the article's 2", "our 1", "our 2")
    rows = [_sum_row(name, one) for name, one in zip(whose, [*_ARTICLE, *ours], strict=True)]
    drawn = _drawn(
        [NumberRow("", [NumberPanel("weights of the logistic layer", model.coef_.reshape(2, 5))])],
        "The ten weights fitted on the article's vectors: three of them are not zero",
        "Weights fitted on the article's two pictures: a row per filter, gold for a 2, teal for a 1.",
        side=320,
    )
    table = PageTable(
        "score vectors, rounded to tenths", ("picture", "filter 1", "filter 2", "the larger says"), rows
    )
    numbers = {
        "article_1_sum_1": float(one_1),
        "article_1_sum_2": float(one_2),
        "article_2_sum_1": float(two_1),
        "article_2_sum_2": float(two_2),
        "article_1_logit": float(logits[0]),
        "article_2_logit": float(logits[1]),
        "article_weights": float((np.abs(model.coef_) > 1e-3).sum()),
    }
    return PageSection("A sum is not enough", sentences, [table], [drawn]), numbers


def _sum_row(name: str, vectors: Float64[np.ndarray, "filters kernels"]) -> tuple[str, ...]:
    added = [
        f"{' + '.join(f'{round(value, 1):g}' for value in vector)} = {round(sum(vector), 1):g}"
        for vector in vectors.tolist()
    ]
    return name, *added, "1" if vectors[0].sum() > vectors[1].sum() else "2"


def _scores(net: Network, batch: Float[Tensor, "pictures 1 height width"]) -> Scores:
    """The score vectors of prepared pictures."""
    names = ["filters.0", "filters.1"]
    found = net.activations(batch, names)
    return np.stack([found[name].flatten(1).double().numpy() for name in names], axis=1)


# ---- the verdict ---------------------------------------------------------------------------------------


def _verdict(
    plan: Design, net: Network, known: PictureSet, others: PictureSet
) -> tuple[PageSection, Numbers]:
    """The logistic layer of the design, and how often it is right."""
    from sklearn.linear_model import LogisticRegression

    pictures, labels = as_tensors(known, net.preparation)
    model = LogisticRegression(C=_STRENGTH).fit(_scores(net, pictures).reshape(len(labels), -1), labels)
    apart = float(np.abs(model.coef_.reshape(2, 5) - plan.weights).max())
    summing = load(replace(plan, weights=((-1.0,) * 5, (1.0,) * 5), bias=0.0))
    right = _right(net, others)
    share, plainly = float(right.mean()), float(_right(summing, others).mean())
    both = float(np.append(right, _right(net, known)).mean())
    strongest = plan.kernels[int(np.argmax(plan.weights[1]))].name
    wrong = np.flatnonzero(~right).tolist()
    sentences = (
        f"The filters were drawn after one half of the ones and twos ({len(known)} pictures). On the same "
        "half scikit-learn fitted the ten weights and the bias of the logistic layer, which stand in the "
        f"design with two decimals: fitted again, they differ by {apart:.4f} at most.",
        "They can be read: what filter 1 finds speaks for a 1 (teal), what filter 2 finds for a 2 (gold), "
        f"and its score for “{strongest}” most.",
        f"Of the other half, {percent(share)} of {len(others)} are named rightly; with plain sums in place "
        f"of the logistic layer, {percent(plainly)}. Of both halves: {percent(both)}.",
    )
    weights = _drawn(
        [NumberRow("", [NumberPanel("weights of the logistic layer", np.array(plan.weights))])],
        "The ten weights of the design: a teal row and a gold row",
        f"A row per filter, a number per kernel in the order above; the bias is {plan.bias}.",
        side=320,
    )
    classes = [int(others.labels[at]) for at in wrong]
    captions = [f"a {plan.labels[one]}\ncalled a {plan.labels[1 - one]}" for one in classes]
    mistakes = figure(
        contact_sheet([others.fetch(at) for at in wrong], captions, tile=144),
        f"{len(wrong)} digits that the network names wrongly",
        f"All that it gets wrong of the {len(others)}.",
    )
    numbers = {
        "accuracy": share,
        "accuracy_of_both_halves": both,
        "accuracy_of_plain_sums": plainly,
        "weights_differ_by": apart,
        "wrong": float(len(wrong)),
    }
    return PageSection("The logistic layer decides", sentences, figures=[weights, mistakes]), numbers


def _right(net: Network, data: PictureSet) -> Bool[np.ndarray, " pictures"]:
    batch, labels = as_tensors(data, net.preparation)
    return np.asarray((net(batch)[:, 0] > 0) == labels.bool())


# ---- why, and what next --------------------------------------------------------------------------------


def _why(net: Network, examples: Float[Tensor, "2 1 height width"]) -> PageSection:
    """The design is a network like any other, so every method explains it."""
    found = gradient_times_input(net, examples, "2")
    panels = [
        NumberPanel(f"a {name}", one, f"they and the bias make {score:+.2f}")
        for name, one, score in zip("12", found.values.double().numpy(), found.score.tolist(), strict=True)
    ]
    drawn = _drawn(
        [NumberRow("", panels)],
        "What each pixel of the 1 and of the 2 adds to the logit of a 2",
        "Gold speaks for a 2, teal for a 1.",
        side=320,
    )
    sentences = (
        "Loaded from its file the design is a network like any other: layers, arithmetic, explain and the "
        "other commands work on it.",
        "Here gradient × input: what each pixel adds to the logit of a 2.",
    )
    return PageSection("Which ink speaks for a 2", sentences, figures=[drawn])


def _change(plan: Design) -> PageSection:
    rows, columns = plan.size
    sentences = (
        "The design is a file of numbers with names. Write it to your folder, change one, look again:",
        "python -c \"import tapetum; tapetum.design().save('design.toml')\"",
        "tapetum layers --model design.toml",
        "tapetum predict PICTURE --model design.toml",
        f"A picture is read as {rows} × {columns} grey pixels: bright ink on a dark ground.",
    )
    return PageSection("Change it", sentences)


def _drawn(rows: Sequence[NumberRow], alt: str, caption: str, side: int = 160) -> PageFigure:
    return figure(number_sheet(rows, side=side), alt, caption)
