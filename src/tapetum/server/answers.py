"""Answers: kept up to so many bytes, and computed once however many ask for the same at once."""

import asyncio
import time
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from tapetum.server.worker import Job, LeftError, Worker

Answer = Mapping[str, bytes]
"""The parts of one answer by their endings: "json", "bin", "png", "html"."""
Told = Callable[[str, Any], None]
"""Called with the name of an event and its data."""
Work = Callable[["Flight", Job], Answer]

_OVERHEAD = 512
_OFTEN = 0.1


class Flight:
    """An answer under way, and everybody who waits for it. Lives in the event loop's thread."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[Answer] = self.loop.create_future()
        self.listeners: set[Told] = set()
        self.waiting = 0
        self.job: Job | None = None

    def tell(self, event: str, data: Any) -> None:
        """Pass something on to everybody who listens; called from the worker's threads."""
        self.loop.call_soon_threadsafe(self._told, event, data)

    def _told(self, event: str, data: Any) -> None:
        for listener in tuple(self.listeners):
            listener(event, data)


class Answers:
    """Answers by what was asked."""

    def __init__(self, worker: Worker, room: int) -> None:
        self._worker, self._room = worker, room
        self._kept: dict[Hashable, Answer] = {}
        self._flights: dict[Hashable, Flight] = {}
        self.size = 0
        self.computed = 0

    def find(self, key: Hashable) -> Answer | None:
        """The answer, where it is kept; it is then kept longest."""
        found = self._kept.pop(key, None)
        if found is not None:
            self._kept[key] = found
        return found

    def join(self, key: Hashable, client: str, work: Work, *, long: bool) -> Flight:
        """Wait for an answer: for one that is under way, or for a new one. `leave` when that is over.

        Raises:
            BusyError: too many wait.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = Flight()
            flight.job = self._worker.submit(
                client, self._counted(flight, work), _progress(flight), long=long
            )
            self._flights[key] = flight
            own = flight
            flight.job.future.add_done_callback(
                lambda future: own.loop.call_soon_threadsafe(self._landed, key, own)
            )
        flight.waiting += 1
        return flight

    def leave(self, key: Hashable, flight: Flight) -> None:
        """Wait no more. When nobody waits, the work ends."""
        flight.waiting -= 1
        if flight.waiting == 0 and not flight.done.done() and flight.job is not None:
            if self._flights.get(key) is flight:
                del self._flights[key]
            self._worker.leave(flight.job)

    def _counted(self, flight: Flight, work: Work) -> Callable[[Job], Answer]:
        def counted(job: Job) -> Answer:
            self.computed += 1
            return work(flight, job)

        return counted

    def _landed(self, key: Hashable, flight: Flight) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        assert flight.job is not None
        future = flight.job.future
        if flight.done.done():
            return
        error = LeftError() if future.cancelled() else future.exception()
        if error is not None:
            flight.done.set_exception(error)
            flight.done.exception()  # where nobody waits any more, nobody needs to be told
            return
        self._keep(key, future.result())
        flight.done.set_result(future.result())

    def _keep(self, key: Hashable, answer: Answer) -> None:
        size = _bytes(answer)
        if size > self._room // 4:
            return
        # Who left does not always end the work at once: it may have been done twice.
        self.size += size - (_bytes(self._kept.pop(key)) if key in self._kept else 0)
        self._kept[key] = answer
        while self.size > self._room:
            self.size -= _bytes(self._kept.pop(next(iter(self._kept))))


def _bytes(answer: Answer) -> int:
    return _OVERHEAD + sum(map(len, answer.values()))


def _progress(flight: Flight) -> Callable[[str, int, int], None]:
    """Tells how far the work is, ten times a second at most."""
    last = 0.0

    def tell(what: str, done: int, total: int) -> None:
        nonlocal last
        if done >= total or time.monotonic() - last > _OFTEN:
            last = time.monotonic()
            flight.tell("progress", {"what": what, "done": done, "total": total})

    return tell
