"""The local server, warm: what somebody waits for who drops a picture, opens a layer, moves over a map."""

import contextlib
import functools
import io
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
from PIL import Image

from benchmarks.table import Row, Section
from benchmarks.timing import Effort
from tapetum.pictures import sample

NAMES = ("lite0",)
_CLIENTS, _BURSTS = 8, 4
_FIRST, _SHEET, _HOVER = 150.0, 200.0, 50.0
_NOTE = """A client in another process of the same machine; every upload is a new picture (the cat with a
little noise), so that nothing is in the cache. First screen: upload, prediction and Grad-CAM, one after the
other. Hover: places of one layer one after the other, the first of which is counted apart."""


def run(names: Sequence[str] = NAMES, effort: Effort = Effort()) -> list[Section]:  # noqa: B008
    """Medians of as many rounds as the others have turns, at least 8."""
    rows = [row for name in names for row in _measured(name, max(8, effort.rounds))]
    return [Section("The local server", tuple(rows), _NOTE)]


def _measured(name: str, rounds: int) -> list[Row]:
    with _serving(name) as client:
        network = client.get("/api/networks").json()["networks"][0]["id"]
        under = f"/api/networks/{network}/pictures"
        pictures = iter(_pictures(4 * rounds + 2 + _BURSTS * _CLIENTS))
        _first_screen(client, under, next(pictures))

        def first() -> None:
            _first_screen(client, under, next(pictures))

        def sheet() -> Callable[[], None]:
            picture = _brought(client, next(pictures))
            return lambda: _got(
                client,
                f"{under}/{picture}/sheet?layer=blocks.2",
                f"{under}/{picture}/sheet.png?layer=blocks.2",
            )

        picture = _brought(client, next(pictures))
        at = f"{under}/{picture}"
        rows = [
            _row(name, "first screen", [_seconds(first) for _ in range(rounds)], _FIRST),
            _row(name, "sheet of a layer", [_seconds(sheet()) for _ in range(rounds)], _SHEET),
        ]
        for what, query in (
            ("arithmetic", "arithmetic?layer=conv_head&channel=7"),
            ("receptive field", "receptive-field?layer=blocks.3"),
        ):
            places = (f"{at}/{query}&row={place // 7}&column={place % 7}" for place in range(rounds + 1))
            times = [_seconds(functools.partial(_got, client, place)) for place in places]
            rows.append(_row(name, f"{what}, first place of a layer", times[:1]))
            rows.append(_row(name, f"{what}, other places", times[1:], _HOVER))
        alone = statistics.median(_seconds(_map_of(client, under, next(pictures))) for _ in range(rounds))
        waited: list[float] = []
        with ThreadPoolExecutor(_CLIENTS) as clients:
            for _ in range(_BURSTS):
                together = [_map_of(client, under, next(pictures)) for _ in range(_CLIENTS)]
                waited += clients.map(_seconds, together)
        late = sorted(waited)[round(0.95 * (len(waited) - 1))] * 1e3
        what = f"Grad-CAM, {_CLIENTS} clients at once, 95 % answered"
        rows.append(Row(name, what, late, "ms", _CLIENTS * alone * 1e3))
    return rows


def _row(subject: str, what: str, times: Sequence[float], bar: float | None = None) -> Row:
    facts = (
        ("least", f"{min(times) * 1e3:.0f}"),
        ("most", f"{max(times) * 1e3:.0f}"),
        ("rounds", str(len(times))),
    )
    return Row(subject, what, statistics.median(times) * 1e3, "ms", bar, facts)


def _seconds(work: Callable[[], None]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _pictures(count: int) -> Iterator[bytes]:
    pixels = sample("cat").pixels.astype(np.int16)
    random = np.random.default_rng(0)
    for _ in range(count):
        held = io.BytesIO()
        noisy = (pixels + random.integers(-4, 5, pixels.shape)).clip(0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(held, "JPEG", quality=95)
        yield held.getvalue()


def _brought(client: httpx.Client, data: bytes) -> str:
    found: str = client.post("/api/pictures", content=data).raise_for_status().json()["id"]
    return found


def _got(client: httpx.Client, *paths: str) -> None:
    for path in paths:
        client.get(path).raise_for_status()


def _first_screen(client: httpx.Client, under: str, data: bytes) -> None:
    at = f"{under}/{_brought(client, data)}"
    _got(client, f"{at}/prediction", f"{at}/map", f"{at}/map.bin")


def _map_of(client: httpx.Client, under: str, data: bytes) -> Callable[[], None]:
    at = f"{under}/{_brought(client, data)}"
    return lambda: _got(client, f"{at}/map")


@contextlib.contextmanager
def _serving(name: str) -> Iterator[httpx.Client]:
    """A server of this network in a process of its own, and a client that has its token."""
    command = [sys.executable, "-m", "tapetum", "serve", "--port", "0", "--model", name]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"NO_COLOR": "1"}
    ) as process:
        assert process.stdout is not None
        found = re.search(r"(http://\S+)(/\?token=\S+)", process.stdout.readline())
        assert found is not None
        limits = httpx.Limits(max_connections=_CLIENTS)
        with httpx.Client(base_url=found[1], timeout=60, trust_env=False, limits=limits) as client:
            client.get(found[2])
            yield client
        process.send_signal(signal.SIGINT)
