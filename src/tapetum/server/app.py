"""The whole server, ready to be asked."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Iterable
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp

from tapetum import __version__
from tapetum.errors import InternalError
from tapetum.pictures import SAMPLES
from tapetum.report import own_code, template
from tapetum.server import faults, pictures, schema, studies, views
from tapetum.server.bench import Bench, tag
from tapetum.server.guard import Guard, hosts
from tapetum.server.places import AnyBench, AnyNetwork
from tapetum.server.uploads import MOST, PATIENCE

_DECODED_AT_ONCE = 2
_FAULTS: dict[int | str, dict[str, Any]] = {
    status: {"model": schema.Fault} for status in (401, 403, 404, 422, 429, 500)
}
_UPLOAD_FAULTS: dict[int | str, dict[str, Any]] = {status: {"model": schema.Fault} for status in (408, 413)}
_NO_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light"><title>Tapetum</title></head><body>
<h1>The page was not built</h1>
<p>This installation of tapetum came without the page of the microscope. Install it again: pip builds the page
by itself (from a checkout: pip install -e . -c constraints.txt).</p>
<p>Everything the page would show is there to be asked for: <a href="/api/networks">/api/networks</a>, as
<a href="/api/openapi.json">/api/openapi.json</a> describes it.</p></body></html>
"""

router = APIRouter(tags=["networks"])


@router.get("/networks", response_model=schema.Networks)
async def networks(bench: AnyBench) -> dict[str, Any]:
    """The networks that can be looked at, the first of which is the one to start with."""
    return {
        "tapetum": __version__,
        "networks": [mounted.facts for mounted in bench.networks.values()],
        "samples": list(SAMPLES),
        "upload_bytes": MOST,
    }


@router.get("/networks/{network}", response_model=schema.NetworkCard)
async def network(request: Request, mounted: AnyNetwork) -> Response:
    """Everything about a network that depends on no picture."""
    same = tag(__version__, "card", mounted.card)
    headers = {"ETag": same, "Cache-Control": "private, no-cache"}
    if same in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(mounted.card, media_type="application/json", headers=headers)


def described() -> FastAPI:
    """The routes and their description, without networks."""
    app = FastAPI(
        title="Tapetum",
        version="1",
        description="What a convolutional network sees in a picture, from the pixels to the verdict.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.include_router(router, prefix="/api", responses=_FAULTS)
    app.include_router(pictures.router, prefix="/api", responses=_FAULTS | _UPLOAD_FAULTS)
    app.include_router(views.router, prefix="/api", responses=_FAULTS)
    app.include_router(studies.router, prefix="/api", responses=_FAULTS)
    faults.install(app)
    return app


def create_app(
    bench: Bench,
    *,
    port: int,
    token: str | None = None,
    names: Iterable[str] = (),
    patience: float = PATIENCE,
) -> ASGIApp:
    """The server that answers with these networks, to whoever has the token.

    Args:
        bench: the networks, and who computes with them.
        port: where it will listen; the Host of every request must name it.
        token: what lets people in; by default a new one.
        names: names and addresses that it answers to beside the machine's own.
        patience: seconds that an upload may take.
    """
    app = described()
    app.state.bench = bench
    app.state.patience = patience
    app.state.decoding = asyncio.Semaphore(_DECODED_AT_ONCE)
    page, policy = _page()

    @app.get("/", include_in_schema=False)
    async def start() -> HTMLResponse:
        return HTMLResponse(page, headers={"Content-Security-Policy": policy, "Cache-Control": "no-cache"})

    return Guard(
        app,
        token=secrets.token_urlsafe(32) if token is None else token,
        hosts=hosts(port, names),
        cookie=f"tapetum-{port}",
    )


def _page() -> tuple[str, str]:
    """The page, and what it may do."""
    try:
        page = template("microscope")
    except InternalError:
        page = _NO_PAGE
    policy = (
        f"default-src 'none'; {own_code(page)}; img-src 'self' data: blob:; connect-src 'self'; "
        "font-src data:; media-src 'self' blob:; base-uri 'none'; form-action 'none'"
    )
    return page.replace("__TAPETUM_CSP__", policy), f"{policy}; frame-ancestors 'none'"


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await asyncio.to_thread(app.state.bench.worker.close)
