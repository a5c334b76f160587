"""Keras models for tests: small ones, and those of keras.applications with weights that say something."""

from typing import Any

import keras
import numpy as np
import torch
from keras import layers
from torch import Tensor

CLASSES = 7


def article_3(size: int = 64) -> Any:
    """Article 3's network, as its reader writes it."""
    model = keras.Sequential(
        [
            keras.Input((size, size, 3)),
            layers.Conv2D(16, 5, padding="same", activation="relu", name="conv_a"),
            layers.BatchNormalization(name="norm_a"),
            layers.MaxPooling2D(name="pool_a"),
            layers.Dropout(0.1, name="drop_a"),
            layers.Conv2D(32, 5, padding="same", activation="relu", name="conv_b"),
            layers.BatchNormalization(name="norm_b"),
            layers.MaxPooling2D(name="pool_b"),
            layers.Dropout(0.1, name="drop_b"),
            layers.Flatten(name="flat"),
            layers.Dense(128, activation="relu", name="dense"),
            layers.Dense(1, activation="sigmoid", name="verdict"),
        ]
    )
    return drawn(model)


def application(name: str, size: int, classes: int = CLASSES) -> Any:
    """A network of keras.applications with few classes."""
    build = getattr(keras.applications, name)
    return drawn(build(weights=None, input_shape=(size, size, 3), classes=classes))


def drawn(model: Any, seed: int = 0) -> Any:
    """The model with weights that keep the signal's size, and norms as training leaves them."""
    random = np.random.default_rng(seed)
    for variable in model.weights:
        shape, name = tuple(variable.shape), variable.path
        if len(shape) > 1:
            fan_in = np.prod(shape[:2] if "depthwise" in name or "_dw" in name.lower() else shape[:-1])
            variable.assign(random.standard_normal(shape) * np.sqrt(1.5 / fan_in))
        elif "variance" in name or "gamma" in name:
            variable.assign(random.uniform(0.7, 1.4, shape) * (0.5 if "gamma" in name else 1.0))
        else:
            variable.assign(random.standard_normal(shape) * 0.1)
    return model


def own(model: Any, batch: Tensor) -> Tensor:
    """What the model itself answers to a channel-first batch."""
    return model(batch.permute(0, 2, 3, 1), training=False)


def batch(size: int, count: int = 2, seed: int = 0) -> Tensor:
    return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(seed))
