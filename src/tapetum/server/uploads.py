"""Pictures that come over the wire: counted while they are read, and not waited for without end."""

import asyncio
import time
from urllib.parse import unquote

from fastapi import Request

from tapetum.pictures import Picture, display_name, open_picture
from tapetum.server.faults import RefusedError

MOST = 20 * 2**20
"""Bytes of an upload, at most."""
PATIENCE = 30.0
"""Seconds in which it has to be here."""
_LINGER = 2.0
"""Seconds in which a sender of too much may finish a sentence, so that the answer reaches it."""


async def uploaded(request: Request, *, patience: float = PATIENCE, decoding: asyncio.Semaphore) -> Picture:
    """The picture in the body of a request.

    Raises:
        RefusedError: it is too large, or too slow.
        PictureError: it is no picture.
    """
    data = await _body(request, patience)
    name = display_name(unquote(request.headers.get("tapetum-name", ""), errors="replace") or "picture")
    async with decoding:
        return await asyncio.to_thread(open_picture, data, name=name)


async def _body(request: Request, patience: float) -> bytes:
    parts: list[bytes] = []
    count, deadline = 0, time.monotonic() + patience
    stream = request.stream()
    try:
        async with asyncio.timeout_at(asyncio.get_running_loop().time() + patience):
            if int(request.headers.get("content-length", 0)) > MOST:
                count = MOST + 1
            async for part in stream:
                count += len(part)
                if count > MOST:
                    break
                parts.append(part)
    except TimeoutError as error:
        raise RefusedError(
            408, "slow", f"The picture did not arrive within {patience:.0f} seconds. Send it again."
        ) from error
    if count <= MOST:
        return b"".join(parts)
    parts.clear()
    # Who is still sending would never read the answer: it is listened to a little, and nothing is kept.
    linger = min(_LINGER, max(0.0, deadline - time.monotonic()))
    try:
        async with asyncio.timeout(linger):
            async for _ in stream:
                pass
    except TimeoutError:
        pass
    raise RefusedError(
        413, "large", f"The picture has more than {MOST // 2**20} MiB. Save it smaller, or cut out a part."
    )
