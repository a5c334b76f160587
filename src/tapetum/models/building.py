"""The surroundings in which a source builds its module: the same each time, and left as they were."""

import contextlib
import random
import warnings
from collections.abc import Iterator

import numpy as np
import torch

_THEIRS = r"(timm|torchvision|huggingface_hub|keras)(\.|$)"


@contextlib.contextmanager
def building() -> Iterator[None]:
    """Build with seed 0, so that random weights are the same each time, and with ordinary tensors.

    Afterwards every random state is what it was. Warnings of the libraries that build are theirs to mend.
    """
    python, numpy_state = random.getstate(), np.random.get_state()
    with (
        torch.inference_mode(False),
        torch.enable_grad(),
        torch.random.fork_rng(devices=[]),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", module=_THEIRS)
        # torch.manual_seed would seed the accelerators too, whose state is not ours.
        torch.default_generator.manual_seed(0)
        random.seed(0)
        np.random.seed(0)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy_state)
