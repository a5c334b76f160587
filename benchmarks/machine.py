"""The machine that the numbers were taken on, described by itself."""

import importlib.metadata
import os
import platform
from pathlib import Path


def describe() -> list[str]:
    """A few lines for the head of a report."""
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = f"torch uses {torch.get_num_threads()} threads"
    return [
        f"{_processor()}, {cores} cores, {_gigabytes():.0f} GB of memory; {threads}, {_vectors()}",
        f"Python {platform.python_version()}, {', '.join(_versions())}",
        f"load average now {load_average()}",
    ]


def load_average() -> str:
    """How busy the machine was in the last 1, 5 and 15 minutes."""
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def _gigabytes() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _vectors() -> str:
    import torch

    return f"vector instructions {torch.backends.cpu.get_cpu_capability()}"


def _versions() -> list[str]:
    names = ["torch", "torchvision", "timm", "openvino", "captum", "grad-cam", "torchcam"]
    names += ["torch-lucent"]
    installed = {found.name for found in importlib.metadata.distributions()}
    return [f"{name} {importlib.metadata.version(name)}" for name in names if name in installed]
