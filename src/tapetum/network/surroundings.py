"""What stands around a call: modes that are switched on, random states, warnings."""

import contextlib
import gc
import random
import warnings
from collections.abc import Iterator

import numpy as np
import torch


@contextlib.contextmanager
def plain() -> Iterator[None]:
    """Compute as if nothing were switched on around the call: no inference mode, no autocast."""
    with contextlib.ExitStack() as stack:
        if torch.is_inference_mode_enabled():
            stack.enter_context(torch.inference_mode(False))
        for kind in ("cpu", "cuda"):
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        yield


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep the warnings of other people's machinery to ourselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Put off the search for garbage: an export makes so many objects that it takes a fifth of the time."""
    wanted = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if wanted:
            gc.enable()


@contextlib.contextmanager
def untouched_world() -> Iterator[None]:
    """Keep random states as they were, and be quiet."""
    python, numpy_state = random.getstate(), np.random.get_state()
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices), quiet():
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy_state)
