"""Lightning, imported when it is needed, and kept quiet."""

import contextlib
import importlib
import logging
from collections.abc import Iterator
from types import ModuleType

from tapetum.errors import ModelError
from tapetum.models.torchvision_import import import_torchvision

_LOGGERS = ("lightning", "lightning.pytorch", "lightning.fabric")


@contextlib.contextmanager
def quiet_lightning() -> Iterator[ModuleType]:
    """The library that trains; inside, it logs nothing below an error.

    Raises:
        ModelError: it is not installed.
    """
    # torchmetrics, which Lightning imports, imports torchvision.
    import_torchvision()
    try:
        lightning = importlib.import_module("lightning")
    except ImportError as error:
        raise ModelError(
            'Training needs Lightning, which is not installed. Install it: pip install "tapetum[learn]".'
        ) from error
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield lightning
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
