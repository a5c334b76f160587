"""Who computes when: quick before long, clients in turn, and whoever left is not computed for."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tapetum.progress import stage
from tapetum.server.line import Line
from tapetum.server.worker import BusyError, Job, LeftError, Worker


@pytest.fixture
def worker() -> Iterator[Worker]:
    found = Worker(quick=5, long=3)
    yield found
    found.close()


class Gate:
    """Work that says when it has begun, and ends when it may."""

    def __init__(self) -> None:
        self.begun, self.open = threading.Event(), threading.Event()

    def __call__(self, _: Job) -> None:
        self.begun.set()
        assert self.open.wait(20)


def noting(log: list[str], what: str) -> Callable[[Job], None]:
    return lambda _: log.append(what)


def parts(log: list[str], what: str, count: int, seconds: float = 0.0) -> Callable[[Job], None]:
    """Long work in parts, each noted."""

    def work(_: Job) -> None:
        with stage(what, count) as advance:
            for _part in range(count):
                log.append(what)
                time.sleep(seconds)
                advance(1)

    return work


def test_clients_take_turns() -> None:
    line: Line[str] = Line()
    for thing in ("a1", "a2", "a3", "b1", "c1", "b2"):
        line.join(thing[0], thing)
    assert len(line) == 6
    assert line.leave("a", "a2")
    assert not line.leave("a", "a2")
    assert not line.leave("z", "z1")
    assert [line.next() for _ in range(len(line))] == ["a1", "b1", "c1", "a3", "b2"]


def test_quick_ones_go_first_and_clients_in_turn(worker: Worker) -> None:
    gate, log = Gate(), list[str]()
    first = worker.submit("a", gate, long=False)
    assert gate.begun.wait(10)
    jobs = [
        worker.submit(name[0], noting(log, name), long=name == "long") for name in ("long", "a1", "a2", "b1")
    ]
    gate.open.set()
    for job in (first, *jobs):
        job.future.result(10)
    assert log == ["a1", "b1", "a2", "long"]


def test_one_at_a_time(worker: Worker) -> None:
    inside, most = 0, 0
    lock = threading.Lock()

    def work(_: Job) -> None:
        nonlocal inside, most
        with stage("parts", 5) as advance:
            for _part in range(5):
                with lock:
                    inside += 1
                    most = max(most, inside)
                time.sleep(0.002)
                with lock:
                    inside -= 1
                advance(1)

    jobs = [worker.submit(str(number), work, long=number < 3) for number in range(8)]
    for job in jobs:
        job.future.result(20)
    assert most == 1


def test_a_long_one_lets_a_quick_one_pass_between_its_parts(worker: Worker) -> None:
    log = list[str]()
    long = worker.submit("a", parts(log, "long", 40, 0.01), long=True)
    while not log:
        time.sleep(0.001)
    worker.submit("a", noting(log, "quick"), long=False).future.result(10)
    long.future.result(10)
    assert log.count("long") == 40
    assert 0 < log.index("quick") < 20


def test_long_ones_share_the_time(worker: Worker) -> None:
    log = list[str]()
    jobs = [worker.submit(name, parts(log, name, 12, 0.05), long=True) for name in ("a", "b")]
    for job in jobs:
        job.future.result(20)
    first_of_b, last_of_a = log.index("b"), len(log) - 1 - log[::-1].index("a")
    assert first_of_b < last_of_a
    # A slice is a quarter of a second: five parts or a few more, never all of them.
    assert 4 <= first_of_b <= 8


def test_who_left_is_not_computed_for(worker: Worker) -> None:
    gate, log = Gate(), list[str]()
    worker.submit("a", gate, long=False)
    assert gate.begun.wait(10)
    gone = worker.submit("b", noting(log, "gone"), long=False)
    worker.leave(gone)
    after = worker.submit("c", noting(log, "after"), long=False)
    gate.open.set()
    after.future.result(10)
    assert log == ["after"]
    assert gone.future.cancelled()


def test_who_leaves_meanwhile_ends_the_work_at_the_next_part(worker: Worker) -> None:
    log = list[str]()
    job = worker.submit("a", parts(log, "long", 1000, 0.005), long=True)
    while len(log) < 3:
        time.sleep(0.001)
    worker.leave(job)
    with pytest.raises(LeftError):
        job.future.result(10)
    assert len(log) < 100
    assert worker.submit("b", lambda _: 7, long=False).future.result(10) == 7


def test_a_full_line_refuses_at_once_and_has_room_again(worker: Worker) -> None:
    gate = Gate()
    first = worker.submit("a", gate, long=False)
    assert gate.begun.wait(10)
    waiting = [worker.submit("a", lambda _: None, long=False) for _ in range(4)]
    began = time.monotonic()
    with pytest.raises(BusyError):
        worker.submit("b", lambda _: None, long=False)
    assert time.monotonic() - began < 1
    longs = [worker.submit("a", lambda _: None, long=True) for _ in range(3)]
    with pytest.raises(BusyError):
        worker.submit("a", lambda _: None, long=True)
    gate.open.set()
    for job in (first, *waiting, *longs):
        job.future.result(10)
    assert worker.submit("b", lambda _: "fine", long=False).future.result(10) == "fine"


def test_an_error_is_its_own_jobs_only(worker: Worker) -> None:
    def broken(_: Job) -> None:
        raise ZeroDivisionError("over")

    with pytest.raises(ZeroDivisionError, match="over"):
        worker.submit("a", broken, long=False).future.result(10)
    assert worker.submit("a", lambda _: 3, long=False).future.result(10) == 3


def test_closing_ends_what_runs_and_what_waits() -> None:
    worker, log = Worker(), list[str]()
    running = worker.submit("a", parts(log, "long", 1000, 0.005), long=True)
    waiting = worker.submit("b", parts(log, "other", 1000, 0.005), long=True)
    while not log:
        time.sleep(0.001)
    worker.close()
    assert isinstance(running.future.exception(), LeftError)
    assert waiting.future.done()
    assert len(log) < 300
