"""Training: the same as a plain loop, repeatable, quiet, and stopped where it must be."""

import copy
import logging
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from untouched import untouched

from tapetum.errors import DataError, ModelError, NonFiniteError, PictureError, TapetumError
from tapetum.learning import (
    Augmentation,
    PictureSet,
    faces,
    fit,
    in_memory,
    lines,
    measured,
    split,
    tried,
    untrained,
)
from tapetum.learning.batches import batches
from tapetum.network import Preparation
from tapetum.pictures import Picture

GREY = Preparation(12, 12, channels=1, mean=(0.2,), std=(0.3,))


@pytest.fixture(scope="module")
def parts() -> tuple[PictureSet, ...]:
    return split(lines(30, size=12, thickness=(1, 3)), (0.6, 0.4))


@pytest.fixture
def small() -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(400, 2)
        )


def weights(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


def same(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("outputs", [1, 2])
def test_it_is_a_plain_loop_with_the_best_weights_kept(
    parts: tuple[PictureSet, ...], small: nn.Module, outputs: int
) -> None:
    train, validation = parts
    small[4] = nn.Linear(400, outputs)
    plain = copy.deepcopy(small)
    found = fit(small, train, validation, GREY, epochs=6, batch=8, learning_rate=0.02, seed=3)

    def loss(module: nn.Module, pixels: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        logits = module((pixels / 255 - 0.2) / 0.3)
        if outputs == 1:
            return F.binary_cross_entropy_with_logits(logits[:, 0], labels.float())
        return F.cross_entropy(logits, labels)

    adam = torch.optim.Adam(plain.parameters(), lr=0.02)
    held = next(iter(batches(validation, GREY, len(validation))))
    shown = batches(train, GREY, 8, shuffle=3)
    losses, kept = [], []
    for _ in range(6):
        for pixels, labels in shown:
            adam.zero_grad()
            loss(plain.train(), pixels, labels).backward()
            adam.step()
        with torch.no_grad():
            losses.append(loss(plain.eval(), *held).item())
        kept.append(weights(plain))
    assert [e.validation_loss for e in found.history] == pytest.approx(losses, rel=1e-4)
    assert found.best == int(np.argmin(losses)) + 1
    for name, value in small.state_dict().items():
        assert torch.allclose(value, kept[found.best - 1][name], atol=1e-5), name
    assert not any(module.training for module in small.modules())


def test_lines_are_learnt_to_99_percent() -> None:
    train, validation, test = split(lines(200, seed=1), seed=1)
    preparation = measured(train)
    module = untrained("article-2", preparation, 2, seed=1)
    found = fit(module, train, validation, preparation, epochs=6, seed=1)
    assert tried(module, test, preparation)["accuracy"] >= 0.99
    assert found.history[-1].training_loss < found.history[0].training_loss / 3


def test_the_same_seed_gives_the_same_weights_and_another_gives_others() -> None:
    train, validation, _ = split(faces())
    preparation = measured(train)

    def trained(seed: int) -> nn.Module:
        module = untrained("article-3", preparation, 2)
        fit(
            module,
            train,
            validation,
            preparation,
            epochs=1,
            seed=seed,
            augmentation=Augmentation(flip=0.5, rotate=10.0),
        )
        return module

    one, again, other = trained(1), trained(1), trained(2)
    assert same(one, again)
    assert not same(one, other)


def test_nothing_else_is_touched_printed_or_written(
    parts: tuple[PictureSet, ...],
    small: nn.Module,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    parameters = list(small.parameters())
    levels = [logging.getLogger(name).level for name in ("lightning", "lightning.pytorch")]
    with untouched(nn.Identity()):
        fit(small, *parts, GREY, epochs=1)
    assert all(a is b for a, b in zip(parameters, small.parameters(), strict=True))
    assert all(weight.grad is None and weight.requires_grad for weight in small.parameters())
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")
    assert [logging.getLogger(name).level for name in ("lightning", "lightning.pytorch")] == levels


def test_what_is_streamed_gives_the_same_as_what_is_held(
    parts: tuple[PictureSet, ...], small: nn.Module
) -> None:
    other = copy.deepcopy(small)
    fit(small, *parts, GREY, epochs=2, augmentation=Augmentation(shift=0.1))
    fit(other, *parts, GREY, epochs=2, augmentation=Augmentation(shift=0.1), hold=0)
    assert same(small, other)


def test_only_what_may_change_changes_and_a_trunk_gives_the_same(
    parts: tuple[PictureSet, ...], small: nn.Module
) -> None:
    with torch.no_grad():
        small(torch.randn(9, 1, 12, 12))  # batch-norm that is not at its start
    whole = copy.deepcopy(small)
    whole.eval().requires_grad_(False)
    whole[4].train().requires_grad_(True)
    before = weights(whole)
    fit(whole, *parts, GREY, epochs=3)
    changed = {name for name, value in whole.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {"4.weight", "4.bias"}
    for augmentation in (None, Augmentation(flip=0.5)):
        head, trunk = copy.deepcopy(small[4]), copy.deepcopy(small[:4]).eval()
        found = fit(head, *parts, GREY, epochs=3, trunk=trunk, augmentation=augmentation)
        close = torch.allclose(head.weight, whole[4].weight, atol=1e-5)
        assert close == (augmentation is None)
        assert len(found.history) == 3


def test_it_stops_when_nothing_gets_better(parts: tuple[PictureSet, ...], small: nn.Module) -> None:
    found = fit(small, *parts, GREY, epochs=40, patience=2, learning_rate=0.3)
    losses = [epoch.validation_loss for epoch in found.history]
    assert found.ending == "no better"
    assert len(losses) == found.best + 2 < 40
    assert min(losses) == losses[found.best - 1]


def test_no_batch_of_training_is_a_picture_alone(parts: tuple[PictureSet, ...]) -> None:
    train, _ = parts
    sizes = [len(labels) for _, labels in batches(train, GREY, 5, shuffle=0)]
    assert (len(train), sizes) == (36, [5] * 7)
    assert sum(len(labels) for _, labels in batches(train, GREY, 5)) == 36
    assert [len(labels) for _, labels in batches(train.picked([0, 1, 2, 18]), GREY, 1, shuffle=0)] == [1] * 4


def counted(most: int) -> Callable[[], bool]:
    calls = iter(range(10**6))
    return lambda: next(calls) + 1 >= most


def test_it_ends_after_the_batch_in_which_the_person_asked(
    parts: tuple[PictureSet, ...], small: nn.Module
) -> None:
    once = copy.deepcopy(small)
    found = fit(small, *parts, GREY, epochs=9, batch=6, stop=counted(8))
    assert (found.ending, len(found.history)) == ("interrupted", 2)
    assert fit(once, *parts, GREY, epochs=9, batch=6, stop=counted(1)).best == 1


def test_ctrl_c_in_the_middle_stays_what_it_is(parts: tuple[PictureSet, ...], small: nn.Module) -> None:
    before = signal.getsignal(signal.SIGINT)

    def interrupt() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(small, *parts, GREY, stop=interrupt)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_loss_that_is_no_number_stops_with_the_step(
    parts: tuple[PictureSet, ...], small: nn.Module
) -> None:
    class Breaks(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner, self.steps = small, 0

        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            self.steps += self.training
            return self.inner(batch) * (float("nan") if self.steps == 7 else 1.0)

    with pytest.raises(NonFiniteError, match=r"training loss is nan at step 7 \(epoch 2\)"):
        fit(Breaks(), *parts, GREY, batch=8)


def test_callbacks_of_lightning_see_the_module(parts: tuple[PictureSet, ...], small: nn.Module) -> None:
    import lightning

    class Looks(lightning.Callback):
        def __init__(self) -> None:
            self.seen: list[nn.Module] = []

        def on_train_epoch_end(self, trainer: lightning.Trainer, learner: lightning.LightningModule) -> None:
            self.seen.append(learner.module)

    fit(small, *parts, GREY, epochs=2, callbacks=[looks := Looks()])
    assert all(one is small for one in looks.seen)
    assert len(looks.seen) == 2


def test_what_cannot_be_trained_is_named(parts: tuple[PictureSet, ...], small: nn.Module) -> None:
    train, validation = parts
    alike = train.picked(np.flatnonzero(train.labels == 0))
    other = in_memory("o", np.zeros((2, 12, 12), np.uint8), [0, 1], ["a", "b"])
    frozen = copy.deepcopy(small).requires_grad_(False)
    wide = copy.deepcopy(small)
    wide[4] = nn.Linear(400, 5)
    for module, given, options, kind, words in (
        (small, (alike, validation), {}, DataError, "are of one class"),
        (small, (train, other), {}, DataError, "o has other classes than lines"),
        (small, (train, validation), {"epochs": 0}, DataError, "epochs is 0"),
        (small, (train, validation), {"batch": 0}, DataError, "batch is 0"),
        (small, (train, validation), {"patience": 0}, DataError, "patience is 0"),
        (small, (train, validation), {"learning_rate": -1.0}, DataError, "learning rate is -1"),
        (small, (train, validation), {"learning_rate": float("nan")}, DataError, "learning rate is nan"),
        (small, (train, validation), {"learning_rate": 1e38}, DataError, "learning rate is 1e"),
        (frozen, (train, validation), {}, ModelError, "no weight that may change"),
        (wide, (train, validation), {}, ModelError, r"shape \(2, 5\), and there are 2 classes"),
        (small, (train, validation), {"trainer": {"accelerator": "abacus"}}, ModelError, "Lightning cannot"),
        (small, (train, validation), {"trainer": {"colour": 1}}, ModelError, "unexpected keyword"),
    ):
        with pytest.raises(kind, match=words):
            fit(module, *given, GREY, **options)


def test_the_preparation_gives_each_channel_mean_0_and_deviation_1() -> None:
    pixels = np.random.default_rng(0).integers(0, 200, (20, 9, 7, 3)).astype(np.uint8)
    preparation = measured(in_memory("c", pixels, [0, 1] * 10, ["a", "b"]))
    batch = torch.from_numpy(pixels.transpose(0, 3, 1, 2)) / 255
    found = preparation.normalised(batch)
    assert (preparation.channels, preparation.rows, preparation.columns) == (3, 9, 7)
    assert torch.allclose(found.mean((0, 2, 3)), torch.zeros(3), atol=1e-5)
    assert torch.allclose(found.std((0, 2, 3), unbiased=False), torch.ones(3), atol=1e-5)
    dark = measured(in_memory("d", np.zeros((4, 200, 20), np.uint8), [0, 1, 0, 1], ["a", "b"]))
    assert (dark.channels, dark.rows, dark.columns, dark.std) == (1, 64, 64, (1.0,))


@pytest.mark.parametrize("hold", [0, 10**9])
def test_a_picture_that_can_no_longer_be_read_is_told_in_a_sentence(
    parts: tuple[PictureSet, ...], small: nn.Module, hold: int
) -> None:
    def fetch(place: int) -> Picture:
        if place == 5:
            raise PictureError("cat.png does not exist. Check the name and the folder.")
        return parts[0].fetch(place)

    with pytest.raises(TapetumError, match=r"cat\.png does not exist\. Check") as told:
        fit(small, replace(parts[0], fetch=fetch), parts[1], GREY, hold=hold)
    assert "\n" not in str(told.value)
    assert isinstance(told.value, DataError if hold == 0 else PictureError)
