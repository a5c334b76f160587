"""Whether other programs kept the processor busy while something was measured."""

import os
import time
from pathlib import Path

_STATISTICS = Path("/proc/stat")
_ALLOWED = 0.05
_TICK = 1 / os.sysconf("SC_CLK_TCK")


class Disturbance:
    """Counts, from its making on, the processor time of all programs but this one.

    Where the system does not tell, everything counts as calm.
    """

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._others = _others()

    def calm(self) -> bool:
        """Whether the others took at most 5 % of one core's time, within the clock's resolution."""
        elapsed = time.perf_counter() - self._started
        return _others() - self._others <= _ALLOWED * elapsed + 2 * _TICK


def _others() -> float:
    if not _STATISTICS.exists():
        return 0.0
    user, nice, system, _, _, interrupt, soft, steal = map(
        int, _STATISTICS.read_text().split(maxsplit=9)[1:9]
    )
    own = time.process_time()
    return (user + nice + system + interrupt + soft + steal) * _TICK - own
