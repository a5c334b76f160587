"""Import torchvision and timm, also where torch is another build than torchvision was compiled for."""

import importlib
import logging
import sys
from types import ModuleType

import torch

_logger = logging.getLogger(__name__)
_MISSING = "operator torchvision::"
_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
# torch forgets what a library declared as soon as the object goes, so the objects stay here.
_declared: list[torch.library.Library] = []


def import_torchvision() -> ModuleType:
    """Torchvision, ready for use.

    Its compiled operators do not load beside a torch of another build, and then its import fails on the
    shapes that it registers for two of them. Declaring the two is enough: no classifier uses them.
    """
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if _MISSING not in str(error) or _declared:
            raise
    _logger.debug("torchvision's compiled operators do not fit this torch; declaring nms and qnms ourselves")
    library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for schema in _SCHEMAS:
        library.define(schema)  # type: ignore[no-untyped-call]
    _declared.append(library)
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
    return importlib.import_module("torchvision")


def import_timm() -> ModuleType:
    """Timm, which imports torchvision itself."""
    import_torchvision()
    return importlib.import_module("timm")
