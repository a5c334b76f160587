"""What may come in as a picture, and what is said of the rest."""

import io
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from server.conftest import Running, running, small_networks

from tapetum.server.bench import make_bench
from tapetum.server.uploads import MOST


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    """With little patience, so that the slow are told soon."""
    with running(make_bench(small_networks()[:1]), patience=1.0) as found:
        yield found


def png(rows: int = 8, columns: int = 9, seed: int = 0) -> bytes:
    held = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (rows, columns, 3), np.uint8)
    Image.fromarray(pixels).save(held, "PNG")
    return held.getvalue()


def bomb() -> bytes:
    held = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(held, "PNG")
    return held.getvalue()


def test_a_picture_gets_an_id_and_only_its_pixels_come_back(client: httpx.Client, network: str) -> None:
    data = png() + b"<script>alert(1)</script>"
    answer = client.post("/api/pictures", content=data, headers={"tapetum-name": "caf%C3%A9.png"})
    assert answer.status_code == 201
    told = answer.json()
    assert (told["name"], told["rows"], told["columns"]) == ("café.png", 8, 9)
    assert client.get(f"/api/pictures/{told['id']}").json() == told
    seen = client.get(f"{network}/pictures/{told['id']}/seen.png")
    assert seen.headers["content-type"] == "image/png"
    assert b"script" not in seen.content
    assert Image.open(io.BytesIO(seen.content)).size == (8, 8)


def test_the_same_pixels_are_one_picture_and_another_name_another(client: httpx.Client) -> None:
    def bring(name: str, data: bytes) -> str:
        found: str = client.post("/api/pictures", content=data, headers={"tapetum-name": name}).json()["id"]
        return found

    first = bring("a.png", png())
    assert bring("a.png", png()) == first
    assert bring("b.png", png()) != first
    assert bring("a.png", png(seed=1)) != first


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E.png", "<img src=x onerror=alert(1)>.png"),
        ("%2Fetc%2Fpasswd", "passwd"),
        ("..%2F..", "picture"),
        ("%1B%5B31mred", "\N{REPLACEMENT CHARACTER}red"),
        ("a%0Ab", "a\N{REPLACEMENT CHARACTER}b"),
        ("%E2%80%AEgnp.exe", "\N{REPLACEMENT CHARACTER}gnp.exe"),
        ("%FF%00", "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"),
        ("", "picture"),
        ("x" * 300, "x" * 119 + "…"),
    ],
)
def test_hostile_names_are_text(client: httpx.Client, name: str, shown: str) -> None:
    answer = client.post("/api/pictures", content=png(), headers={"tapetum-name": name})
    assert answer.json()["name"] == shown
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty file"),
        (b"<html><script>alert(1)</script></html>", "not a picture"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not a picture"),
        (b"%PDF-1.7\n", "not a picture"),
        (png(64, 64)[:600], ""),
        (b"\x00" * 1000, "not a picture"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(client: httpx.Client, data: bytes, said: str) -> None:
    answer = client.post("/api/pictures", content=data, headers={"tapetum-name": "cat.jpg"})
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["kind"] == "picture"
    assert said in error["message"]
    assert "Traceback" not in answer.text


def test_a_bomb_is_refused_before_it_is_decoded(client: httpx.Client) -> None:
    began = time.monotonic()
    answer = client.post("/api/pictures", content=bomb())
    assert answer.status_code == 422
    assert "too many pixels" in answer.json()["error"]["message"]
    assert time.monotonic() - began < 5


def test_too_much_is_refused_whether_it_says_so_or_not(client: httpx.Client) -> None:
    told = client.post("/api/pictures", content=b"x" * (MOST + 1))
    assert told.status_code == 413

    def endless() -> Iterator[bytes]:
        for _ in range(MOST // 2**20 + 4):
            yield b"x" * 2**20

    answer = client.post("/api/pictures", content=endless())
    assert answer.status_code == 413
    error = answer.json()["error"]
    assert error["kind"] == "large"
    assert "20 MiB" in error["message"]


def test_as_much_as_is_allowed_is_read(client: httpx.Client) -> None:
    data = png()
    answer = client.post("/api/pictures", content=data + b"\0" * (MOST - len(data)))
    assert answer.status_code == 201


def test_a_claim_to_send_much_is_answered_at_once(server: Running) -> None:
    head = f"POST /api/pictures HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {server.cookie}\r\n"
    began = time.monotonic()
    with server.raw() as wire:
        wire.sendall((head + f"Content-Length: {10**12}\r\n\r\nabc").encode())
        assert b" 413 " in answered(wire)
    assert time.monotonic() - began < 5


def test_a_slow_sender_is_told_and_others_are_served_meanwhile(server: Running, client: httpx.Client) -> None:
    head = f"POST /api/pictures HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {server.cookie}\r\n"
    with server.raw() as wire:
        wire.sendall((head + "Content-Length: 1000\r\n\r\n").encode())
        wire.sendall(b"\x89PNG")
        assert client.get("/api/networks").status_code == 200
        answer = answered(wire)
    assert b" 408 " in answer
    assert b"did not arrive within 1 seconds" in answer


def test_a_length_that_is_no_number_is_refused(server: Running) -> None:
    head = f"POST /api/pictures HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {server.cookie}\r\n"
    with server.raw() as wire:
        wire.sendall((head + "Content-Length: many\r\n\r\n").encode())
        assert b" 400 " in answered(wire)


@pytest.mark.parametrize("path", ["/api/samples/dog", "/api/samples/..%2Fcat", "/api/samples/%00"])
def test_an_unknown_sample(client: httpx.Client, path: str) -> None:
    assert client.post(path).status_code == 404


@pytest.mark.parametrize("id", ["00", "zz", "f" * 32, "f" * 33, "..%2f..%2fetc%2fpasswd"])
def test_an_unknown_picture(client: httpx.Client, network: str, id: str) -> None:
    assert client.get(f"/api/pictures/{id}").status_code in (404, 422)
    assert client.get(f"{network}/pictures/{id}/prediction").status_code in (404, 422)


def test_nothing_of_the_machine_is_opened_by_name(client: httpx.Client, tmp_path: Path) -> None:
    place = tmp_path / "cat.png"
    place.write_bytes(png())
    answer = client.post("/api/pictures", content=str(place).encode())
    assert answer.status_code == 422


def answered(wire: socket.socket) -> bytes:
    """Everything until the other side has nothing more to say."""
    found = b""
    while True:
        try:
            more = wire.recv(65536)
        except ConnectionResetError:
            return found
        found += more
        if not more or found.rstrip().endswith(b"}"):
            return found
