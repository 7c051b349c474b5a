"""Signing in and out. The only pages a stranger sees."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from core.errors import NotAllowed
from runtime import access
from runtime.house import House
from runtime.web import cookie_name, refuse_foreign_forms
from runtime.work import Work

router = APIRouter(include_in_schema=False)


@router.get("/login")
def login_page(request: Request) -> Response:
    """The login form."""
    return _form(request, "", None, 200)


@router.post("/login")
def log_in(
    request: Request,
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Checks the password and starts a session; every login gets a new token, and the one before it ends."""
    refuse_foreign_forms(request)
    house: House = request.app.state.house
    address = request.client.host if request.client else "-"
    before = request.cookies.get(cookie_name(request))

    def begin(work: Work) -> access.Login | None:
        login = access.log_in(work.session, email, password, address, work.now)
        if login is not None and before:
            access.log_out(work.session, before)
        return login

    try:
        login = house.write(begin)
    except NotAllowed as error:
        return _form(request, email, str(error), 429)
    if login is None:
        return _form(request, email, "E-mail address or password is wrong.", 401)
    response = RedirectResponse(_inside(next), status_code=303)
    response.set_cookie(
        cookie_name(request),
        login.token,
        max_age=int(access.SESSION_LIFE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


@router.post("/logout")
def log_out(request: Request) -> Response:
    """Ends the session."""
    refuse_foreign_forms(request)
    house: House = request.app.state.house
    token = request.cookies.get(cookie_name(request))
    if token:
        house.write(lambda work: access.log_out(work.session, token))
    response = RedirectResponse("/login", status_code=303)
    response.delete_cookie(cookie_name(request))
    return response


def _form(request: Request, email: str, error: str | None, status: int) -> Response:
    page = request.app.state.pages.render(
        "access/login.html", email=email, error=error, next=request.query_params.get("next", "/"), locale="en"
    )
    return HTMLResponse(page, status)


def _inside(path: str) -> str:
    """Where to go after the login: only ever a path of ours."""
    parts = urlsplit(path)
    return path if path.startswith("/") and not path.startswith("//") and not parts.netloc and "\\" not in path else "/"
