"""Listen, print one address, and stop when asked."""

import asyncio
import ipaddress
import logging
import secrets
import socket
import webbrowser
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tapetum.errors import ServerError

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

    from tapetum.network import Network
    from tapetum.server.bench import Bench

_GRACE = 3
_OPEN_CONNECTIONS = 512


def listen(host: str, port: int) -> socket.socket:
    """A socket at this address, before anything is loaded for it.

    Raises:
        ServerError: an address that is every address, that is none of this machine's, or that is taken.
    """
    if not 0 <= port < 2**16:
        raise ServerError(f"There is no port {port}. Use one from 1 to 65535, or 0 for any that is free.")
    if _is_every(host):
        raise ServerError(
            f"{host} stands for every address of this machine. Name the one that others will use, such as "
            "--host 192.168.1.5: the server answers to no other."
        )
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # With its protocol named, asyncio sends small answers at once (TCP_NODELAY), not 40 ms later.
        found = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ServerError(f"There is no address {host!r} ({error.strerror}). Use 127.0.0.1.") from error
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind(address)
        found.listen(128)
    except OSError as error:
        found.close()
        raise ServerError(
            f"Nothing can listen at {host}, port {port} ({error.strerror}). "
            "Use another with --port, or 0 for any that is free."
        ) from error
    return found


def is_local(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def serve(
    networks: "Sequence[Network]",
    listening: socket.socket,
    host: str,
    told: Callable[[str], None],
    *,
    open_browser: bool = False,
) -> None:
    """Answer until Ctrl-C; `told` gets the address with its token.

    Raises:
        ServerError: the same network twice.
        KeyboardInterrupt: Ctrl-C, once everything has ended.
    """
    from tapetum.server.app import create_app
    from tapetum.server.bench import make_bench

    bench = make_bench(networks)
    token, port = secrets.token_urlsafe(32), listening.getsockname()[1]
    name = f"[{host}]" if ":" in host else host
    app = create_app(bench, port=port, token=token, names=(name.lower(),))
    logging.basicConfig(format="tapetum: %(message)s")
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    address = f"http://{name}:{port}/?token={token}"
    asyncio.run(
        _until_stopped(uvicorn_of(app), bench, listening, lambda: _ready(address, told, open_browser))
    )


def _ready(address: str, told: Callable[[str], None], open_browser: bool) -> None:
    told(address)
    if open_browser:
        webbrowser.open(address)


def uvicorn_of(app: "ASGIApp") -> "uvicorn.Server":
    """What speaks HTTP for the app, and says nothing of itself."""
    import uvicorn

    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            timeout_graceful_shutdown=_GRACE,
            limit_concurrency=_OPEN_CONNECTIONS,
        )
    )


async def _until_stopped(
    server: "uvicorn.Server", bench: "Bench", listening: socket.socket, ready: Callable[[], None]
) -> None:
    watching = asyncio.create_task(_watch(server, bench, ready))
    try:
        await server.serve(sockets=[listening])
    finally:
        watching.cancel()


async def _watch(server: "uvicorn.Server", bench: "Bench", ready: Callable[[], None]) -> None:
    """Tell when it has started; when it is to stop, end what is being computed, so that nobody waits."""
    while not server.started:
        await asyncio.sleep(0.02)
    ready()
    while not server.should_exit:
        await asyncio.sleep(0.1)
    bench.worker.stop()


def _is_every(host: str) -> bool:
    try:
        return not host or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False
