"""How much a request may bring. Counted while it streams in, so that nobody fills memory or disk."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from runtime.web import problem_details

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

LARGEST_BODY = 10 * 1024 * 1024
LARGEST_UPLOAD = 210 * 1024 * 1024
UPLOAD_PATHS = ("/api/v1/imports", "/imports")


class TooLarge(Exception):
    """The body passed its limit while it was read."""


class BodyLimit:
    """Refuses bodies over the limit with 413: by their announced length, or while they stream in."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = LARGEST_UPLOAD if scope["path"] in UPLOAD_PATHS else LARGEST_BODY
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > limit:
            await _refuse(scope, receive, send, limit)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise TooLarge
            return message

        try:
            await self._app(scope, counted, send)
        except TooLarge:
            await _refuse(scope, receive, send, limit)


async def _refuse(scope: Message, receive: Receive, send: Send, limit: int) -> None:
    answer = problem_details(413, f"The request is larger than {limit // 1024 // 1024} MB.")
    await answer(scope, receive, send)
