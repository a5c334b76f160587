"""Where a result comes from: versions and time."""

import datetime
import importlib.metadata
import platform
import sys


def versions() -> dict[str, str]:
    """The versions of everything that takes part in a result."""
    found = {"tapetum": importlib.metadata.version("tapetum"), "python": platform.python_version()}
    for name in ("torch", "torchvision", "timm", "openvino", "numpy", "pillow"):
        module = "PIL" if name == "pillow" else name
        if module in sys.modules:
            found[name] = importlib.metadata.version(name)
    return found


def now() -> str:
    """The time, as results tell it."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
