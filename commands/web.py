"""The web application: routers, the shell around every page, limits and headers. Business stands in the routers."""

import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from commands.desk import desk_for
from commands.routers import ROUTERS
from commands.system import System
from core.errors import CollectionsError
from intake.queue import ImportQueue
from runtime.limits import App, BodyLimit, Message, Receive, Send
from runtime.metrics import count_request
from runtime.openapi import describe
from runtime.pages import Pages, environment
from runtime.received import StrictInput
from runtime.web import malformed, new_request_id, problem_details, refusal

ROOT = Path(__file__).parent.parent

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)

log = structlog.get_logger("web")


_HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)
_FOR_EVER = (b"cache-control", b"public, max-age=31536000, immutable")
_NOT_KEPT = (b"cache-control", b"no-store")
_TLS_ONLY = (b"strict-transport-security", b"max-age=63072000")


def build_web(system: System, *, reads_imports: bool = False) -> FastAPI:
    """The ASGI application over a composed system. With `reads_imports` it works off the import queue while it runs."""

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        if not reads_imports:
            yield
            return
        queue = ImportQueue(system.door)
        queue.start()
        yield
        await run_in_threadpool(queue.stop)

    app = FastAPI(
        title="Duecourse",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=running,
    )
    app.state.house = system.house
    app.state.system = system
    app.state.pages = Pages(environment(ROOT / "templates"))
    app.state.desk = desk_for
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=ROOT / "static"), name="static")
    app.add_exception_handler(CollectionsError, refusal)
    app.add_exception_handler(RequestValidationError, malformed)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, _plain_error)  # type: ignore[arg-type]
    describe(app)
    app.add_middleware(StrictInput)
    app.add_middleware(BodyLimit)
    app.add_middleware(Around)
    return app


class Around:
    """Names, times and logs every request, puts the headers every answer has, and answers for defects of ours."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        reference = new_request_id()
        scope.setdefault("state", {})["request_id"] = reference
        began = time.perf_counter()
        status = 0

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _completed(scope, message["headers"], reference)
            await send(message)

        try:
            await self._app(scope, receive, with_headers)
        except Exception as error:
            if status:
                raise
            request = Request(scope)
            answer = _plain_error(request, error) if isinstance(error, HTTPException) else _unexpected(request, error)
            await answer(scope, receive, with_headers)
        _note(scope, status, reference, time.perf_counter() - began)


def _completed(scope: Message, headers: Iterable[tuple[bytes, bytes]], reference: str) -> list[tuple[bytes, bytes]]:
    """The headers of an answer and those that are missing."""
    said = list(headers)
    names = {name for name, _ in said}
    is_named_by_content = scope["path"].startswith("/static/") and b"v=" in scope["query_string"]
    standard = (*_HEADERS, _FOR_EVER if is_named_by_content else _NOT_KEPT)
    said += [header for header in standard if header[0] not in names]
    said.append((b"x-request-id", reference.encode()))
    if scope["scheme"] == "https":
        said.append(_TLS_ONLY)
    return said


def _note(scope: Message, status: int, reference: str, seconds: float) -> None:
    count_request(scope, status, seconds)
    log.info(
        "request",
        method=scope["method"],
        path=scope["path"],
        status=status,
        ms=round(seconds * 1000, 1),
        request_id=reference,
    )


def _plain_error(request: Request, error: HTTPException) -> Response:
    """What the framework itself refuses: unknown paths, wrong methods."""
    if request.url.path.startswith("/api/"):
        return problem_details(error.status_code, str(error.detail))
    pages: Pages = request.app.state.pages
    return Response(pages.render_error(error.status_code, None), error.status_code, media_type="text/html")


def _unexpected(request: Request, error: Exception) -> Response:
    """A defect of ours: the answer names the request, the log has the rest; nothing of the inside leaks."""
    reference = getattr(request.state, "request_id", "-")
    log.error("unexpected", request_id=reference, path=request.url.path, exc_info=error)
    if request.url.path.startswith("/api/"):
        return problem_details(500, f"Something went wrong here. Reference: {reference}.")
    pages: Pages = request.app.state.pages
    return Response(pages.render_error(500, None, reference=reference), 500, media_type="text/html")
