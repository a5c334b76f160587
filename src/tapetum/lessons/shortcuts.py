"""Article 3's tank, blue sea and green verge: networks that score high for the wrong reason."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from tapetum.attribution import layercam
from tapetum.learning import (
    Clue,
    PictureSet,
    World,
    fit,
    measured,
    scores,
    shortcut_world,
    simple_clues,
    split,
    untrained,
)
from tapetum.network import Network
from tapetum.pictures import contact_sheet, png_bytes
from tapetum.progress import stage
from tapetum.results import PageFigure, PageSection, PageTable, Story, percent

_COUNT, _TESTS = 200, 60
"""Pictures per class to learn from, and to be tried on."""
_EPOCHS, _FAIR_EPOCHS = 3, 12
_LOOKED_AT = 30
"""Pictures of each class whose heatmaps are summed up."""
_SHOWN = 4

_STORIES = {
    "tank": (
        "The tank: dull days and bright ones",
        "Tanks were photographed on dull days, trucks on bright ones.",
    ),
    "sea": (
        "The whale: blue and brown",
        "Whales were photographed before water, elephants before dry grass.",
    ),
    "verge": (
        "The road: a strip of green",
        "Where the road is open there is a verge, where it is blocked there is none.",
    ),
}


@dataclass(frozen=True, eq=False)
class _Told:
    """A network, how often it is right with and without the shortcut, and how much it looks at things.

    `on_thing` is per class the share of the positive evidence that lies on the thing.
    """

    network: Network
    test: float
    swapped: float
    on_thing: tuple[float, ...]


def run(*, seed: int = 0) -> Story:
    """Train a network in three worlds with a shortcut, show how it gives itself away, and the cure."""
    parts: list[PageSection] = []
    numbers: dict[str, float] = {}
    with stage("Three worlds", len(_STORIES)) as advance:
        for key in _STORIES:
            part, found = _world(shortcut_world(key, count=_COUNT, tests=_TESTS, seed=seed), seed)
            parts.append(part)
            numbers |= {f"{key}: {name}": value for name, value in found.items()}
            advance(1)
    return Story(
        key="shortcuts",
        title="Right for the wrong reason",
        lead="A network learns whatever tells its classes apart, and a background is easier than a thing. "
        "Three stories that are told of neural networks, made again with drawn things on photographs.",
        parts=(*parts, _advice()),
        numbers=numbers,
    )


def _world(world: World, seed: int) -> tuple[PageSection, dict[str, float]]:
    misled = _taught(world, world.train, _EPOCHS, seed)
    cured = _taught(world, world.fair, _FAIR_EPOCHS, seed)
    clues = simple_clues(world.train, seed=seed)
    fair_clues = simple_clues(world.fair, seed=seed)
    areas = [float(world.things[world.test.labels == label].mean()) for label in (0, 1)]
    # Where the clue is there to be seen; one that is missing cannot light up.
    plain = int(np.argmin(misled.on_thing))
    title, scene = _STORIES[world.key]
    clue = next(one for one in clues if one.name == world.clue)
    no, yes = world.test.classes
    numbers = {
        "accuracy": misled.test,
        "accuracy, swapped": misled.swapped,
        "evidence on the thing": misled.on_thing[plain],
        "area of the thing": areas[plain],
        "cured accuracy": cured.test,
        "cured accuracy, swapped": cured.swapped,
        "cured evidence on the thing": cured.on_thing[plain],
        **{f"by {one.name}": one.accuracy for one in clues},
        **{f"p of {one.name}": one.p for one in clues},
        **{f"cured by {one.name}": one.accuracy for one in fair_clues},
    }
    sentences = [
        f"{scene} On {len(world.test)} new pictures of the same kind the network is right in "
        f"{percent(misled.test)}.",
        f"The same things before the other background: right in {percent(misled.swapped)}. It never learnt "
        f"what “{no}” and “{yes}” look like.",
        f"The heatmaps say so without any new picture: {percent(misled.on_thing[plain])} of what speaks for "
        f"“{world.test.classes[plain]}” lies on the thing, which takes {percent(areas[plain])} of the "
        "picture.",
        f"So do the pictures themselves, without any network: the {clue.name} alone tells the classes apart "
        f"in {percent(clue.accuracy)}, where guessing gives {percent(clue.base_rate)} (one threshold, "
        f"cross-validated; p = {clue.p:.3f} against labels dealt out anew).",
        "The cure: the same things with both backgrounds, dealt out by chance. The same network is then "
        f"right in {percent(cured.test)}, and in {percent(cured.swapped)} of the swapped pictures; "
        f"{percent(cured.on_thing[plain])} of what speaks for “{world.test.classes[plain]}” lies on the "
        "thing.",
    ]
    return (
        PageSection(
            title,
            sentences,
            [_accuracies(world, misled, cured, areas), _clues(clues, fair_clues)],
            [_examples(world), _maps(world, misled.network, cured.network)],
        ),
        numbers,
    )


def _taught(world: World, data: PictureSet, epochs: int, seed: int) -> _Told:
    train, validation = split(data, (0.8, 0.2), seed=seed)
    preparation = measured(train)
    module = untrained("article-3", preparation, len(data.classes), seed=seed)
    fit(module, train, validation, preparation, epochs=epochs, seed=seed)
    network = Network(
        module, preparation, data.classes, name="article-3", source=f"trained on {data.name}", engine="torch"
    )
    return _Told(
        network,
        scores(network, world.test).accuracy,
        scores(network, world.swapped).accuracy,
        _on_thing(network, world),
    )


def _on_thing(network: Network, world: World) -> tuple[float, ...]:
    """Per class, the mean share of the evidence for what the network says that lies on the thing."""
    places = np.flatnonzero(np.arange(len(world.test)) % _TESTS < _LOOKED_AT)
    heatmap = layercam(network, [world.test.fetch(int(place)) for place in places])
    evidence = heatmap.at_picture_size().clamp(min=0)
    things = torch.from_numpy(world.things[places])
    shares = (evidence * things).sum((1, 2)) / evidence.sum((1, 2)).clamp(min=1e-12)
    return tuple(shares.reshape(len(world.test.classes), -1).mean(1).tolist())


def _accuracies(world: World, misled: _Told, cured: _Told, areas: Sequence[float]) -> PageTable:
    return PageTable(
        "two networks, alike but for the backgrounds they saw",
        (
            "learnt with",
            "right",
            "right, swapped",
            *(f"evidence on the {name}" for name in world.things_shown),
        ),
        [
            *(
                (name, *map(percent, (told.test, told.swapped, *told.on_thing)))
                for name, told in (("the shortcut", misled), ("both backgrounds", cured))
            ),
            ("a map spread evenly", "", "", *map(percent, areas)),
        ],
    )


def _clues(clues: tuple[Clue, ...], fair: tuple[Clue, ...]) -> PageTable:
    return PageTable(
        "one simple number tells the class",
        ("number", "with the shortcut", "p", "both backgrounds", "p"),
        [
            (
                clue.name,
                percent(clue.accuracy) + (": gives it away" if clue.gives_away else ""),
                f"{clue.p:.3f}",
                percent(other.accuracy),
                f"{other.p:.3f}",
            )
            for clue, other in zip(clues, fair, strict=True)
        ],
    )


def _examples(world: World) -> PageFigure:
    places = [*range(3), *range(_COUNT, _COUNT + 3)]
    sheet = contact_sheet(
        [world.train.fetch(place) for place in places],
        [world.train.classes[world.train.labels[place]] for place in places],
        columns=6,
        tile=144,
    )
    return PageFigure(
        png_bytes(np.asarray(sheet)), "Pictures of both classes with the shortcut", "What it learns from."
    )


def _maps(world: World, misled: Network, cured: Network) -> PageFigure:
    places = [*range(_SHOWN // 2), *range(_TESTS, _TESTS + _SHOWN // 2)]
    pictures = [world.swapped.fetch(place) for place in places]
    names = [world.swapped.classes[world.swapped.labels[place]] for place in places]
    images = [picture.image for picture in pictures]
    captions = [f"{name}\nswapped" for name in names]
    for network, how in ((misled, "the shortcut"), (cured, "both")):
        inputs = network.inputs(pictures)
        heatmap = layercam(network, inputs)
        images += [heatmap.draw(place) for place in range(len(pictures))]
        said = network.predictions(network.evaluate(inputs.batch)[0], names, top=1)
        captions += [f"says {one[0].label} {percent(one[0].probability)}\nlearnt with {how}" for one in said]
    sheet = contact_sheet(images, captions, columns=_SHOWN, tile=144)
    return PageFigure(
        png_bytes(np.asarray(sheet)),
        "Swapped pictures, and the maps of both networks for what they say",
        "Swapped pictures; below them what speaks for each network's answer (LayerCAM: Grad-CAM with a "
        "weight for every place).",
    )


def _advice() -> PageSection:
    return PageSection(
        "With your own data",
        [
            "A score on pictures from the same source cannot tell a shortcut from knowledge. Three things "
            "can.",
            "tapetum.learning.simple_clues(data) tells whether brightness, contrast, hue or a colour alone "
            "give the class away. It needs no network: do it before training.",
            "tapetum explain shows whether the evidence lies on the thing. Look at right answers too, and at "
            "every class: a clue that is missing (no verge, no dull light) cannot light up, one that is "
            "there does.",
            "Pictures in which the background goes with the other class, as few as they may be, settle it: "
            "tapetum evaluate MODEL DATA.",
        ],
    )
