"""The film taken by Lightning and by Keras as they train, resume and are interrupted."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import untouched
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import tapetum
from tapetum.errors import DataError
from tapetum.models.torchvision_import import import_torchvision

import_torchvision()  # which Lightning's metrics import
os.environ.setdefault("KERAS_BACKEND", "torch")

import keras  # noqa: E402
import lightning.pytorch as pl  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:The 'train_dataloader' does not have many workers"),
    # Lightning's own use of torch.
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning"),
]
PICTURES = torch.rand(8, 1, 10, 10, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(8) % 2


class Stripes(pl.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.model = nn.Sequential(
            nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(192, 2)
        )
        self.broken_at = -1

    def training_step(self, batch: Any, _: int) -> torch.Tensor:
        if self.global_step == self.broken_at:
            raise KeyboardInterrupt
        loss = nn.functional.cross_entropy(self.model(batch[0]), batch[1])
        self.log("loss", loss, on_step=True, on_epoch=True)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def _fit(module: pl.LightningModule, film: tapetum.Film, epochs: int, path: Path, **more: Any) -> pl.Trainer:
    trainer = pl.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=path,
        callbacks=[tapetum.film_callback(film)],
    )
    trainer.fit(module, DataLoader(TensorDataset(PICTURES, LABELS), batch_size=4), **more)
    return trainer


def test_lightning_records_every_epoch_and_goes_on_from_a_checkpoint(tmp_path: Path) -> None:
    module = Stripes()
    film = tapetum.Film(module.model, PICTURES[:2], file=tmp_path / "film.npz")
    before = list(map(id, module.parameters()))
    trainer = _fit(module, film, 2, tmp_path)
    trainer.save_checkpoint(tmp_path / "two.ckpt")
    reel = tapetum.Reel.load(tmp_path / "film.npz")
    assert reel.frames.tolist() == [0, 1, 2]
    assert reel.told(-1)["loss_epoch"] == pytest.approx(float(trainer.callback_metrics["loss_epoch"]))
    assert np.array_equal(reel.kernels[-1], module.model[0].weight.detach().numpy())
    assert list(map(id, module.parameters())) == before
    assert module.model[1].num_batches_tracked == 4

    resumed = Stripes()
    film = tapetum.Film(resumed.model, PICTURES[:2], file=tmp_path / "film.npz")
    _fit(resumed, film, 3, tmp_path, ckpt_path=tmp_path / "two.ckpt")
    assert film.reel.frames.tolist() == [0, 1, 2, 3]
    assert np.array_equal(film.reel.kernels[:3], reel.kernels)


def test_lightning_records_steps_and_a_second_run_behind_the_first(tmp_path: Path) -> None:
    module = Stripes()
    film = tapetum.Film(module.model, unit="step", every=2)
    _fit(module, film, 2, tmp_path)
    assert film.reel.frames.tolist() == [0, 2, 4]
    _fit(module, film, 1, tmp_path)
    assert film.reel.frames.tolist() == [0, 2, 4, 6]


def test_an_interrupted_run_leaves_its_film(tmp_path: Path) -> None:
    module = Stripes()
    module.broken_at = 3
    film = tapetum.Film(module.model, file=tmp_path / "film.npz", memory="1MiB")
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        _fit(module, film, 3, tmp_path)
    assert tapetum.Reel.load(tmp_path / "film.npz").frames.tolist() == [0, 1]


def _sequential() -> Any:
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((10, 10, 1)),
            keras.layers.Conv2D(3, (5, 3), activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(2),
        ],
        name="stripes",
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss)
    return model


def test_keras_records_every_epoch_with_kernels_as_others_have_them(tmp_path: Path) -> None:
    model = _sequential()
    film = tapetum.Film(model, file=tmp_path / "film.npz")
    pictures, labels = PICTURES.permute(0, 2, 3, 1).numpy(), LABELS.numpy()
    options = {"batch_size": 4, "verbose": 0, "callbacks": [tapetum.keras_film_callback(film)]}
    history = model.fit(pictures, labels, epochs=2, **options)
    reel = tapetum.Reel.load(tmp_path / "film.npz")
    assert (reel.model, reel.first) == ("stripes", f"stripes/{model.layers[0].name}/kernel")
    assert reel.kernels.shape == (3, 3, 1, 5, 3)
    kernel = model.layers[0].kernel.value.detach().numpy()
    assert np.array_equal(reel.kernels[-1], kernel.transpose(3, 2, 0, 1))
    assert reel.scores["loss"].tolist() == pytest.approx([float(loss) for loss in history.history["loss"]])
    model.fit(pictures, labels, epochs=1, **options)
    assert film.reel.frames.tolist() == [0, 1, 2, 3]
    model.fit(pictures, labels, initial_epoch=1, epochs=2, **options)
    assert film.reel.frames.tolist() == [0, 1, 2]


def test_keras_maps_are_channel_first_and_recording_leaves_no_trace() -> None:
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((10, 10, 1)),
            keras.layers.Conv2D(3, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.BatchNormalization(),
            keras.layers.Flatten(),
            keras.layers.Dense(2),
        ]
    )
    model(PICTURES.permute(0, 2, 3, 1))
    with untouched.untouched(model):
        film = tapetum.Film(model, PICTURES[:2].permute(0, 2, 3, 1).numpy(), names=["a", "b"])
        film.record(loss=1.0)
    reel = film.reel
    assert list(reel.titles.values()) == ["convolution", "ReLU", "max pooling", "batch-norm"]
    weights = [torch.from_numpy(values[-1]) for values in list(reel.weights.values())[:2]]
    pooled = nn.functional.max_pool2d(nn.functional.conv2d(PICTURES[:2], *weights).relu(), 2)
    found = next(reel.maps[name] for name, title in reel.titles.items() if title == "max pooling")
    assert np.allclose(found[-1], pooled.numpy(), rtol=1e-3, atol=1e-4)
    assert reel.probes.shape == (2, 10, 10, 3)


def test_keras_records_steps() -> None:
    model = _sequential()
    film = tapetum.Film(model, unit="step")
    pictures = PICTURES.permute(0, 2, 3, 1).numpy()
    model.fit(
        pictures,
        LABELS.numpy(),
        batch_size=4,
        epochs=2,
        verbose=0,
        callbacks=[tapetum.keras_film_callback(film)],
    )
    assert film.reel.frames.tolist() == [0, 1, 2, 3, 4]


def test_a_keras_model_without_weights_is_told_to_be_built() -> None:
    from tapetum.errors import ModelError

    with pytest.raises(ModelError, match="must be built first"):
        tapetum.Film(keras.Sequential([keras.layers.Conv2D(3, 3)]))


def test_scores_that_are_no_numbers_are_named() -> None:
    film = tapetum.Film(Stripes().model)
    with pytest.raises(DataError, match="'lr' is str"):
        film.record(lr="high")
