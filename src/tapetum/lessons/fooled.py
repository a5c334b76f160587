"""A change that nobody sees, and another verdict; and parts that change places without one."""

from tapetum.lessons.figures import figure, percent
from tapetum.models import load
from tapetum.pictures import sample
from tapetum.results import PageSection, PageTable, Prediction, Story
from tapetum.workflows import attack, pareidolia

_TARGET = "giant panda"
_LIMIT = "4/255"


def run(*, seed: int = 0) -> Story:
    """The smallest change that flips the verdict, one towards a chosen class, and a shuffled picture."""
    net = load("lite0")
    cat = sample("cat")
    smallest = attack(net, cat, method="iterative-fgsm", epsilon=_LIMIT, up_to=8)
    aimed = attack(net, cat, _TARGET, epsilon=_LIMIT, up_to=0, seed=seed)
    parts = pareidolia(net, cat, grids=(2, 3, 4), repetitions=10, seed=seed)
    flipped, chosen = smallest[0], aimed[0]
    budget = flipped.smallest.levels if flipped.smallest is not None else None
    numbers = {
        "epsilon": float(budget or 0),
        "largest": float(chosen.largest),
        "fooled": float(chosen.fooled),
        "survives": float(chosen.survives),
        "panda_before": _of(chosen.predictions[0], _TARGET),
        "panda_after": chosen.predictions[1][0].probability,
        "still_in_halves": float(parts.grids[0].still),
    }
    columns, rows = parts.table()
    return Story(
        key="fooled",
        title="A change that nobody sees, and another verdict",
        lead="A network that names photographs well can be misled by a change that no person notices. It "
        "does not see as we see: it adds up evidence, and evidence can be too faint for an eye.",
        parts=(
            PageSection(
                "The smallest change that is enough",
                smallest.sentences(),
                figures=(
                    figure(
                        smallest.sheet(),
                        "The photograph, the change amplified, the changed photograph, and both heatmaps",
                        "Before, the change amplified, after; and where the evidence lies for each verdict.",
                    ),
                ),
            ),
            PageSection(
                f"Any class one likes: {_TARGET}",
                (
                    *aimed.sentences(),
                    f"Before, the network gave {_TARGET} {percent(numbers['panda_before'])}; now it gives "
                    f"{aimed[0].predictions[1][0].label} {percent(numbers['panda_after'])}.",
                ),
                figures=(
                    figure(aimed.sheet(), f"The photograph before and after it was changed to a {_TARGET}"),
                ),
            ),
            PageSection(
                "Parts in the wrong places",
                parts.sentences(),
                (PageTable("over shuffles", tuple(columns), rows),),
                (
                    figure(
                        parts.sheet(),
                        "The photograph and shuffles of it",
                        "A network that adds up parts does not mind where they are.",
                    ),
                ),
            ),
        ),
        numbers=numbers,
    )


def _of(prediction: Prediction, label: str) -> float:
    return next((one.probability for one in prediction if one.label == label), 0.0)
