"""A film of what Keras trains."""

from typing import TYPE_CHECKING, Any

from tapetum.learning.film import Film
from tapetum.models.keras_import import import_keras

if TYPE_CHECKING:
    from keras.callbacks import Callback


def keras_film_callback(film: Film) -> "Callback":
    """A Keras 3 callback that records after every epoch, or every batch of a film that counts steps.

    Scores are those of Keras's own logs. A second `fit` with the same film is added behind what is there;
    with `initial_epoch` the film goes on at that epoch. The film is written to its file, if it has one, when
    training ends.

    Raises:
        ModelError: Keras is not installed, or runs on another backend than torch.
    """
    base: Any = import_keras().callbacks.Callback

    class FilmCallback(base):  # type: ignore[misc]
        """Tells the film what Keras knows."""

        def __init__(self) -> None:
            super().__init__()
            self.begun: int | None = None
            self.steps = 0

        def on_train_begin(self, logs: Any = None) -> None:
            self.begun, self.steps = None, film.last

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if self.begun is None:
                self.begun = 0 if epoch else film.last

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if film.unit == "step":
                self.steps += 1
                film.record(self.steps, **(logs or {}))

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if film.unit == "epoch":
                film.record((self.begun or 0) + epoch + 1, **(logs or {}))

        def on_train_end(self, logs: Any = None) -> None:
            if film.file is not None:
                film.save()

    return FilmCallback()
