"""Who may ask: the right Host on every request, the token, and no writing from foreign pages."""

import hmac
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tapetum.server.faults import refused

_READS = ("GET", "HEAD")
_LOCAL = ("localhost", "127.0.0.1", "[::1]")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_ASK = "Open the address that tapetum serve printed: it ends in the token."


def hosts(port: int, more: Iterable[str] = ()) -> tuple[str, ...]:
    """The Host headers that are answered: the machine's own names, and those given, with the port."""
    names = (*_LOCAL, *more)
    bare = names if port == 80 else ()
    return (*(f"{name}:{port}" for name in names), *bare)


class Guard:
    """Stands before every route, also those that do not exist."""

    def __init__(self, app: ASGIApp, *, token: str, hosts: Sequence[str], cookie: str) -> None:
        self._app, self._token, self._hosts, self._cookie = app, token, frozenset(hosts), cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what may not be asked, and pass on the rest."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)

        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                known = {name.lower() for name, _ in headers}
                given = _HEADERS | {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
                headers += [
                    (name.lower().encode(), value.encode())
                    for name, value in given.items()
                    if name.lower().encode() not in known
                ]
                message = {**message, "headers": headers}
            await send(message)

        await (refusal or self._app)(scope, receive, hardened)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        named = headers.getlist("host")
        if len(named) != 1 or named[0].lower() not in self._hosts:
            return refused(421, "host", "This server does not answer to that Host. " + _ASK)
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        tokens = [value for name, value in query if name == "token"]
        if scope["path"] == "/" and scope["method"] in _READS and tokens:
            return self._welcome(query, tokens)
        if not self._known(headers):
            if scope["path"] == "/":
                return HTMLResponse(_page(_ASK), 401)
            return refused(401, "token", "The token is missing or wrong. " + _ASK)
        foreign = [
            origin for origin in headers.getlist("origin") if origin.lower() != f"http://{named[0].lower()}"
        ]
        if scope["method"] not in _READS and foreign:
            return refused(403, "origin", "Another page may not write here. " + _ASK)
        return None

    def _welcome(self, query: Sequence[tuple[str, str]], tokens: Sequence[str]) -> Response:
        """Move a right token from the address into a cookie."""
        if len(tokens) != 1 or not self._right(tokens[0]):
            return HTMLResponse(_page(f"This token is not the one of this start. {_ASK}"), 401)
        rest = urlencode([(name, value) for name, value in query if name != "token"])
        answer = RedirectResponse(f"/?{rest}" if rest else "/", 303)
        answer.set_cookie(self._cookie, self._token, httponly=True, samesite="strict", path="/")
        return answer

    def _known(self, headers: Headers) -> bool:
        found = cookie_parser("; ".join(headers.getlist("cookie"))).get(self._cookie)
        return found is not None and self._right(found)

    def _right(self, token: str) -> bool:
        return hmac.compare_digest(token.encode("utf-8", "replace"), self._token.encode())


def _page(text: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="dark light">'
        f"<title>Tapetum</title><h1>Tapetum</h1><p>{text}</p></html>"
    )
