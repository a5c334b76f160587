"""`tapetum serve`, as a process: what it refuses, what it prints, and how it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import httpx
import pytest
from terminal import command

from tapetum.cli import main
from tapetum.server.run import is_local

from .conftest import Ran

ROOT = Path(__file__).parents[2]
DESIGN = ROOT / "src" / "tapetum" / "models" / "designs" / "ones-and-twos.toml"
MODEL = ("--model", str(DESIGN))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "stands for every address"),
        (["--host", "::"], "stands for every address"),
        (["--host", ""], "stands for every address"),
        (["--host", "nobody.invalid"], "There is no address"),
        (["--host", "192.0.2.1"], "Nothing can listen at 192.0.2.1"),
        (["--port", "70000"], "There is no port 70000"),
        (["--port", "-1"], "There is no port -1"),
        (["--model", "nothing"], "nothing"),
        (["--model", "os:getcwd"], "--trust-code"),
        ([*MODEL, *MODEL], "was given twice"),
    ],
)
def test_what_cannot_be_served(run: Callable[..., Ran], arguments: list[str], said: str) -> None:
    done = run("serve", "--port", "0", *arguments)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err
    assert "http" not in done.out


def test_a_port_that_is_taken(run: Callable[..., Ran]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run("serve", "--port", str(port))
    assert done.code == 2
    assert f"Nothing can listen at 127.0.0.1, port {port}" in done.err
    assert "--port" in done.err


@pytest.mark.parametrize(
    ("host", "local"),
    [
        *(("127.0.0.1", True), ("127.0.0.2", True), ("::1", True), ("localhost", True)),
        *(("192.168.1.5", False), ("example.org", False), ("localhost.example.org", False)),
    ],
)
def test_which_addresses_only_this_machine_can_reach(host: str, local: bool) -> None:
    assert is_local(host) is local


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen(
        command("serve", "--port", "0", *MODEL),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(sys.modules[main.__module__].__file__ or "").parents[2])},
    )
    with started:
        yield started
        started.kill()


def test_it_prints_one_address_and_stops_at_ctrl_c_while_it_computes(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stderr is not None
    address = printed_address(process.stdout)
    with httpx.Client(timeout=30, trust_env=False, follow_redirects=True) as browser:
        page = browser.get(address)
        assert page.status_code == 200
        assert "token" not in str(page.url)
        base = str(page.url).rstrip("/")
        (network,) = browser.get(f"{base}/api/networks").json()["networks"]
        assert network["input"][0] == 1
        picture = browser.post(f"{base}/api/samples/cat").json()["id"]
        under = f"{base}/api/networks/{network['id']}/pictures/{picture}"
        assert len(browser.get(f"{under}/prediction").json()["classes"]) == 2
        long = {"method": "rise", "options": "samples=64000,cells=3"}
        with browser.stream(
            "GET", f"{under}/map", params=long, headers={"accept": "text/event-stream"}
        ) as answer:
            lines = answer.iter_lines()
            assert next(lines) == "event: progress"
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            told = [line for line in lines if line.startswith("event: ")]
        assert told[-1] == "event: failed"
    assert process.wait(20) == 130
    assert time.monotonic() - began < 10
    assert process.stderr.read().strip() == "Stopped."


def printed_address(out: IO[str]) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{43}", out.readline())
    assert found is not None
    return found[0]
