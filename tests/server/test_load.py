"""Many at once: no answer mixed up, nothing computed twice or for nobody, and memory that stays."""

import asyncio
import json
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import pytest
from server.conftest import Running, running, small_networks
from server.test_uploads import png

import tapetum
from tapetum.server.bench import Bench, make_bench
from tapetum.server.worker import Worker

LONG = {"method": "rise", "options": "samples=60000,cells=5"}
"""More than anybody waits for."""


@pytest.fixture(scope="module")
def bench() -> Bench:
    return make_bench(small_networks(), worker=Worker(quick=100, long=2))


@pytest.fixture(scope="module")
def server(bench: Bench) -> Iterator[Running]:
    with running(bench) as found:
        yield found


def until(true: Any, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def idle(bench: Bench) -> bool:
    return not bench.worker._alive


def events(answer: httpx.Response) -> Iterator[tuple[str, Any]]:
    name = ""
    for line in answer.iter_lines():
        field, _, text = line.partition(": ")
        if field == "event":
            name = text
        elif field == "data":
            yield name, json.loads(text)


def test_eight_clients_get_their_own_answers(server: Running, bench: Bench) -> None:
    networks = list(bench.networks.values())
    pictures = [png(40, 40, seed) for seed in range(8)]
    expected = {
        (place, mounted.id): mounted.network.predict(data)[0].logit
        for place, data in enumerate(pictures)
        for mounted in networks
    }
    maps = {
        place: tapetum.saliency(networks[0].network, data).values[0].numpy()
        for place, data in enumerate(pictures)
    }

    def ask(place: int) -> None:
        from tapetum.server.tensors import decoded

        with server.client(headers={"tapetum-client": f"client-{place}"}) as client:
            for turn in range(6):
                # Each time under another name, which is another picture with the same pixels.
                name = f"{place}-{turn}.png"
                told = client.post(
                    "/api/pictures", content=pictures[place], headers={"tapetum-name": name}
                ).json()
                assert told["name"] == name
                mounted = networks[turn % 2]
                under = f"/api/networks/{mounted.id}/pictures/{told['id']}"
                found = client.get(f"{under}/prediction?top={1 + turn % 3}").json()["classes"]
                assert len(found) == 1 + turn % 3
                assert found[0]["logit"] == pytest.approx(expected[place, mounted.id], rel=1e-4)
                first = f"/api/networks/{networks[0].id}/pictures/{told['id']}"
                values = decoded(client.get(f"{first}/map.bin?method=saliency").content)
                assert values == pytest.approx(maps[place], rel=2e-3, abs=1e-6)

    with ThreadPoolExecutor(8) as clients:
        list(clients.map(ask, range(8)))


def test_two_hundred_at_once(server: Running, bench: Bench) -> None:
    """More than the line of 100 has room for: who is refused asks again, and everybody gets their own."""
    mounted = next(iter(bench.networks.values()))
    pictures = [png(24, 24, 1000 + number) for number in range(200)]
    expected = [found[0].logit for found in mounted.network.predict(pictures)]

    async def ask(client: httpx.AsyncClient, data: bytes) -> float:
        told = (await client.post("/api/pictures", content=data)).json()
        path = f"/api/networks/{mounted.id}/pictures/{told['id']}/prediction"
        while True:
            answer = await client.get(path)
            if answer.status_code == 200:
                logit: float = answer.json()["classes"][0]["logit"]
                return logit
            assert answer.status_code == 429
            await asyncio.sleep(0.5)

    async def all_of_them() -> list[float]:
        limits = httpx.Limits(max_connections=200)
        headers = {"cookie": server.cookie}
        async with httpx.AsyncClient(
            base_url=server.address, headers=headers, timeout=60, trust_env=False, limits=limits
        ) as client:
            return await asyncio.gather(*(ask(client, data) for data in pictures))

    assert asyncio.run(all_of_them()) == pytest.approx(expected, rel=1e-4)


def test_the_same_question_is_computed_once(server: Running, bench: Bench) -> None:
    mounted = next(iter(bench.networks.values()))
    with server.client() as client:
        picture = client.post("/api/samples/rocket").json()["id"]
        before = bench.answers.computed
        path = f"/api/networks/{mounted.id}/pictures/{picture}/map?method=integrated-gradients"
        with ThreadPoolExecutor(8) as clients:
            found = list(clients.map(lambda _: client.get(path).content, range(8)))
        assert len(set(found)) == 1
        assert bench.answers.computed == before + 1
        assert client.get(path).content == found[0]
        assert client.get(path.replace("map?", "map.bin?")).status_code == 200
        assert bench.answers.computed == before + 1
        assert client.get(f"{path}&target=1").status_code == 200
        assert bench.answers.computed == before + 2


def test_progress_streams_and_the_answer_is_kept(server: Running, bench: Bench) -> None:
    mounted = next(iter(bench.networks.values()))
    with server.client() as client:
        picture = client.post("/api/samples/coffee").json()["id"]
        path = f"/api/networks/{mounted.id}/pictures/{picture}/map?method=rise&options=samples=400,cells=4"
        with client.stream("GET", path, headers={"accept": "text/event-stream"}) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            told = list(events(answer))
        names = [name for name, _ in told]
        assert set(names) == {"progress", "done"}
        assert names.index("done") == len(names) - 1
        steps = [data["done"] for name, data in told if name == "progress"]
        assert steps == sorted(steps)
        assert steps[-1] == 400
        before = bench.answers.computed
        assert client.get(path).json() == told[-1][1]
        with client.stream("GET", path, headers={"accept": "text/event-stream"}) as answer:
            assert [name for name, _ in events(answer)] == ["done"]
        assert bench.answers.computed == before


def test_a_failure_is_the_last_event(server: Running, bench: Bench) -> None:
    mounted = next(iter(bench.networks.values()))
    with server.client() as client:
        address = f"/api/networks/{mounted.id}/visualise"
        with client.stream("GET", address, params={"objective": "nothing:3"}) as answer:
            told = list(events(answer))
    assert [name for name, _ in told] == ["failed"]
    assert told[0][1]["error"]["kind"] == "objective"


def test_a_visualisation_shows_itself(server: Running, bench: Bench) -> None:
    mounted = next(iter(bench.networks.values()))
    with server.client() as client:
        address = f"/api/networks/{mounted.id}/visualise"
        with client.stream("GET", address, params={"objective": "block1:3", "steps": 12}) as answer:
            told = list(events(answer))
    names = [name for name, _ in told]
    assert names[-1] == "done"
    assert "frame" in names
    frame = next(data for name, data in told if name == "frame")
    assert frame["picture"].startswith("data:image/jpeg;base64,")
    done = told[-1][1]
    assert (done["steps"], done["objective"], done["rank"]) == (12, "block1:3", None)
    assert done["picture"].startswith("data:image/png;base64,")


@pytest.mark.parametrize("accept", ["*/*", "text/event-stream"])
def test_who_leaves_ends_the_work(server: Running, bench: Bench, accept: str) -> None:
    mounted = next(iter(bench.networks.values()))
    with server.client() as client:
        picture = client.post("/api/samples/flower").json()["id"]
    address = f"/api/networks/{mounted.id}/pictures/{picture}/map?method=rise&options=samples=60000,cells=5"
    head = f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {server.cookie}\r\n"
    with server.raw() as wire:
        wire.sendall(f"{head}Accept: {accept}\r\n\r\n".encode())
        until(lambda: not idle(bench))
        time.sleep(0.2)
        assert not idle(bench)
    until(lambda: idle(bench), 5)


def test_who_stays_is_not_hurt_by_who_leaves(server: Running, bench: Bench) -> None:
    mounted = next(iter(bench.networks.values()))
    with server.client() as client:
        picture = client.post("/api/samples/temple").json()["id"]
        path = f"/api/networks/{mounted.id}/pictures/{picture}/map"
        query = "?method=rise&options=samples=3000,cells=5"
        head = (
            f"GET {path}{query} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {server.cookie}\r\n\r\n"
        )
        before = bench.answers.computed
        with ThreadPoolExecutor(1) as other:
            with server.raw() as wire:
                wire.sendall(head.encode())
                until(lambda: not idle(bench))
                staying = other.submit(client.get, path + query)
                time.sleep(0.1)
            assert staying.result(60).status_code == 200
        assert bench.answers.computed == before + 1


def test_quick_ones_pass_long_ones_and_a_full_queue_says_so_at_once(server: Running, bench: Bench) -> None:
    mounted = next(iter(bench.networks.values()))
    with server.client() as client:
        picture = client.post("/api/samples/astronaut").json()["id"]
        under = f"/api/networks/{mounted.id}/pictures/{picture}"
        stop = threading.Event()

        def long(seed: int) -> None:
            query = LONG | {"options": f"{LONG['options']},seed={seed}"}
            with client.stream(
                "GET", f"{under}/map", params=query, headers={"accept": "text/event-stream"}
            ) as answer:
                for _ in answer.iter_lines():
                    if stop.is_set():
                        return

        with ThreadPoolExecutor(2) as others:
            both = [others.submit(long, seed) for seed in (1, 2)]
            try:
                until(lambda: len(bench.worker._alive) == 2)
                began = time.monotonic()
                refused = client.get(f"{under}/map", params=LONG)
                assert time.monotonic() - began < 1
                assert refused.status_code == 429
                assert int(refused.headers["retry-after"]) >= 1
                assert refused.json()["error"]["kind"] == "busy"
                began = time.monotonic()
                assert client.get(f"{under}/prediction").status_code == 200
                assert time.monotonic() - began < 2
                assert not any(one.done() for one in both)
            finally:
                stop.set()
    until(lambda: idle(bench), 10)


def test_kept_answers_are_bounded(bench: Bench) -> None:
    answers = bench.answers
    assert answers.size == sum(512 + sum(map(len, one.values())) for one in answers._kept.values())
    assert answers.size <= answers._room


def resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_memory_stays_flat(server: Running, bench: Bench) -> None:
    mounted = next(iter(bench.networks.values()))
    paths = [
        "prediction",
        "map.bin?method=gradcam",
        "sheet?layer=block1",
        "receptive-field?layer=bn&row=3&column=4",
    ]
    paths.append("arithmetic?layer=block1.0&channel=1&row=2&column=3")
    random = np.random.default_rng(0)

    def ask(client: httpx.Client, times: int) -> None:
        for _ in range(times):
            data = png(32, 32, int(random.integers(1 << 30)))
            picture = client.post("/api/pictures", content=data).json()["id"]
            for path in paths:
                assert client.get(f"/api/networks/{mounted.id}/pictures/{picture}/{path}").status_code == 200

    with server.client() as client:
        ask(client, 20)
        kept, before = bench.answers.size, resident()
        ask(client, 40)
        grown = resident() - before - (bench.answers.size - kept)
    assert len(bench.slides._kept) <= 3
    assert grown < 16 * 2**20
