"""What a network says about pictures."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tapetum.progress import stage
from tapetum.workflows.batches import in_batches

if TYPE_CHECKING:
    from tapetum.network import Network
    from tapetum.pictures import PictureSource
    from tapetum.results import Prediction


def predict(
    network: "Network",
    pictures: "Sequence[PictureSource]",
    *,
    top: int = 5,
    stop: Callable[[], bool] = lambda: False,
) -> "list[Prediction]":
    """The strongest classes of each picture, in batches."""
    found: list[Prediction] = []
    with stage("Predicting", len(pictures)) as advance:
        for inputs in in_batches(network, pictures):
            logits, _, engine = network.evaluate(inputs.batch)
            names = [picture.name for picture in inputs.pictures]
            found += network.predictions(logits, names, top=top, engine=engine)
            advance(len(names))
            if stop():
                break
    return found
