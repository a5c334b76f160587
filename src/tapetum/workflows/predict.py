"""What a network says about pictures."""

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from tapetum.progress import stage
from tapetum.workflows.batches import BATCH
from tapetum.workflows.provenance import versions

if TYPE_CHECKING:
    from tapetum.network import Network
    from tapetum.pictures import Picture, PictureSource
    from tapetum.results import Prediction, Predictions, Skipped


def predict(
    network: "Network",
    pictures: "Sequence[PictureSource]",
    *,
    top: int = 5,
    skippable: Collection[int] = (),
    stop: Callable[[], bool] = lambda: False,
) -> "Predictions":
    """The strongest classes of each picture, in batches.

    `skippable` are the places of pictures that are named in `skipped`, and left out, where they cannot be
    read.

    Raises:
        PictureError: another picture cannot be read, or none of them can.
    """
    from tapetum.errors import PictureError
    from tapetum.results import Predictions

    found: list[Prediction] = []
    skipped: list[Skipped] = []
    engine = "torch"
    network.expect(len(pictures))
    with stage("Predicting", len(pictures)) as advance:
        for start in range(0, len(pictures), BATCH):
            given = pictures[start : start + BATCH]
            opened, failed = _opened(given, {place - start for place in skippable})
            skipped += failed
            if opened:
                inputs = network.inputs(opened)
                logits, _, engine = network.evaluate(inputs.batch)
                names = [picture.name for picture in inputs.pictures]
                found += network.predictions(logits, names, top=top, engine=engine)
            advance(len(given))
            if stop():
                break
    if not found:
        raise PictureError(f"None of the {len(skipped)} pictures can be read. The first: {skipped[0].reason}")
    return Predictions(network.facts(engine), tuple(found), tuple(skipped), versions())


def _opened(
    pictures: "Sequence[PictureSource]", skippable: Collection[int]
) -> "tuple[list[Picture], list[Skipped]]":
    """The pictures that can be read, and why those that may be skipped cannot."""
    from tapetum.errors import PictureError
    from tapetum.pictures import display_name, open_picture
    from tapetum.results import Skipped

    opened: list[Picture] = []
    failed: list[Skipped] = []
    for place, picture in enumerate(pictures):
        try:
            opened.append(open_picture(picture))
        except PictureError as error:
            if place not in skippable:
                raise
            failed.append(Skipped(display_name(str(picture)), str(error)))
    return opened, failed
