"""Import OpenVINO without its telemetry, which reports every import over the network."""

import importlib
import importlib.util
import sys
from typing import Any

_CLIENT = "openvino_telemetry"


def available() -> bool:
    """Whether OpenVINO is installed."""
    return importlib.util.find_spec("openvino") is not None


def import_openvino() -> Any:
    """OpenVINO, ready for use.

    While it is imported its telemetry client seems not to be installed, and then OpenVINO takes a stub that
    sends nothing. Where somebody else imported it before, it stays as they have it.
    """
    if "openvino" in sys.modules:
        return sys.modules["openvino"]
    client = {name: module for name, module in sys.modules.items() if name.split(".")[0] == _CLIENT}
    sys.modules[_CLIENT] = None  # type: ignore[assignment]
    try:
        return importlib.import_module("openvino")
    finally:
        del sys.modules[_CLIENT]
        sys.modules.update(client)
