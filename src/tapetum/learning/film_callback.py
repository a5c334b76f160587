"""A film of what Lightning trains."""

from typing import TYPE_CHECKING, Any

from tapetum.learning.film import Film
from tapetum.learning.lightning_import import quiet_lightning

if TYPE_CHECKING:
    from lightning.pytorch import Callback


def film_callback(film: Film) -> "Callback":
    """A Lightning callback that records after every epoch, or every step of a film that counts steps.

    Scores are those that the module logs (`self.log`). A run that is resumed from a checkpoint goes on in the
    film at its own epoch; a new run with the same film is added behind what is there. The film is written to
    its file, if it has one, when training ends, also when it breaks or is interrupted.

    Raises:
        ModelError: Lightning is not installed.

    Example:
        >>> import torch, tapetum
        >>> layers = torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(144, 2)
        >>> film = tapetum.Film(torch.nn.Sequential(*layers), torch.rand(2, 1, 8, 8))
        >>> callback = tapetum.film_callback(film)  # Trainer(callbacks=[callback])
    """
    with quiet_lightning() as lightning:
        base: Any = lightning.Callback

    class FilmCallback(base):  # type: ignore[misc]
        """Tells the film what the trainer knows."""

        def __init__(self) -> None:
            self.begun = 0

        def on_train_start(self, trainer: Any, _module: Any) -> None:
            done = trainer.current_epoch if film.unit == "epoch" else trainer.global_step
            self.begun = 0 if done else film.last

        def on_train_batch_end(self, trainer: Any, *_: Any) -> None:
            if film.unit == "step":
                self._record(trainer, trainer.global_step)

        def on_train_epoch_end(self, trainer: Any, _module: Any) -> None:
            if film.unit == "epoch":
                self._record(trainer, trainer.current_epoch + 1)

        def on_train_end(self, trainer: Any, _module: Any) -> None:
            self._save(trainer)

        def on_exception(self, trainer: Any, _module: Any, _error: BaseException) -> None:
            self._save(trainer)

        def _record(self, trainer: Any, moment: int) -> None:
            if trainer.is_global_zero:
                film.record(self.begun + moment, **dict(trainer.callback_metrics))

        def _save(self, trainer: Any) -> None:
            if trainer.is_global_zero and film.file is not None:
                film.save()

    return FilmCallback()
