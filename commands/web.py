"""The web application: routers, the shell around every page, limits and headers. Business stands in the routers."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from commands.desk import desk_for
from commands.routers import ROUTERS
from commands.system import System
from core.errors import CollectionsError
from runtime.limits import BodyLimit
from runtime.metrics import count_request
from runtime.pages import Pages, environment
from runtime.web import malformed, new_request_id, problem_details, refusal

ROOT = Path(__file__).parent.parent

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)

log = structlog.get_logger("web")


def build_web(system: System) -> FastAPI:
    """The ASGI application over a composed system."""
    app = FastAPI(title="Duecourse", version="1", openapi_url="/api/v1/openapi.json", docs_url=None, redoc_url=None)
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
    app.add_exception_handler(Exception, _unexpected)
    app.middleware("http")(_around)
    app.add_middleware(BodyLimit)
    return app


async def _around(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    """Names, times and logs every request, and puts the headers every answer has."""
    request.state.request_id = new_request_id()
    began = time.perf_counter()
    response = await answer(request)
    seconds = time.perf_counter() - began
    response.headers["X-Request-Id"] = request.state.request_id
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if request.url.path.startswith("/static/") and "v" in request.query_params:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers.setdefault("Cache-Control", "no-store")
    if request.url.scheme == "https":
        response.headers["Strict-Transport-Security"] = "max-age=63072000"
    count_request(request, response.status_code, seconds)
    log.info(
        "request",
        method=request.method,
        path=request.url.path,
        status=response.status_code,
        ms=round(seconds * 1000, 1),
        request_id=request.state.request_id,
    )
    return response


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
