"""Who computes: one job at a time, quick ones before long ones, and every client in its turn.

The networks belong to whoever has the turn. A long job gives it away between its parts: at once when
something quick waits, and after a quarter of a second when another long one does. It hears of the ends of its
parts through `tapetum.progress`, as a bar in a terminal does.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from tapetum.progress import Listener, listening
from tapetum.server.line import Line

SLICE = 0.25
"""Seconds that a long job may keep the turn while other long ones wait."""


class BusyError(Exception):
    """So many wait already that nobody else can."""


class LeftError(Exception):
    """Nobody waits for this job any more."""


class Job:
    """Something to be computed for a client, and its future.

    `work` gets the job, whose `stop` says whether it is still wanted.
    """

    def __init__(self, client: str, work: "Callable[[Job], Any]", hear: Listener, *, long: bool) -> None:
        self.client, self.work, self.hear, self.long = client, work, hear, long
        self.future: Future[Any] = Future()
        self.turn = threading.Event()
        self.started = False
        self.begun = 0.0
        self._left = threading.Event()

    def stop(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._left.is_set()

    def leave(self) -> None:
        """Say that nobody waits for it any more."""
        self._left.set()


class Worker:
    """Computes jobs. `quick` and `long` of each kind may wait at most; what is asked beyond is refused."""

    def __init__(self, *, quick: int = 256, long: int = 8) -> None:
        self._most = {False: quick, True: long}
        self._lines: dict[bool, Line[Job]] = {False: Line(), True: Line()}
        self._lock = threading.Lock()
        self._busy = False
        self._alive: set[Job] = set()
        # Torch keeps helpers for each thread that it is used from: one for all that is quick. A long job
        # that waits for its next turn keeps its own.
        self._threads = {False: ThreadPoolExecutor(1, "quick"), True: ThreadPoolExecutor(long + 1, "long")}

    def submit(
        self, client: str, work: Callable[[Job], Any], hear: Listener = lambda *_: None, *, long: bool
    ) -> Job:
        """Wait in line.

        Raises:
            BusyError: the line is full.
        """
        job = Job(client, work, hear, long=long)
        with self._lock:
            if sum(1 for one in self._alive if one.long == long) >= self._most[long]:
                raise BusyError
            self._alive.add(job)
            self._lines[long].join(client, job)
            if not self._busy:
                self._pass_on()
        return job

    def leave(self, job: Job) -> None:
        """Nobody waits for this job any more: it ends before it begins, or at the end of its part."""
        job.leave()
        with self._lock:
            if not job.started and self._lines[job.long].leave(job.client, job):
                self._alive.discard(job)
                job.future.cancel()

    def stop(self) -> None:
        """End everything, at the end of its part."""
        with self._lock:
            alive = list(self._alive)
        for job in alive:
            self.leave(job)

    def close(self) -> None:
        """The same, and wait for what is being computed."""
        self.stop()
        for threads in self._threads.values():
            threads.shutdown()

    def _pass_on(self) -> None:
        """Give the turn to the next job, if there is one; with the lock held."""
        line = self._lines[False] if len(self._lines[False]) else self._lines[True]
        self._busy = bool(len(line))
        if not self._busy:
            return
        job = line.next()
        job.begun = time.monotonic()
        if job.started:
            job.turn.set()
        else:
            job.started = True
            self._threads[job.long].submit(self._run, job)

    def _run(self, job: Job) -> None:
        try:
            with listening(lambda *told: self._part_done(job, told)):
                found = job.work(job)
        except BaseException as error:  # noqa: BLE001  whoever waits for the job is told
            failed: BaseException | None = error
        else:
            failed = None
        with self._lock:
            self._alive.discard(job)
            self._pass_on()
        if failed is None:
            job.future.set_result(found)
        else:
            job.future.set_exception(failed)

    def _part_done(self, job: Job, told: tuple[str, int, int]) -> None:
        if job.stop():
            raise LeftError
        job.hear(*told)
        if job.long and self._gave_away(job):
            job.turn.wait()
            job.turn.clear()
            if job.stop():
                raise LeftError

    def _gave_away(self, job: Job) -> bool:
        with self._lock:
            over = time.monotonic() - job.begun > SLICE
            if not len(self._lines[False]) and not (over and len(self._lines[True])):
                return False
            self._lines[True].join(job.client, job)
            self._pass_on()
        return True
