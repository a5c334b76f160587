"""What every test stands on: few threads, torch below Keras, one cache folder and one browser of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from chromium import axe, browser, visit

__all__ = ["axe", "browser", "visit"]

torch.set_num_threads(1)
os.environ["KERAS_BACKEND"] = "torch"  # Keras looks once, when it is imported


@pytest.fixture(autouse=True, scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Converted networks go to a folder of the test run, never to the user's."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("TAPETUM_CACHE", str(folder))
        yield folder
