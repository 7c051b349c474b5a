"""How much a request may bring, and how slowly. Counted while it streams in, so that nobody fills memory or disk."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.exceptions import HTTPException

from runtime.web import problem_details

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

MEGABYTE = 1024 * 1024
LARGEST_BODY = 10 * MEGABYTE
LARGEST_UPLOAD = 210 * MEGABYTE
UPLOAD_PATHS = ("/api/v1/imports", "/imports")
LONGEST_PATH = 8 * 1024
"""Bytes of path and query together."""
SECONDS_A_PIECE = 20.0
"""How long the next piece of a body may be awaited: who sends slower holds a connection for nothing."""


class BodyLimit:
    """Refuses what is too long (413, 414) or comes too slowly (408): as announced, or while it streams in."""

    def __init__(self, app: App, seconds_a_piece: float = SECONDS_A_PIECE) -> None:
        self._app = app
        self._seconds = seconds_a_piece

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = LARGEST_UPLOAD if scope["path"] in UPLOAD_PATHS else LARGEST_BODY
        refusal = _announced(scope, limit)
        if refusal is not None:
            await problem_details(*refusal)(scope, receive, send)
            return
        await self._app(scope, self._counted(receive, limit), send)

    def _counted(self, receive: Receive, limit: int) -> Receive:
        """`receive` that keeps count until the body is complete; afterwards it waits for the client to go, as ever."""
        seen, is_complete = 0, False

        async def counted() -> Message:
            nonlocal seen, is_complete
            if is_complete:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), self._seconds)
            except TimeoutError as error:
                raise HTTPException(408, "The body of the request came too slowly.") from error
            seen += len(message.get("body", b""))
            if seen > limit:
                raise HTTPException(413, _too_large(limit))
            is_complete = not message.get("more_body", False)
            return message

        return counted


def _announced(scope: Message, limit: int) -> tuple[int, str] | None:
    """What can be refused before a byte of the body is read: (status, why)."""
    if len(scope.get("raw_path") or b"") + len(scope.get("query_string", b"")) > LONGEST_PATH:
        return 414, f"The address is longer than {LONGEST_PATH} bytes."
    length = dict(scope["headers"]).get(b"content-length", b"0")
    if not length.isdigit() or len(length) > 18:
        return 400, "The Content-Length is no number."
    return (413, _too_large(limit)) if int(length) > limit else None


def _too_large(limit: int) -> str:
    return f"The request is larger than {limit // MEGABYTE} MB."
