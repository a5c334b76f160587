"""What Keras keeps for the whole program, changed for as long as a block runs."""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch


@contextlib.contextmanager
def names_from_the_start() -> Iterator[None]:
    """Layers without a name are numbered from the start, and the caller's own numbering goes on as before."""
    with _attribute("object_name_uids", None):
        yield


@contextlib.contextmanager
def computing_on(device: torch.device) -> Iterator[None]:
    """Keras computes on this device.

    `keras.device` takes its name only, which equals no tensor's device, so that Keras moves every tensor
    before every operation: a third of all operations that a capture would have to follow.
    """
    with _attribute("torch_device", device):
        yield


@contextlib.contextmanager
def _attribute(name: str, value: Any) -> Iterator[None]:
    from keras.src.backend.common import global_state

    before = global_state.get_global_attribute(name)
    global_state.set_global_attribute(name, value)
    try:
        yield
    finally:
        global_state.set_global_attribute(name, before)
