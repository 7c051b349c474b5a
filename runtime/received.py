"""What a request says is read strictly at the edge, once for every route: addresses, forms, JSON.

A NUL, a lone surrogate or a name said twice would be stored by one database and refused by another; nothing of the
kind gets past here. The JSON body is kept as it came, for the fingerprint of an Idempotency-Key.
"""

from runtime.limits import App, Message, Receive, Send
from runtime.strict_json import NotStrict, check
from runtime.web import RAW_BODY, problem_at, problem_details

_FORM = b"application/x-www-form-urlencoded"


class StrictInput:
    """Answers 422 to what cannot be one clear text; the rest goes on untouched."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _is_unclear(scope):
            answer = problem_details(422, "The address contains a NUL character or is not UTF-8.")
            await answer(scope, receive, send)
            return
        kind = _media_type(scope)
        if not (kind == _FORM or kind == b"application/json" or kind.endswith(b"+json")):
            await self._app(scope, receive, send)
            return
        body = await _all_of(receive)
        if body is None:
            return
        try:
            _check(kind, body)
        except NotStrict as error:
            await problem_at(422, str(error), error.pointer)(scope, receive, send)
            return
        scope.setdefault("state", {})[RAW_BODY] = body
        await self._app(scope, _again(body, receive), send)


def _check(kind: bytes, body: bytes) -> None:
    if kind != _FORM and body:
        check(body)
    if kind == _FORM and (b"%00" in body or b"\0" in body):
        raise NotStrict("The form contains a NUL character.")


def _is_unclear(scope: Message) -> bool:
    path, query = scope["path"], scope.get("query_string", b"")
    return "\0" in path or "\ufffd" in path or b"%00" in query or b"\0" in query


def _media_type(scope: Message) -> bytes:
    content_type: bytes = dict(scope["headers"]).get(b"content-type", b"")
    return content_type.partition(b";")[0].strip().lower()


async def _all_of(receive: Receive) -> bytes | None:
    """The whole body, within the limit that `receive` counts; None when the client went away."""
    pieces: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)


def _again(body: bytes, receive: Receive) -> Receive:
    """Hands a body that was read already over once, and then what comes."""
    is_handed_over = False

    async def again() -> Message:
        nonlocal is_handed_over
        if is_handed_over:
            return await receive()
        is_handed_over = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
