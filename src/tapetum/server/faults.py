"""What goes wrong, as answers: a kind, a sentence or two for people, an id; never a traceback."""

import json
import logging
import uuid
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from tapetum.errors import TapetumError
from tapetum.pictures import printable
from tapetum.server.shelf import GoneError
from tapetum.server.worker import BusyError, LeftError

_LONGEST = 600
_SAID = {
    404: "There is nothing at this address. Look at /api/networks for what there is.",
    405: "This address does not take that method. Look at /api/openapi.json for what it takes.",
}
log = logging.getLogger("tapetum.server")


class RefusedError(Exception):
    """A request that is answered with a status and a reason."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status, self.kind = status, kind


def fault(kind: str, message: str) -> dict[str, Any]:
    """The body of an answer that tells what went wrong."""
    return {"error": {"kind": kind, "message": printable(message, _LONGEST), "id": uuid.uuid4().hex[:12]}}


def refused(status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """An answer that tells what went wrong."""
    return JSONResponse(fault(kind, message), status, headers)


def told(error: BaseException) -> JSONResponse:
    """Any error as an answer."""
    status, kind, message, headers = _meaning(error)
    body = fault(kind, message)
    if status == 500:
        log.error("Error %s", body["error"]["id"], exc_info=error)
    return JSONResponse(body, status, headers)


def fault_of(error: BaseException) -> dict[str, Any]:
    """Any error as the last event of a stream."""
    return json.loads(bytes(told(error).body))  # type: ignore[no-any-return]


def _meaning(error: BaseException) -> tuple[int, str, str, dict[str, str]]:
    """Status, kind, words and headers of an error."""
    match error:
        case RefusedError():
            return error.status, error.kind, str(error), {}
        case BusyError():
            said = "Too much is being computed already. Ask again in a second."
            return 429, "busy", said, {"Retry-After": "1"}
        case GoneError():
            return 404, "picture_gone", "This picture is not held any more. Bring it again.", {}
        case ClientDisconnect():
            return 400, "left", "The request ended in its middle. Send it again.", {}
        case LeftError():
            return 503, "stopped", "The computation was stopped. Ask again.", {"Retry-After": "1"}
        case TapetumError() if error.exit_code == 2:
            return 422, error.kind, str(error), {}
        case RequestValidationError():
            return 422, "request", _invalid(error), {}
        case HTTPException():
            said = _SAID.get(error.status_code, str(error.detail))
            return error.status_code, "request", said, dict(error.headers or {})
    said = "Something went wrong inside tapetum, which is our fault. The terminal says more."
    return 500, "internal", said, {}


def install(app: FastAPI) -> None:
    """Answer every error in this way."""

    async def answer(_: Request, error: Exception) -> JSONResponse:
        return told(error)

    ours = (TapetumError, RefusedError, BusyError, GoneError, LeftError)
    for kind in (*ours, ClientDisconnect, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, answer)


def _invalid(error: RequestValidationError) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"][1:]) or "the request"
    return f"{name}: {first['msg']}. Look at /api/openapi.json for what it takes."
