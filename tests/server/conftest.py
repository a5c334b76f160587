"""A real server on loopback, one for each module: two small networks, and clients that have the token."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import torch
from small_networks import Plain, Residual

import tapetum
from tapetum.server.app import create_app
from tapetum.server.bench import Bench, make_bench
from tapetum.server.run import listen, uvicorn_of

TOKEN = "correct-horse-battery-staple"


@dataclass
class Running:
    """A server that runs in a thread of this process, and what it stands on."""

    bench: Bench
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def cookie(self) -> str:
        return f"tapetum-{self.port}={TOKEN}"

    def client(self, **more: Any) -> httpx.Client:
        """A client that has the token."""
        headers = {"cookie": self.cookie} | more.pop("headers", {})
        return httpx.Client(base_url=self.address, headers=headers, timeout=60, trust_env=False, **more)

    def raw(self) -> socket.socket:
        """A bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)


@contextmanager
def running(bench: Bench, **options: Any) -> Iterator[Running]:
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    app = create_app(bench, port=port, token=TOKEN, **options)
    server = uvicorn_of(app)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
    thread.start()
    try:
        while not server.started:
            thread.join(0.01)
        yield Running(bench, port)
    finally:
        server.should_exit = True
        bench.worker.stop()
        thread.join(30)
        assert not thread.is_alive()


def small_networks() -> list[tapetum.Network]:
    """Two networks of which the second has labels that nobody should trust."""
    torch.manual_seed(0)
    facts: dict[str, Any] = {"mean": 0.5, "std": 0.5, "input_shape": (3, 32, 32)}
    hostile = ["<img src=x onerror=alert(1)>", "</script>", "a\u2028b", "\u202egnp", "five"]
    return [
        tapetum.load(Residual().eval(), labels=["cat", "dog", "crane", "crow"], **facts),
        tapetum.load(Plain().eval(), labels=hostile, **facts),
    ]


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(make_bench(small_networks())) as found:
        yield found


@pytest.fixture
def client(server: Running) -> Iterator[httpx.Client]:
    with server.client() as found:
        yield found


@pytest.fixture
def network(client: httpx.Client) -> str:
    """The address of the first network."""
    return "/api/networks/" + client.get("/api/networks").json()["networks"][0]["id"]


@pytest.fixture
def picture(client: httpx.Client) -> str:
    """The id of the cat."""
    found: str = client.post("/api/samples/cat").json()["id"]
    return found


@pytest.fixture
def under(network: str, picture: str) -> str:
    """The address of the cat under the first network."""
    return f"{network}/pictures/{picture}"
