"""What single units of a network look for: pictures made for them, beside real ones."""

from dataclasses import replace

from tapetum.lessons.figures import figure, percent
from tapetum.models import load
from tapetum.results import PageSection, PageTable, Painted, Story
from tapetum.workflows import examples, visualise

_LAYERS = ("blocks.0", "blocks.1.1", "blocks.2.1", "blocks.4.2")
"""From edges to parts."""
_CHANNELS = (3, 11)
_CLASSES = ("leopard", "zebra", "daisy")
_STEPS, _UNIT_STEPS = 64, 48


def run(*, seed: int = 0) -> Story:
    """Pictures for units of four depths, for three classes and for two at once."""
    net = load("lite0")
    units = [f"{layer}:{channel}" for layer in _LAYERS for channel in _CHANNELS]
    small = visualise(net, units, steps=_UNIT_STEPS, seed=seed)
    objectives = [*(f"class:{name}" for name in _CLASSES), "class:leopard + class:zebra"]
    large = visualise(net, objectives, steps=_STEPS, seed=seed)
    large = replace(large, columns=len(objectives))
    deep = _LAYERS[-1]
    deepest = replace(small, panels=small.panels[-len(_CHANNELS) :], history=small.history[-len(_CHANNELS) :])
    real = examples(net, "samples", deep, 4)
    beside = real.beside(deepest)
    classes = large.panels[: len(_CLASSES)]
    numbers = {
        f"probability_{name}": _probability(panel, name)
        for name, panel in zip(_CLASSES, classes, strict=True)
    }
    numbers |= {f"rank_{name}": float(panel.rank or 0) for name, panel in zip(_CLASSES, classes, strict=True)}
    mixed = large.panels[-1].prediction
    named = {one.label for one in mixed or ()} & {"leopard", "zebra"}
    numbers["both_named"] = float(len(named))
    return Story(
        key="what-it-wants",
        title="What the units of a network look for",
        lead="Turn the question round: instead of asking what the network says of a picture, change a "
        "picture of noise until one unit, or one class, answers as strongly as it can.",
        parts=(
            PageSection(
                "From edges to parts",
                (
                    "Units of the first layers want edges and colours, later ones textures, the last ones "
                    "parts of things.",
                    f"Each picture took {_UNIT_STEPS} steps of gradient ascent from noise.",
                ),
                figures=(
                    figure(
                        small.picture,
                        "Pictures made for two units of each of four layers",
                        f"Two units each of {', '.join(_LAYERS)}.",
                    ),
                ),
            ),
            PageSection(
                "Classes, and two at once",
                (
                    *(_said(name, panel) for name, panel in zip(_CLASSES, classes, strict=True)),
                    f"A picture can be asked for a leopard and a zebra at once: {len(named)} of the two "
                    "are among the five strongest classes.",
                ),
                (
                    PageTable(
                        "what the network says of its own pictures",
                        ("made for", "it says", "probability"),
                        [
                            (
                                panel.objective,
                                panel.prediction[0].label,
                                percent(panel.prediction[0].probability),
                            )
                            for panel in large.panels
                            if panel.prediction is not None
                        ],
                    ),
                ),
                (figure(large.picture, "Pictures made for leopard, zebra, daisy, and leopard with zebra"),),
            ),
            PageSection(
                "Beside real pictures",
                (
                    "A made picture alone may mislead: it shows what drives a unit to its utmost, which no "
                    "photograph does. So it stands beside the real pictures that drive the same unit most.",
                ),
                figures=(
                    figure(
                        beside.picture,
                        f"Made pictures for units of {deep} and the real places that drive them most",
                        f"Units {', '.join(map(str, _CHANNELS))} of {deep}: made, and real.",
                    ),
                ),
            ),
        ),
        numbers=numbers,
    )


def _probability(panel: Painted, name: str) -> float:
    """What the network gives the class that the picture was made for."""
    return next((one.probability for one in panel.prediction or () if one.label == name), 0.0)


def _said(name: str, panel: Painted) -> str:
    chance, rank = _probability(panel, name), panel.rank or 0
    return (
        f"The picture made for {name} is its number {rank}, with {percent(chance)}; no photograph took part."
    )
