"""People and keys on the desk, and everybody's own password."""

from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlalchemy import select

from core.errors import Invalid
from runtime import access
from runtime.tables import ApiKey, User
from runtime.web import Caller
from runtime.work import Right, Role, Work

router = APIRouter(include_in_schema=False)

PAGE = "/people"
PERSON_ROLES = {
    Role.VIEWER: "sees everything, changes nothing",
    Role.CONTROLLER: "places cash, works on disputes, runs reminders",
    Role.MANAGER: "and policies, credit limits, companies",
    Role.ADMIN: "and people, keys, webhooks",
}
KEY_ROLES = {Role.ERP: "pushes customers, invoices and orders, reads them back", **PERSON_ROLES}

Text = Annotated[str, Form(max_length=300)]
Secret = Annotated[str, Form(max_length=access.LONGEST_PASSWORD)]


@router.get(PAGE)
def page(call: Caller) -> Response:
    """Who works here, and which programs do."""

    def show(work: Work) -> dict[str, Any]:
        return {
            "people": work.session.scalars(select(User).order_by(User.disabled_at.is_not(None), User.email)).all(),
            "keys": work.session.scalars(select(ApiKey).order_by(ApiKey.revoked_at.is_not(None), ApiKey.name)).all(),
            "roles": _options(PERSON_ROLES),
            "key_roles": _options(KEY_ROLES),
            "me": work.actor.name,
        }

    return call.page(Right.USERS, "runtime/people.html", show)


@router.post(PAGE)
def add(call: Caller, email: Text = "", name: Text = "", role: Text = "", locale: Text = "en") -> Response:
    """Lets a person in and shows the password, this once."""

    def do(work: Work) -> str:
        password = access.add_user(work, email, _role(role, PERSON_ROLES), name=name, locale=locale)
        return f"{email} may sign in with the password {password} (shown once)."

    return call.form(Right.USERS, do, to=PAGE)


@router.post(PAGE + "/{email}/role")
def change_role(call: Caller, email: str, role: Text = "") -> Response:
    """Gives a person another role."""

    def do(work: Work) -> str:
        access.set_role(work, email, _role(role, PERSON_ROLES))
        return f"{email} is {role} now."

    return call.form(Right.USERS, do, to=PAGE)


@router.post(PAGE + "/{email}/disable")
def disable(call: Caller, email: str) -> Response:
    """Shuts a person out."""

    def do(work: Work) -> str:
        access.set_disabled(work, email, True)
        return f"{email} is shut out."

    return call.form(Right.USERS, do, to=PAGE)


@router.post(PAGE + "/{email}/enable")
def enable(call: Caller, email: str) -> Response:
    """Lets a person in again."""

    def do(work: Work) -> str:
        access.set_disabled(work, email, False)
        return f"{email} may sign in again."

    return call.form(Right.USERS, do, to=PAGE)


@router.post(PAGE + "/{email}/password")
def new_password(call: Caller, email: str) -> Response:
    """Makes a new password for somebody who forgot theirs, and shows it once."""

    def do(work: Work) -> str:
        return f"{email} may sign in with the password {access.new_password(work, email)} (shown once)."

    return call.form(Right.USERS, do, to=PAGE)


@router.post("/api-keys")
def add_key(call: Caller, name: Text = "", role: Text = "") -> Response:
    """Makes a key for a program and shows it, this once."""

    def do(work: Work) -> str:
        return f"The key, shown this once: {access.add_api_key(work, name.strip(), _role(role, KEY_ROLES))}"

    return call.form(Right.USERS, do, to=PAGE + "#programs")


@router.post("/api-keys/revoke")
def revoke_key(call: Caller, name: Text = "") -> Response:
    """Ends a key, at once."""

    def do(work: Work) -> str:
        access.revoke_api_key(work, name)
        return f"The key “{name}” is refused from now on."

    return call.form(Right.USERS, do, to=PAGE + "#programs")


# ── one's own password ──────────────────────────────────────────────────────────────────────────


@router.get("/password")
def password_page(call: Caller) -> Response:
    """The form for another password of one's own."""
    return call.page(Right.VIEW, "runtime/password.html", lambda _: {"shortest": access.SHORTEST_PASSWORD})


@router.post("/password")
def change_password(call: Caller, now: Secret = "", wanted: Secret = "", again: Secret = "") -> Response:
    """Changes one's own password; every session ends, and the new one signs in."""

    def do() -> str:
        if wanted != again:
            raise Invalid.because("again", "The two new passwords differ.", field="again")
        is_right = call.house.write(lambda work: access.is_own_password(work, now), actor=call.actor)
        if not is_right:
            raise Invalid.because("now", "The present password is wrong.", field="now")
        call.house.write(
            lambda work: access.change_own_password(work, now, wanted), actor=call.actor, request_id=call.request_id
        )
        return "The password is changed. Sign in with it."

    return call.act(Right.VIEW, do, to="/password")


def _options(roles: dict[Role, str]) -> list[tuple[str, str]]:
    return [(role.value, f"{role.value}: {words}") for role, words in roles.items()]


def _role(text: str, among: dict[Role, str]) -> Role:
    found = next((role for role in among if role.value == text), None)
    if found is None:
        raise Invalid.because("role", f"“{text[:20]}” is none of the roles.", field="role")
    return found
