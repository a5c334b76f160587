"""Lightning, imported when it is needed, and kept quiet."""

import contextlib
import importlib
import logging
from collections.abc import Iterator
from typing import Any

from tapetum.errors import ModelError
from tapetum.models.torchvision_import import import_torchvision

_LOGGERS = ("lightning", "lightning.pytorch", "lightning.fabric")


def import_lightning() -> Any:
    """The library that trains.

    Raises:
        ModelError: it is not installed.
    """
    # torchmetrics, which Lightning imports, imports torchvision.
    import_torchvision()
    try:
        return importlib.import_module("lightning")
    except ImportError as error:
        raise ModelError(
            'Training needs Lightning, which is not installed. Install it: pip install "tapetum[learn]".'
        ) from error


@contextlib.contextmanager
def quiet_lightning() -> Iterator[Any]:
    """The library that trains; inside, it logs nothing below an error."""
    lightning = import_lightning()
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield lightning
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
