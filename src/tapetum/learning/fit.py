"""Train a network on labelled pictures."""

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

from tapetum.errors import DataError, ModelError, PictureError
from tapetum.learning.augment import Augmentation
from tapetum.learning.batches import HOLD, batches, held_batches
from tapetum.learning.data import PictureSet
from tapetum.learning.features import features
from tapetum.learning.history import Fitted
from tapetum.learning.lightning_import import quiet_lightning
from tapetum.network import Preparation
from tapetum.network.surroundings import plain, untouched_world
from tapetum.pictures import printable
from tapetum.progress import stage
from tapetum.results import Ending

_FASTEST = 1e10


def fit(
    module: nn.Module,
    train: PictureSet,
    validation: PictureSet,
    preparation: Preparation,
    *,
    epochs: int = 20,
    batch: int = 32,
    learning_rate: float = 1e-3,
    patience: int | None = None,
    augmentation: Augmentation | None = None,
    trunk: nn.Module | None = None,
    seed: int = 0,
    hold: int = HOLD,
    stop: Callable[[], bool] = lambda: False,
    callbacks: Sequence[Any] = (),
    trainer: Mapping[str, Any] | None = None,
) -> Fitted:
    """Train the module itself, and leave it with its best weights, in evaluation mode.

    Adam lowers the binary cross-entropy of a module with one logit, else the cross-entropy, of what has
    `requires_grad`. Best are the weights after the epoch with the lowest validation loss. The same seed
    gives the same weights on the same machine; global random states are left as they were.

    Args:
        module: gives logits for prepared batches; parts of it in evaluation mode stay in it.
        train: what is learnt from.
        validation: what nothing is learnt from, looked at after each epoch.
        preparation: how pictures become input.
        epochs: rounds at most.
        batch: pictures in a step.
        learning_rate: of Adam.
        patience: stop after so many epochs without a lower validation loss; None for never.
        augmentation: how training pictures are changed at random.
        trunk: comes before the module and learns nothing. Without augmentation every picture goes through it
            once, and the module learns from what it gives.
        seed: of the order, the augmentation and dropout.
        hold: most bytes of pixels held in memory; larger sets are read anew in each epoch.
        stop: asked after every batch; when it says True, the training ends there.
        callbacks: of Lightning, which see the module as `learner.module`.
        trainer: options of Lightning's `Trainer`: accelerator, devices, strategy, precision …

    Raises:
        DataError: one class only, a number that is out of range, or a picture that can no longer be read.
        ModelError: Lightning is missing, or the module does not answer with one row of logits per picture.
        NonFiniteError: a loss is NaN or infinite; the message names the step.

    Example:
        >>> from tapetum.learning import fit, lines, split, untrained
        >>> from tapetum.network import Preparation
        >>> train, validation, test = split(lines(40, size=24))
        >>> preparation = Preparation(24, 24, channels=1)
        >>> fit(untrained("lenet", preparation, 2), train, validation, preparation, epochs=1).best
        1
    """
    _check_numbers(learning_rate, epochs=epochs, batch=batch, patience=patience)
    _check_data(train, validation)
    began = time.perf_counter()
    with plain(), untouched_world(), quiet_lightning() as lightning, _own_interrupt():
        from tapetum.learning.learner import Learner, Watch

        _seed(seed)
        _check_outputs(module, trunk, preparation, len(train.classes))
        device = next(module.parameters()).device
        watch = Watch(patience=patience, stop=stop)
        loop = _trainer(lightning, epochs, [watch, *callbacks], trainer or {})
        learner = Learner(
            module,
            preparation,
            learning_rate=learning_rate,
            augmentation=None if augmentation == Augmentation() else augmentation,
            seed=seed,
            trunk=trunk,
        )
        shown, unseen = (
            _batches(learner, part, batch, shuffle=order, hold=hold, device=loop.strategy.root_device)
            for part, order in ((train, seed), (validation, None))
        )
        with stage("Training", epochs * len(shown)) as watch.advance, _readable(train.name):
            loop.fit(learner, shown, unseen)
        module.load_state_dict(watch.weights)
        module.to(device).eval()
        module.zero_grad(set_to_none=True)
    ending: Ending = "all epochs" if len(watch.history) == epochs else "no better"
    return Fitted(
        tuple(watch.history),
        watch.best + 1,
        "interrupted" if watch.interrupted else ending,
        time.perf_counter() - began,
    )


def _batches(
    learner: Any, data: PictureSet, size: int, *, shuffle: int | None, hold: int, device: torch.device
) -> "DataLoader[Any]":
    """Batches of pixels; or of the features of every picture, where these never change."""
    trunk, preparation = learner.trunk, learner.preparation
    if not learner.known:
        return batches(data, preparation, size, shuffle=shuffle, hold=hold)
    at_home = next(trunk.parameters()).device
    found = features(trunk.to(device), data, preparation, size, hold=hold)
    trunk.to(at_home)
    return held_batches(*found, size, shuffle=shuffle)


@contextlib.contextmanager
def _readable(name: str) -> Iterator[None]:
    """A picture that cannot be read any more, in the words of the data."""
    try:
        yield
    except PictureError as error:
        raise DataError(f"A picture of {name} can no longer be read: {error}") from error


def _trainer(lightning: Any, epochs: int, callbacks: list[Any], options: Mapping[str, Any]) -> Any:
    own = {
        "max_epochs": epochs,
        "callbacks": callbacks,
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "num_sanity_val_steps": 0,
    }
    from lightning.fabric.utilities.exceptions import MisconfigurationException

    try:
        return lightning.Trainer(**{"devices": 1, **options, **own})
    except (MisconfigurationException, ValueError, TypeError, RuntimeError, ImportError) as error:
        # In Lightning's own words, what is wrong with the devices.
        reason = printable(str(error), 300).rstrip(".")
        raise ModelError(
            f"Lightning cannot train so: {reason}. Check accelerator, devices and strategy."
        ) from error


def _check_numbers(learning_rate: float, **whole: int | None) -> None:
    for name, value in whole.items():
        if value is not None and value < 1:
            raise DataError(f"{name} is {value}. Give at least 1.")
    if not 0 < learning_rate <= _FASTEST:
        raise DataError(f"The learning rate is {learning_rate}. Give a positive number, such as 0.001.")


def _check_data(train: PictureSet, validation: PictureSet) -> None:
    if len(set(train.labels.tolist())) < 2:
        raise DataError(
            f"All pictures of {train.name} are of one class: there is nothing to tell apart. "
            "Give pictures of at least two."
        )
    if validation.classes != train.classes:
        raise DataError(
            f"{validation.name} has other classes than {train.name}. Split one set, or give the same classes."
        )


def _check_outputs(
    module: nn.Module, trunk: nn.Module | None, preparation: Preparation, classes: int
) -> None:
    """One logit for two classes, else one per class."""
    weights = list(module.parameters())
    if not any(weight.requires_grad for weight in weights):
        raise ModelError("The network has no weight that may change. Set requires_grad on what shall learn.")
    seen = torch.zeros(2, preparation.channels, preparation.rows, preparation.columns).to(weights[0])
    modes = [part.training for part in module.modules()]
    try:
        with torch.no_grad():
            shape = tuple(module.eval()(seen if trunk is None else trunk(seen)).shape)
    finally:
        for part, mode in zip(module.modules(), modes, strict=True):
            part.training = mode
    if shape not in ([(2, 1), (2, 2)] if classes == 2 else [(2, classes)]):
        raise ModelError(
            f"Two pictures give numbers of shape {shape}, and there are {classes} classes. "
            "Give a network with one logit per class, or with one logit for two classes."
        )


def _seed(seed: int) -> None:
    """Seed torch, whose state `untouched_world` puts back."""
    torch.default_generator.manual_seed(seed)
    np.random.seed(seed)
    if torch.cuda.is_available():
        torch.cuda.manual_seed_all(seed)


@contextlib.contextmanager
def _own_interrupt() -> Iterator[None]:
    """Ctrl-C stays KeyboardInterrupt: Lightning would leave the whole process, and ignore Ctrl-C for good."""
    watched = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT) if watched else None
    try:
        yield
    except SystemExit as end:
        if isinstance(end.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise
    finally:
        if watched:
            signal.signal(signal.SIGINT, before)
