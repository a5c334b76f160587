"""Lesson: a network whose numbers a person wrote down recognises handwritten digits (article 1)."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float64, Integer

from tapetum.attribution import gradient_times_input
from tapetum.learning import PictureSet, as_tensors, digits, split
from tapetum.lessons.figures import figure, percent
from tapetum.models import Design, design, load
from tapetum.network import Network
from tapetum.pictures import Picture, contact_sheet
from tapetum.pictures.number_sheet import NumberPanel, NumberRow, number_sheet
from tapetum.progress import stage
from tapetum.results import PageFigure, PageSection, PageTable, Story

_ARTICLE = {
    "its 1": np.array([[2.0, 6, 3, 4, 4], [4, 0, 3, 3, 4]]),
    "its 2": np.array([[2.0, 4, 3, 3, 4], [4, 0, 3, 4, 4]]),
}
"""The score vectors that the article's own network gives: a row per filter, a number per kernel."""
_STRENGTH = 0.1
"""scikit-learn's C: small, so that the weights stay small and can be read."""
_SHOWN = 8
_SUREST = 10
_DRAWN_AFTER = 0
"""The seed of the split whose first half the design was drawn after."""

Grid = Float64[np.ndarray, "rows columns"]
Scores = Float64[np.ndarray, "pictures filters kernels"]
Numbers = dict[str, float]


def run(*, seed: int = 0) -> Story:
    """Read the design, follow a 1 and a 2 through it, and try it on digits that it does not come from.

    The seed chooses the 1 and the 2 among the ten of each that the network is surest of.
    """
    plan = design()
    net = load(plan)
    looked_at, others = split(digits([1, 2]), (0.5, 0.5), seed=_DRAWN_AFTER)
    examples = _surest(net, others, seed % _SUREST)
    with stage("A network by hand", 3) as advance:
        seen, scores = _inside(plan, net, examples)
        advance(1)
        mistake, mistake_numbers = _summed(scores)
        advance(1)
        verdict, numbers = _verdict(plan, net, looked_at, others)
        advance(1)
    return Story(
        key="digits-by-hand",
        title="A network that nobody trained",
        lead="Five kernels and two filters that a person wrote down, and a logistic layer over their scores, "
        "tell handwritten ones from twos.",
        parts=(_kernels(plan), seen, _filters(plan), mistake, verdict, _why(net, examples), _change(plan)),
        numbers={**mistake_numbers, **numbers},
    )


def _surest(net: Network, data: PictureSet, place: int) -> list[Picture]:
    """A 1 and a 2 from that place in the order of how sure the network is of them."""
    batch, labels = as_tensors(data, net.preparation)
    logits = net(batch)[:, 0].numpy()
    first, second = (
        np.where(labels.numpy() == label, sign * logits, -np.inf) for label, sign in ((0, -1), (1, 1))
    )
    return [data.fetch(int(np.argsort(-order)[place])) for order in (first, second)]


# ---- the design ----------------------------------------------------------------------------------------


def _kernels(plan: Design) -> PageSection:
    panels = [NumberPanel(kernel.name, np.array(kernel.weights)) for kernel in plan.kernels]
    return PageSection(
        "Five kernels",
        (
            "A kernel is laid over every place of the picture, and the products of its numbers with the "
            "pixels below it are added. The sum is large where the picture looks like the kernel.",
            "So a person can draw one: positive (gold) where ink belongs, negative (teal) where none does.",
        ),
        figures=[
            _figure(
                [NumberRow("", panels)],
                f"Kernels of 3 × 3 numbers: {', '.join(kernel.name for kernel in plan.kernels)}",
                "The first layer: 45 numbers.",
            )
        ],
    )


def _inside(plan: Design, net: Network, examples: Sequence[Picture]) -> tuple[PageSection, Scores]:
    """A 1 and a 2 on their way to the score vectors."""
    batch = net.prepare(list(examples))
    maps = net.activations(batch, ["pool"])["pool"].double().numpy()
    scores = _scores(net, batch)
    scale = float(maps.max())
    rows = []
    for picture, found, name in zip(batch[:, 0].double().numpy(), maps, plan.labels, strict=True):
        panels = [NumberPanel(f"a {name}", picture, scale=1.0)]
        panels += [
            NumberPanel(kernel.name, values, f"at most {values.max():.1f}", scale)
            for kernel, values in zip(plan.kernels, found, strict=True)
        ]
        rows.append(NumberRow("", panels))
    places = {kernel.name: place for place, kernel in enumerate(plan.kernels)}
    base = maps[:, places["upper edge"], 2:].max((1, 2))
    arch = maps[:, places["lower edge"], :2].max((1, 2))
    sentences = (
        "Each kernel gives a feature map: answers below zero are set to zero, and of every 2 × 2 answers the "
        "largest is kept.",
        f"In the lower half the upper edge of its base answers with {base[1]:.1f} in the 2, and with "
        f"{base[0]:.1f} at most in the 1; in the upper half the lower edge of its arch answers with "
        f"{arch[1]:.1f} in the 2, and with {arch[0]:.1f} at most in the 1.",
    )
    section = PageSection(
        "What the kernels find",
        sentences,
        figures=[
            _figure(
                rows,
                "A handwritten 1 and a handwritten 2, each with its five feature maps of 4 × 4 numbers",
                "A real 1 and a real 2, among those that the network is surest of, and their feature maps.",
            )
        ],
    )
    return section, scores


def _filters(plan: Design) -> PageSection:
    rows = [
        NumberRow(
            f"filter {one.name}",
            [
                NumberPanel(kernel.name, np.array(values), scale=1.0)
                for kernel, values in zip(plan.kernels, one.maps, strict=True)
            ],
        )
        for one in plan.filters
    ]
    return PageSection(
        "Two filters",
        (
            "A filter of the second layer is as large as the feature maps, and says of each where its "
            "feature is expected: a 1 is a stem with a rising stroke at its head, a 2 has an edge above its "
            "base, another below its arch, and a rising stroke between them.",
            "Feature map × filter, added up for each kernel, gives five scores: a score vector. With two "
            "filters, a picture has two of them.",
        ),
        figures=[
            _figure(
                rows,
                "Two filters, each with five maps of 4 × 4 ones and zeros",
                "The second layer: 1 where the feature is expected, 0 elsewhere.",
            )
        ],
    )


# ---- score vectors -------------------------------------------------------------------------------------


def _summed(scores: Scores) -> tuple[PageSection, Numbers]:
    """The plain sum of score vectors, which is wrong about the article's own 2."""
    from sklearn.linear_model import LogisticRegression

    given = np.stack(list(_ARTICLE.values()))
    model = LogisticRegression(C=1.0).fit(given.reshape(2, -1), [1, 2])
    logits = model.decision_function(given.reshape(2, -1))
    sums = given.sum(2)
    rows = [_sum_row(f"the article's {name[-1]}", one) for name, one in _ARTICLE.items()]
    rows += [_sum_row(f"our {name}", one) for name, one in zip("12", scores, strict=True)]
    sentences = (
        "The obvious verdict: the filter with the larger sum wins.",
        f"The article prints the vectors of its own network. Added up, its 1 gives {sums[0, 0]:.0f} against "
        f"{sums[0, 1]:.0f}, a 1. But its 2 gives {sums[1, 0]:.0f} against {sums[1, 1]:.0f}: summed plainly, "
        "the network calls its 2 a 1.",
        "Scores are not worth the same: between its two pictures the second number of the first vector falls "
        "from 6 to 4, while the first, the third and the fifth stay as they are and tell nothing.",
        "A logistic layer weighs them. Fitted on the article's two pictures it gives weight to the three "
        f"numbers that change and to no other. Its logit, positive for a 2, is {logits[0]:+.2f} for the 1 "
        f"and {logits[1]:+.2f} for the 2: both are right.",
    )
    drawn = _figure(
        [NumberRow("", [NumberPanel("weights of the logistic layer", model.coef_.reshape(2, 5))])],
        "The ten weights fitted on the article's vectors: three of them are not zero",
        "Weights fitted on the article's two pictures: a row per filter, gold for a 2, teal for a 1.",
        side=320,
    )
    columns = ("picture", "filter 1", "filter 2", "the larger says")
    section = PageSection(
        "A sum is not enough", sentences, [PageTable("score vectors", columns, rows)], [drawn]
    )
    numbers = {
        "article_1_sum_1": float(sums[0, 0]),
        "article_1_sum_2": float(sums[0, 1]),
        "article_2_sum_1": float(sums[1, 0]),
        "article_2_sum_2": float(sums[1, 1]),
        "article_1_logit": float(logits[0]),
        "article_2_logit": float(logits[1]),
    }
    return section, numbers


def _sum_row(name: str, vectors: Grid) -> tuple[str, ...]:
    added = [
        f"{' + '.join(f'{round(float(value), 1):g}' for value in vector)} = {round(float(vector.sum()), 1):g}"
        for vector in vectors
    ]
    return name, *added, "1" if vectors[0].sum() > vectors[1].sum() else "2"


def _scores(net: Network, batch: object) -> Scores:
    """The score vectors of prepared pictures."""
    names = [layer.name for layer in net.layers if layer.name.startswith("filters.")]
    found = net.activations(batch, names)  # type: ignore[arg-type]
    return np.stack([found[name].flatten(1).double().numpy() for name in names], axis=1)


# ---- the verdict ---------------------------------------------------------------------------------------


def _verdict(
    plan: Design, net: Network, looked_at: PictureSet, others: PictureSet
) -> tuple[PageSection, Numbers]:
    """The logistic layer of the design, and how often it is right."""
    from sklearn.linear_model import LogisticRegression

    known, known_labels = as_tensors(looked_at, net.preparation)
    model = LogisticRegression(C=_STRENGTH).fit(_scores(net, known).reshape(len(known), -1), known_labels)
    fitted = model.coef_.reshape(2, 5)
    apart = float(np.abs(fitted - np.array(plan.weights)).max())
    summing = load(replace(plan, weights=((-1.0,) * 5, (1.0,) * 5), bias=0.0, name="plain sums"))
    right, plainly = _right(net, others), _right(summing, others)
    whole = _right(net, digits([1, 2]))
    strongest = plan.kernels[int(np.abs(plan.weights[1]).argmax())].name
    wrong = np.flatnonzero(~right)
    says = [net.predict(others.fetch(int(place)))[0].label for place in wrong[:_SHOWN]]
    sentences = (
        f"The filters were drawn after one half of the ones and twos ({len(looked_at)} pictures). On the "
        "same half scikit-learn fitted the ten weights and the bias of the logistic layer, which stand in "
        f"the design with two decimals: fitted again, they differ by {apart:.4f} at most.",
        "They can be read: what filter 1 finds speaks for a 1 (teal), what filter 2 finds for a 2 (gold), "
        f"and its score for “{strongest}” most.",
        f"Of the other half, {percent(float(right.mean()))} of {len(others)} are named rightly; with plain "
        f"sums in place of the logistic layer, {percent(float(plainly.mean()))}. Of both halves: "
        f"{percent(float(whole.mean()))}.",
    )
    figures = [
        _figure(
            [NumberRow("", [NumberPanel("weights of the logistic layer", np.array(plan.weights))])],
            "The ten weights of the design: a teal row and a gold row",
            f"A row per filter, a number per kernel in the order above; the bias is {plan.bias}.",
            side=320,
        )
    ]
    if len(wrong):
        pictures = [others.fetch(int(place)) for place in wrong[:_SHOWN]]
        captions = [
            f"a {others.classes[others.labels[place]]}\ncalled a {label}"
            for place, label in zip(wrong, says, strict=False)
        ]
        figures.append(
            figure(
                contact_sheet(pictures, captions, tile=144),
                f"{len(pictures)} digits that the network names wrongly",
                f"The {len(wrong)} of {len(others)} that it gets wrong.",
            )
        )
    section = PageSection("The logistic layer decides", sentences, figures=figures)
    numbers = {
        "accuracy": float(right.mean()),
        "accuracy_of_all": float(whole.mean()),
        "accuracy_of_plain_sums": float(plainly.mean()),
        "weights_differ_by": apart,
        "wrong": float(len(wrong)),
    }
    return section, numbers


def _right(net: Network, data: PictureSet) -> Bool[np.ndarray, " pictures"]:
    batch, labels = as_tensors(data, net.preparation)
    said: Integer[np.ndarray, " pictures"] = (net(batch)[:, 0] > 0).numpy().astype(int)
    return np.asarray(said == labels.numpy())


# ---- why, and what next --------------------------------------------------------------------------------


def _why(net: Network, examples: Sequence[Picture]) -> PageSection:
    """The design is a network like any other, so every method explains it."""
    found = gradient_times_input(net, list(examples), ["2", "2"])
    values = found.values.double().numpy()
    panels = [
        NumberPanel(f"a {name}", one, f"they and a bias make {score:+.2f}")
        for name, one, score in zip("12", values, found.score.tolist(), strict=True)
    ]
    return PageSection(
        "Which ink speaks for a 2",
        (
            "Loaded from its file the design is a network like any other: layers, arithmetic, explain and "
            "the other commands work on it.",
            "Here gradient × input: what each pixel adds to the logit of a 2.",
        ),
        figures=[
            _figure(
                [NumberRow("", panels)],
                "What each pixel of the 1 and of the 2 adds to the logit of a 2",
                "Gold speaks for a 2, teal for a 1.",
                side=320,
            )
        ],
    )


def _change(plan: Design) -> PageSection:
    return PageSection(
        "Change it",
        (
            "The design is a file of numbers with names. Write it to your folder, change one, look again:",
            "python -c \"import tapetum; tapetum.design().save('design.toml')\"",
            "tapetum layers --model design.toml",
            "tapetum predict PICTURE --model design.toml",
            f"A picture is read as {plan.size[0]} × {plan.size[1]} grey pixels: bright ink on a dark ground.",
        ),
    )


def _figure(rows: Sequence[NumberRow], alt: str, caption: str, side: int = 160) -> PageFigure:
    return figure(number_sheet(rows, side=side), alt, caption)
