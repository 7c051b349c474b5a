"""The web edge: one request, one `Call`. It knows who asks, runs one transaction and answers after the commit.

API answers are JSON, errors RFC 9457 problem details. Pages are templates; their forms answer with a redirect. The
HTTP code of every kind of refusal stands in `STATUS`, and nowhere else.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any
from urllib.parse import quote, unquote, urlsplit

import orjson
from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from core.errors import CollectionsError, Invalid, NotAllowed, NotFound, Refused, Stale, Unavailable
from core.problems import Problem
from runtime import access, idempotency
from runtime.house import House
from runtime.pages import Desk, Message, Pages
from runtime.work import Actor, Right, Work

STATUS: Mapping[type[Exception], int] = {
    Invalid: 422,
    NotFound: 404,
    NotAllowed: 403,
    Stale: 412,
    Refused: 409,
    Unavailable: 503,
    idempotency.InFlight: 409,
    idempotency.OtherBody: 422,
}

RAW_BODY = "raw_body"
"""Where in `request.state` the JSON body stands as it came (`runtime.received`)."""
SESSION_COOKIE = "duecourse"
SAID_COOKIE = "said"
Status = int | Callable[[Any], int]
"""The HTTP code of a write that went well; or how it follows from what was written."""
_UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


class NotSignedIn(CollectionsError):
    """Nobody is signed in, or the key is unknown."""


class PreconditionRequired(CollectionsError):
    """A change of a single resource must say which version it changes (If-Match)."""


class Call:
    """One request by a known actor."""

    def __init__(self, request: Request, actor: Actor) -> None:
        self.request = request
        self.actor = actor
        self.house: House = request.app.state.house
        self.request_id: str = request.state.request_id

    # ── API ─────────────────────────────────────────────────────────────────────────────────────

    def read(self, right: Right, do: Callable[[Work], Any], *, on: date | None = None) -> Response:
        """Answers with what `do` returns, as JSON; its `version`, if it has one, is the ETag.

        `on` is the business date acted for, today otherwise.
        """
        return resource_response(self._read(right, do, on))

    def write(
        self,
        right: Right,
        do: Callable[[Work], Any],
        *,
        status: Status = 200,
        body: bytes = b"",
        on: date | None = None,
    ) -> Response:
        """Runs `do` in one transaction and answers after its commit; honours Idempotency-Key.

        A repeated call is told from another one under the same key by the JSON body as it came. A call whose body is
        no JSON, such as an upload, says with `body` what stands for it.
        """
        key = self.request.headers.get("Idempotency-Key")
        if key is None:
            found = self._write(right, do, on)
            return resource_response(found, _status(status, found))
        if not 0 < len(key) <= idempotency.LONGEST_KEY:
            raise Invalid.because("", f"An Idempotency-Key has 1 to {idempotency.LONGEST_KEY} characters.")
        raw: bytes = getattr(self.request.state, RAW_BODY, body)
        return self._write_once(right, do, status, raw, key, on)

    def _write_once(
        self, right: Right, do: Callable[[Work], Any], status: Status, raw: bytes, key: str, on: date | None
    ) -> Response:
        self.actor_needs(right)
        fingerprint = idempotency.request_hash(self.request.method, self.request.url.path, raw)
        before = idempotency.claim(self.house, self.actor, key, fingerprint)
        if before is not None:
            headers = _etag(orjson.loads(before.body))
            return Response(before.body, before.status, headers, media_type="application/json")

        def do_and_remember(work: Work) -> Any:
            found = do(work)
            idempotency.finish(work, key, idempotency.Answer(_status(status, found), to_json(found)))
            return found

        try:
            found = self._write(right, do_and_remember, on)
        except BaseException:
            idempotency.release(self.house, self.actor, key)
            raise
        return resource_response(found, _status(status, found))

    def answer(self, right: Right, do: Callable[[], Any], *, status: int = 200) -> Response:
        """Answers for what brings its own transactions, such as a job, and is harmless to do again."""
        self.actor_needs(right)
        return json_response(do(), status=status)

    def expected_version(self) -> int:
        """The version in If-Match; missing → 428, unreadable → 412."""
        given = self.request.headers.get("If-Match")
        if given is None:
            raise PreconditionRequired("Say which version you change: send If-Match with the ETag you read.")
        digits = given.strip().removeprefix("W/").strip('"')
        if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
            raise Stale("The If-Match header names no version of this resource.")
        return int(digits)

    # ── pages ───────────────────────────────────────────────────────────────────────────────────

    def page(self, right: Right, template: str, do: Callable[[Work], Mapping[str, Any]]) -> Response:
        """Draws a page. What a form before it had to say is shown once."""
        pages: Pages = self.request.app.state.pages

        def draw(work: Work) -> str:
            context = do(work)
            desk: Desk = self.request.app.state.desk(work, self.request)
            return pages.render(template, desk=desk, **context)

        response = HTMLResponse(self._read(right, draw))
        if SAID_COOKIE in self.request.cookies:
            response.delete_cookie(SAID_COOKIE)
        return response

    def form(self, right: Right, do: Callable[[Work], str | None], to: str) -> Response:
        """Does what a form asked and shows `to`, with the sentence `do` returned. Refusals are said there too."""
        return self.act(right, lambda: self._write(right, do), to)

    def act(self, right: Right, do: Callable[[], str | None], to: str) -> Response:
        """The same for what brings its own transactions, such as a job."""
        self.actor_needs(right)
        try:
            said, kind = do(), "ok"
        except (Refused, Invalid, NotFound) as error:
            said, kind = str(error), "error"
        response = RedirectResponse(to, status_code=303)
        if said:
            is_tls = self.request.url.scheme == "https"
            packed = _pack(kind, said)
            response.set_cookie(SAID_COOKIE, packed, max_age=60, httponly=True, samesite="lax", secure=is_tls)
        return response

    # ── both ────────────────────────────────────────────────────────────────────────────────────

    def actor_needs(self, right: Right) -> None:
        if not self.actor.may(right):
            raise NotAllowed(f"The role “{self.actor.role}” may not {right.value}.")

    def _read(self, right: Right, do: Callable[[Work], Any], on: date | None = None) -> Any:
        self.actor_needs(right)
        return self.house.read(do, actor=self.actor, on=on, request_id=self.request_id)

    def _write(self, right: Right, do: Callable[[Work], Any], on: date | None = None) -> Any:
        self.actor_needs(right)
        return self.house.write(do, actor=self.actor, on=on, request_id=self.request_id)

    def must_match(self, version: int) -> None:
        """Refuses to change a resource of which the caller read another version; asked under the resource's lock."""
        if self.expected_version() != version:
            raise Stale(f"It was changed meanwhile: it is at version {version} now. Read it again.")


# ── who is calling ──────────────────────────────────────────────────────────────────────────────


async def calling(request: Request) -> Call:
    """The dependency every route has: finds the caller, refuses strangers and forged forms.

    A database in our own process answers sooner than a thread could be found to ask it.
    """
    house: House = request.app.state.house
    return _caller(house, request) if house.database.is_sqlite else await run_in_threadpool(_caller, house, request)


def _caller(house: House, request: Request) -> Call:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        actor = access.program_of(house.look, secret) if scheme == "Bearer" else None
        if actor is None:
            raise NotSignedIn("This key is unknown or revoked.")
        return Call(request, actor)
    token = request.cookies.get(cookie_name(request))
    person = access.person_of(house.look, token, house.clock.now()) if token else None
    if person is None:
        raise NotSignedIn("Please sign in.")
    if request.method in _UNSAFE:
        refuse_foreign_forms(request)
    return Call(request, person)


Caller = Annotated[Call, Depends(calling)]
"""What a route declares to be authorised: `call: Caller`."""


def refuse_foreign_forms(request: Request) -> None:
    """Cross-site request forgery: a write with a cookie must come from our own pages."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site in ("same-origin", "none"):
            return
    elif urlsplit(request.headers.get("Origin", "")).netloc == request.headers.get("Host", ""):
        return
    raise NotAllowed("This form was sent from another site and is ignored.")


def cookie_name(request: Request) -> str:
    """`__Host-` pins the cookie to this very host; browsers allow that only over TLS."""
    return f"__Host-{SESSION_COOKIE}" if request.url.scheme == "https" else SESSION_COOKIE


def new_request_id() -> str:
    return secrets.token_hex(8)


def said_before(request: Request) -> tuple[Message, ...]:
    """What the form before this page had to say."""
    kind, _, text = unquote(request.cookies.get(SAID_COOKIE, "")).partition(":")
    return (Message(text, "overdue" if kind == "error" else "paid"),) if text else ()


def day_said(text: str, field: str) -> date | None:
    """The day in a field of a form; None when it was left empty. `Invalid` names the field."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid.because(f"/{field}", f"“{text[:20]}” is no day.", field=field) from error


def _pack(kind: str, said: str) -> str:
    return quote(f"{kind}:{said[:500]}")


# ── answers ─────────────────────────────────────────────────────────────────────────────────────


def to_json(value: Any) -> bytes:
    return orjson.dumps(value, default=str)


def json_response(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(to_json(value), status, dict(headers or {}), media_type="application/json")


def resource_response(found: Any, status: int = 200) -> Response:
    """What was found or made, as JSON; a resource with a version carries it as its ETag."""
    return json_response(found, status=status, headers=_etag(found))


def _etag(found: Any) -> dict[str, str]:
    is_versioned = isinstance(found, Mapping) and "version" in found
    return {"ETag": f'"{found["version"]}"'} if is_versioned else {}


def _status(status: Status, found: Any) -> int:
    return status if isinstance(status, int) else status(found)


def status_of(error: Exception) -> int:
    """The HTTP code of a refusal, by its nearest kind."""
    if isinstance(error, NotSignedIn):
        return 401
    if isinstance(error, PreconditionRequired):
        return 428
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def refusal(request: Request, error: Exception) -> Response:
    """Every `CollectionsError` as an answer: problem details for programs, a page for people."""
    status = status_of(error)
    if request.url.path.startswith("/api/") or request.url.path.startswith("/health"):
        problems = error.problems if isinstance(error, Invalid) else ()
        return problem_details(status, str(error), problems)
    if isinstance(error, NotSignedIn):
        return RedirectResponse("/login", status_code=303)
    pages: Pages = request.app.state.pages
    return HTMLResponse(pages.render_error(status, str(error)), status)


def problem_details(status: int, detail: str, problems: tuple[Problem, ...] = ()) -> Response:
    """RFC 9457. Each problem is an `errors[]` member with its JSON pointer and message."""
    body = {
        "type": "about:blank",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "errors": [
            {"pointer": problem.where, "field": problem.field, "message": problem.message} for problem in problems
        ],
    }
    headers = {"Retry-After": "1"} if status == 503 else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(to_json(body), status, headers, media_type="application/problem+json")


def problem_at(status: int, detail: str, pointer: str) -> Response:
    """The same for one thing wrong at one place."""
    return problem_details(status, detail, (Problem(pointer, detail),))


_TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Refused",
    412: "Changed meanwhile",
    413: "Too large",
    414: "Address too long",
    422: "Invalid input",
    428: "If-Match required",
    500: "Internal error",
    503: "Not available now",
}


def malformed(request: Request, error: RequestValidationError) -> Response:
    """A request body or parameter that does not fit its model."""
    problems = tuple(
        Problem("/" + "/".join(str(part) for part in item["loc"][1:]), item["msg"], field=str(item["loc"][-1]))
        for item in error.errors()
    )
    return problem_details(422, "The request does not fit what this call takes.", problems)
