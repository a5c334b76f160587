"""Who may ask: Host × Origin × token on every route there is, and on some that are not."""

import json
import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from server.conftest import TOKEN, Running

from tapetum.server.app import described

METHODS = {"get", "post"}
KNOWN = [(method, path) for path, item in described().openapi()["paths"].items() for method in item]
ROUTES = [
    *KNOWN,
    ("get", "/"),
    ("get", "/api/openapi.json"),
    ("get", "/nothing"),
    ("post", "/"),
    ("put", "/api"),
]
Asked = Callable[[str, str, dict[str, str]], httpx.Response]
FOREIGN = ("http://evil.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:{other}", "")


def filled(path: str) -> str:
    """A path with something of the right kind in each of its gaps."""
    return re.sub(r"\{\w+\}", "00", path)


@pytest.fixture(scope="module")
def asked(server: Running) -> Iterator[Asked]:
    """Asks without a cookie of its own."""
    with httpx.Client(base_url=server.address, timeout=30, trust_env=False) as bare:
        yield lambda method, path, headers: bare.request(method, filled(path), headers=headers)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_wants_the_host_the_token_and_no_foreign_origin(
    server: Running, asked: Asked, method: str, path: str
) -> None:
    port = server.port
    good = {"cookie": server.cookie}
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port + 1}", "localhost"):
        answer = asked(method, path, good | {"host": host})
        assert answer.status_code == 421, host
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}", f"LOCALHOST:{port}"):
        assert asked(method, path, good | {"host": host}).status_code not in (401, 403, 421), host
    for cookie in (
        "",
        f"tapetum-{port}=",
        f"tapetum-{port}={TOKEN}x",
        f"tapetum-{port}={TOKEN[:-1]}",
        f"x={TOKEN}",
    ):
        assert asked(method, path, {"cookie": cookie}).status_code == 401, cookie
    for template in FOREIGN:
        origin = template.format(port=port, other=port + 1)
        answer = asked(method, path, good | {"origin": origin})
        if method == "get":
            assert answer.status_code != 403
            assert "access-control-allow-origin" not in answer.headers
        else:
            assert answer.status_code == 403, origin
    own = good | {"origin": f"http://127.0.0.1:{port}"}
    assert asked(method, path, own).status_code not in (401, 403, 421)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_answer_is_hardened(server: Running, asked: Asked, method: str, path: str) -> None:
    for headers in ({"cookie": server.cookie}, {}, {"host": "evil.example"}):
        answer = asked(method, path, headers)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "server" not in answer.headers


def test_there_are_routes_to_guard() -> None:
    assert len(KNOWN) >= 20
    assert {method for method, _ in KNOWN} <= METHODS


def test_the_token_moves_from_the_address_into_a_cookie(server: Running) -> None:
    with httpx.Client(base_url=server.address, timeout=30, trust_env=False) as browser:
        moved = browser.get("/", params={"token": TOKEN, "state": "a&b=c"})
        assert moved.status_code == 303
        assert moved.headers["location"] == "/?state=a%26b%3Dc"
        cookie = moved.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        assert TOKEN not in moved.text
        page = browser.get("/")
        assert page.status_code == 200
        assert TOKEN not in page.text
        assert browser.get("/api/networks").status_code == 200


@pytest.mark.parametrize(
    "query", ["token=wrong", "token=", f"token={TOKEN}&token=x", f"token={TOKEN}%00", "token=%ff"]
)
def test_a_wrong_token_in_the_address_opens_nothing(server: Running, query: str) -> None:
    with httpx.Client(base_url=server.address, timeout=30, trust_env=False) as browser:
        answer = browser.get(f"/?{query}")
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        assert TOKEN not in answer.text


def test_the_token_opens_nothing_but_the_start(server: Running, asked: Asked) -> None:
    assert asked("get", f"/api/networks?token={TOKEN}", {}).status_code == 401
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert asked("get", "/api/networks", bearer).status_code == 401


def test_two_hosts_or_none_are_refused(server: Running) -> None:
    for lines in (
        [f"Host: 127.0.0.1:{server.port}", "Host: evil.example"],
        [f"Host: evil.example\r\nX-Forwarded-Host: 127.0.0.1:{server.port}"],
    ):
        request = "\r\n".join(["GET /api/networks HTTP/1.1", *lines, f"Cookie: {server.cookie}", "", ""])
        with server.raw() as wire:
            wire.sendall(request.encode())
            assert wire.recv(4096).split(b" ")[1] in (b"400", b"421")


@pytest.fixture(scope="module")
def page(server: Running) -> Iterator[httpx.Response]:
    with server.client() as client:
        yield client.get("/")


def test_the_page_may_run_its_own_code_only(page: httpx.Response) -> None:
    policy = dict(rule.split(" ", 1) for rule in page.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self'"
    assert policy["form-action"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    for rule in ("script-src", "style-src"):
        assert all(word == "'none'" or word.startswith("'sha256-") for word in policy[rule].split())
    assert "__TAPETUM_CSP__" not in page.text


def test_faults_are_json_with_an_id(server: Running, asked: Asked) -> None:
    for headers, kind in (({}, "token"), ({"host": "x"}, "host")):
        error = json.loads(asked("get", "/api/networks", headers).text)["error"]
        assert error["kind"] == kind
        assert len(error["id"]) == 12
        assert error["message"].endswith(".")
