"""A command in a process of its own: how long it took, and the most memory it held."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


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
    launch = Path(__file__).with_name("launch.py")
    done = subprocess.run(
        [sys.executable, "-S", str(launch), *arguments],
        stdout=subprocess.PIPE,
        env={**os.environ, **(environment or {})},
        text=True,
        check=True,
    )
    *output, told = done.stdout.splitlines()
    facts = json.loads(told)
    if facts["code"] != 0:
        raise RuntimeError(f"{' '.join(arguments)} ended with {facts['code']}: {' '.join(output)[-500:]}")
    return Finished(facts["seconds"], facts["megabytes"], "\n".join(output))
