"""`/api/v1/users` and `/api/v1/api-keys`: who works here, and which programs do."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field
from sqlalchemy import select

from runtime import access
from runtime.lists import page_of
from runtime.shapes import Body, Page, Shape
from runtime.tables import ApiKey, User
from runtime.web import Caller
from runtime.work import Right, Role, Work

router = APIRouter(prefix="/api/v1", tags=["access"])

Limit = Annotated[int, Query(ge=1, le=100)]
PersonRole = Literal["viewer", "controller", "manager", "admin"]
KeyRole = Literal["erp", "viewer", "controller", "manager", "admin"]


class UserShape(Shape):
    """A person who works here."""

    email: str = Field(examples=["ann@nordwind.example"])
    name: str
    role: PersonRole
    locale: str = Field(description="How numbers and days are written for them.", examples=["en-GB"])
    created_at: datetime
    disabled_at: datetime | None


class NewUserShape(UserShape):
    """A person with a made password, told this once."""

    password: str


class NewUser(Body):
    """A person to let in."""

    email: str = Field(examples=["ann@nordwind.example"])
    name: str = ""
    role: PersonRole
    locale: str = Field("en", max_length=20)


class UserChange(Body):
    """What is to be another; what is absent stays."""

    role: PersonRole | None = None
    is_disabled: bool | None = None


class KeyShape(Shape):
    """A program's key, by its first characters."""

    name: str = Field(examples=["our ERP"])
    role: str
    prefix: str
    created_at: datetime
    revoked_at: datetime | None


class NewKeyShape(KeyShape):
    """A key with its secret, told this once."""

    key: str


class NewKey(Body):
    """A program to let in."""

    name: str = Field(min_length=1, max_length=80, examples=["our ERP"])
    role: KeyRole


@router.get("/users", response_model=Page[UserShape])
def users(call: Caller, limit: Limit = 50, cursor: str | None = None) -> Response:
    """Everybody who works here, by address."""

    def read(work: Work) -> dict[str, Any]:
        return page_of(work.session, select(User), (User.email,), limit, cursor, lambda row: user_shown(row[0]))

    return call.read(Right.USERS, read)


@router.post("/users", response_model=NewUserShape, status_code=201)
def add_user(call: Caller, body: NewUser) -> Response:
    """Lets a person in; the answer names the password, this once."""

    def do(work: Work) -> dict[str, Any]:
        password = access.add_user(work, body.email, Role(body.role), name=body.name, locale=body.locale)
        return {**user_shown(access.user_named(work.session, body.email)), "password": password}

    return call.write(Right.USERS, do, status=201)


@router.patch("/users/{email}", response_model=UserShape)
def change_user(call: Caller, email: str, body: UserChange) -> Response:
    """Gives a person another role, shuts them out, or lets them in again."""

    def do(work: Work) -> dict[str, Any]:
        if body.role is not None:
            access.set_role(work, email, Role(body.role))
        if body.is_disabled is not None:
            access.set_disabled(work, email, body.is_disabled)
        return user_shown(access.user_named(work.session, email))

    return call.write(Right.USERS, do)


@router.post("/users/{email}/password", response_model=NewUserShape)
def new_password(call: Caller, email: str) -> Response:
    """A made password in place of a forgotten one, told this once."""

    def do(work: Work) -> dict[str, Any]:
        password = access.new_password(work, email)
        return {**user_shown(access.user_named(work.session, email)), "password": password}

    return call.write(Right.USERS, do)


@router.get("/api-keys", response_model=Page[KeyShape])
def keys(call: Caller, limit: Limit = 50, cursor: str | None = None) -> Response:
    """Every key, by name."""

    def read(work: Work) -> dict[str, Any]:
        return page_of(work.session, select(ApiKey), (ApiKey.name,), limit, cursor, lambda row: key_shown(row[0]))

    return call.read(Right.USERS, read)


@router.post("/api-keys", response_model=NewKeyShape, status_code=201)
def add_key(call: Caller, body: NewKey) -> Response:
    """Makes a key; the answer names it, this once."""

    def do(work: Work) -> dict[str, Any]:
        secret = access.add_api_key(work, body.name, Role(body.role))
        return {**key_shown(access.key_named(work.session, body.name)), "key": secret}

    return call.write(Right.USERS, do, status=201)


@router.post("/api-keys/{name}/revoke", response_model=KeyShape)
def revoke_key(call: Caller, name: str) -> Response:
    """Ends a key, at once."""

    def do(work: Work) -> dict[str, Any]:
        access.revoke_api_key(work, name)
        return key_shown(access.key_named(work.session, name))

    return call.write(Right.USERS, do)


def user_shown(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in UserShape.model_fields}


def key_shown(key: ApiKey) -> dict[str, Any]:
    return {name: getattr(key, name) for name in KeyShape.model_fields}
