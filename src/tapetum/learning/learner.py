"""What Lightning trains: the network with its loss, and the callback that watches over it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from tapetum.errors import NonFiniteError
from tapetum.learning.augment import Augmentation, changed, drawn
from tapetum.learning.batches import Rows
from tapetum.learning.lightning_import import import_lightning
from tapetum.learning.losses import classes_of, loss_of
from tapetum.network import Preparation
from tapetum.results import Epoch

if TYPE_CHECKING:
    import lightning
else:
    lightning = import_lightning()


class Learner(lightning.LightningModule):
    """The network, how pixels reach it, and what it is told about its answers.

    `trunk` comes before the network and learns nothing. Without augmentation its features never change: they
    are `known`, and the batches hold them instead of pixels.
    """

    def __init__(
        self,
        module: nn.Module,
        preparation: Preparation,
        *,
        learning_rate: float,
        augmentation: Augmentation | None,
        seed: int,
        trunk: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.module, self.trunk = module, trunk
        self.preparation, self.learning_rate = preparation, learning_rate
        self.known = trunk is not None and augmentation is None
        self.augmentation, self.chance = augmentation, torch.Generator().manual_seed(seed)

    def training_step(self, batch: Rows, place: int) -> Tensor:
        """The loss of one batch, with its pictures changed at random where that is asked for."""
        return self._step(batch, "", self.augmentation)

    def validation_step(self, batch: Rows, place: int) -> None:
        """The same of pictures that nothing is learnt from."""
        self._step(batch, "val_", None)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam, on all that may change."""
        learnt = [weight for weight in self.module.parameters() if weight.requires_grad]
        return torch.optim.Adam(learnt, lr=self.learning_rate)

    def _step(self, batch: Rows, prefix: str, augmentation: Augmentation | None) -> Tensor:
        values, labels = batch
        logits = self.module(values if self.known else self._input(values, augmentation))
        loss = loss_of(logits, labels)
        if not torch.isfinite(loss):
            where = f"after step {self.global_step}" if prefix else f"at step {self.global_step + 1}"
            raise NonFiniteError(
                f"The {'validation' if prefix else 'training'} loss is {loss.item()} {where} "
                f"(epoch {self.current_epoch + 1}). Train with a smaller learning rate."
            )
        right = (classes_of(logits) == labels).float().mean()
        found = {f"{prefix}loss": loss.detach(), f"{prefix}accuracy": right}
        several = self.trainer.world_size > 1
        self.log_dict(found, on_step=False, on_epoch=True, batch_size=len(labels), sync_dist=several)
        return loss

    def _input(self, pixels: Tensor, augmentation: Augmentation | None) -> Tensor:
        values = pixels.float() / 255
        if augmentation is not None:
            values = changed(values, drawn(augmentation, len(values), self.chance))
        values = self.preparation.normalised(values)
        if self.trunk is not None:
            with torch.no_grad():
                values = self.trunk(values)
        return values


class Watch(lightning.Callback):
    """Keeps the best weights, says when to stop, and tells how far the training has come."""

    def __init__(self, *, patience: int | None, stop: Callable[[], bool]) -> None:
        self.patience, self.stop = patience, stop
        self.advance: Callable[[int], None] = lambda parts: None
        self.history: list[Epoch] = []
        self.best = 0
        self.weights: dict[str, Tensor] = {}
        self.interrupted = False

    def on_train_batch_end(self, trainer: Any, *_: object) -> None:
        """One batch is done; the person may want no more."""
        self.advance(1)
        asked = self.stop()
        if trainer.world_size > 1:
            asked = trainer.strategy.reduce_boolean_decision(asked, all=False)
        if asked:
            self.interrupted = trainer.should_stop = True

    def on_train_epoch_end(self, trainer: Any, learner: Any) -> None:
        """Take the numbers of the epoch; keep the weights where the validation loss is the lowest so far."""
        found = epoch_of(len(self.history) + 1, trainer.callback_metrics)
        self.history.append(found)
        if not self.weights or found.validation_loss < self.history[self.best].validation_loss:
            self.best = len(self.history) - 1
            self.weights = {
                name: value.detach().to("cpu", copy=True)
                for name, value in learner.module.state_dict().items()
            }
        elif self.patience is not None and len(self.history) - 1 - self.best >= self.patience:
            trainer.should_stop = True


def epoch_of(number: int, metrics: Mapping[str, Tensor]) -> Epoch:
    """The numbers that Lightning has gathered in one epoch."""
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    return Epoch(number, *(float(metrics[name]) for name in names))
