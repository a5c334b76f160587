"""From a question to its answer: kept, awaited, or told piece by piece as server-sent events."""

import asyncio
import re
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from tapetum import __version__
from tapetum.server.answers import Answer, Answers, Flight, Work
from tapetum.server.bench import tag
from tapetum.server.documents import json_bytes
from tapetum.server.faults import fault_of
from tapetum.server.tensors import MEDIA_TYPE
from tapetum.server.worker import LeftError

MEDIA = {
    "json": "application/json",
    "ribbon": "application/json",
    "bin": MEDIA_TYPE,
    "png": "image/png",
    "html": "text/html; charset=utf-8",
}
EVENTS = "text/event-stream"
_CLIENT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_QUIET = 10.0
"""Seconds after which a stream without news says that it is still there."""
_BEHIND = 32
"""Events that a slow reader may have before it; what comes then is left out, but for the end."""


@dataclass(frozen=True, eq=False)
class Question:
    """Something to be computed: `key` names it, whoever asks. `long`: it lets quick ones pass."""

    key: tuple[Hashable, ...]
    work: Work
    long: bool = False


async def answer(
    request: Request, answers: Answers, question: Question, part: str = "json", name: str | None = None
) -> Response:
    """One part of the answer, or the way to it as events where that is asked for.

    With a `name`, the browser saves it as a file.
    """
    if EVENTS in request.headers.get("accept", ""):
        return Events(answers, question, client_of(request))
    same = tag(__version__, question.key, part)
    headers = {"ETag": same, "Cache-Control": "private, no-cache"}
    if same in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    found = answers.find(question.key)
    if found is None:
        found = await _awaited(request, answers, question)
    if name is not None:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(found[part], media_type=MEDIA[part], headers=headers)


def client_of(request: Request) -> str:
    """Who asks: what the page calls its tab, or else the connection."""
    named = request.headers.get("tapetum-client", "")
    if _CLIENT.fullmatch(named):
        return named
    return "{}:{}".format(*(request.client or ("", "")))


async def _awaited(request: Request, answers: Answers, question: Question) -> Answer:
    """The answer, while somebody waits for it."""
    flight = answers.join(question.key, client_of(request), question.work, long=question.long)
    gone = asyncio.ensure_future(_gone(request.receive))
    either: set[asyncio.Future[Any]] = {flight.done, gone}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if flight.done.done():
            return flight.done.result()
        raise LeftError
    finally:
        gone.cancel()
        answers.leave(question.key, flight)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class Events(Response):
    """The way to an answer: progress, frames, then `done` or `failed`."""

    def __init__(self, answers: Answers, question: Question, client: str) -> None:
        super().__init__(media_type=EVENTS)
        self.headers["Cache-Control"] = "no-store"
        del self.headers["content-length"]
        self._answers, self._question = answers, question
        self._known = answers.find(question.key)
        self._flight = Flight()
        if self._known is None:
            self._flight = answers.join(question.key, client, question.work, long=question.long)
        else:
            self._flight.done.set_result(self._known)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the end, or until the reader leaves."""
        told: asyncio.Queue[tuple[str, Any] | None] = asyncio.Queue()

        def listener(event: str, data: Any) -> None:
            if told.qsize() < _BEHIND:
                told.put_nowait((event, data))

        self._flight.listeners.add(listener)
        self._flight.done.add_done_callback(lambda _: told.put_nowait(None))
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while not gone.done():
                piece, last = await self._next(told, gone)
                await send(_body(piece, more=not last))
                if last:
                    break
        finally:
            gone.cancel()
            self._flight.listeners.discard(listener)
            if self._known is None:
                self._answers.leave(self._question.key, self._flight)

    async def _next(
        self, told: "asyncio.Queue[tuple[str, Any] | None]", gone: "asyncio.Future[None]"
    ) -> tuple[bytes, bool]:
        news = asyncio.ensure_future(told.get())
        either: set[asyncio.Future[Any]] = {news, gone}
        await asyncio.wait(either, timeout=_QUIET, return_when=asyncio.FIRST_COMPLETED)
        if not news.done():
            news.cancel()
            return b": still here\n\n", False
        found = news.result()
        if found is not None:
            return _event(found[0], json_bytes(found[1])), False
        error = self._flight.done.exception()
        if error is not None:
            return _event("failed", json_bytes(fault_of(error))), True
        whole = self._flight.done.result()
        return _event("done", whole.get("json", b'{"ready": true}')), True


def _event(name: str, data: bytes) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), data)


def _body(piece: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": piece, "more_body": more}
