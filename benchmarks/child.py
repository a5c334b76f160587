"""A command in a process of its own: how long it took, and the most memory it held."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Finished:
    """Wall-clock seconds, peak resident megabytes and standard output of a finished process."""

    seconds: float
    megabytes: float
    output: str


def python(arguments: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Finished:
    """Run this Python with the arguments and wait for its end.

    Raises:
        RuntimeError: it ended with an error.
    """
    command = [sys.executable, *arguments]
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, **(environment or {})}, text=True
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}: {output[-500:]}")
    per_megabyte = 1e6 if sys.platform == "darwin" else 1e3
    return Finished(seconds, usage.ru_maxrss / per_megabyte, output)
