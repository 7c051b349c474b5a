"""Users, sessions and keys: who is calling. Secrets are stored hashed; roles are read at every request.

Passwords: Argon2id (19 MiB, t=2, p=1, OWASP 2023). Guessing is slowed per account and per address, and at most two
hashes are computed at once, so that a flood of logins cannot starve everyone else.
"""

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Executable, bindparam, delete, func, or_, select
from sqlalchemy.orm import Session

from core.errors import Invalid, NotAllowed, NotFound, Refused
from runtime.ids import new_secret
from runtime.schema import AnyRow
from runtime.tables import ApiKey, LoginAttempt, LoginSession, User
from runtime.work import Actor, Right, Role, Work

SESSION_LIFE = timedelta(hours=12)
ATTEMPT_WINDOW = timedelta(minutes=1)
ATTEMPTS_PER_ACCOUNT = 10
ATTEMPTS_PER_ADDRESS = 30
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1_024

_hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
_two_at_once = threading.BoundedSemaphore(2)
_NOBODY = _hasher.hash("a password that nobody has")


@dataclass(frozen=True, slots=True)
class Login:
    """A fresh login: the token goes to the browser, its hash stays here."""

    token: str
    actor: Actor


def add_user(
    work: Work, email: str, role: Role, password: str | None = None, *, name: str = "", locale: str = "en"
) -> str:
    """Adds a person and returns the password, a made one when none is given. It is shown once.

    `locale` is how numbers and days are written for them: `de-CH`, `en-GB`.
    """
    work.need(Right.USERS)
    address = email.strip().lower()
    if "@" not in address:
        raise Invalid.because("email", f"“{email}” is not an e-mail address.", field="email")
    if work.session.scalar(select(User.id).where(User.email == address)):
        raise Refused(f"There is already a user {address}.")
    secret = password or new_secret()[:20]
    work.session.add(
        User(
            email=address,
            name=name or address.split("@")[0],
            role=role.value,
            locale=locale,
            password_hash=_hasher.hash(_checked(secret)),
            created_at=work.now,
        )
    )
    work.record("user.added", f"user:{address}", {"role": role.value})
    return secret


def set_disabled(work: Work, email: str, disabled: bool) -> None:
    """Shuts a person out, or lets them in again; running sessions end at once. The last administrator stays."""
    work.need(Right.USERS)
    user = user_named(work.session, email)
    if disabled:
        _keep_an_administrator(work.session, user)
    user.disabled_at = work.now if disabled else None
    _end_sessions(work, user)
    work.record("user.disabled" if disabled else "user.enabled", f"user:{user.email}")


def set_role(work: Work, email: str, role: Role) -> None:
    """Gives a person another role, from the next request on. The last administrator stays one."""
    work.need(Right.USERS)
    user = user_named(work.session, email)
    if role.value == user.role:
        return
    if role is not Role.ADMIN:
        _keep_an_administrator(work.session, user)
    before, user.role = user.role, role.value
    work.record("user.role_changed", f"user:{user.email}", {"before": before, "after": role.value})


def new_password(work: Work, email: str) -> str:
    """A made password in place of a forgotten one, returned once; running sessions end at once."""
    work.need(Right.USERS)
    user = user_named(work.session, email)
    secret = new_secret()[:20]
    user.password_hash = _hasher.hash(secret)
    _end_sessions(work, user)
    work.record("user.password_reset", f"user:{user.email}")
    return secret


def is_own_password(work: Work, password: str) -> bool:
    """Whether it is the caller's own. A wrong one counts as a failed login: who took over a session guesses no faster
    than who stands at the door. `Refused` after too many; commit the answer before acting on it."""
    if not work.actor.is_human:
        raise Refused("Only a person has a password.")
    user = _locked(work.session, work.actor.name)
    if user is None or _is_guessing(work.session, user.email, f"session of {user.email}", work.now):
        raise Refused("Too many wrong passwords. Wait a minute and try again.")
    with _two_at_once:
        is_right = _hasher.verify(password[:LONGEST_PASSWORD], user.password_hash)
    if not is_right:
        work.session.add(LoginAttempt(account=user.email, address=f"session of {user.email}", at=work.now))
    return bool(is_right)


def change_own_password(work: Work, now: str, wanted: str) -> None:
    """A new password of one's own; every session ends, this one too. `Invalid`: `now` is wrong or `wanted` short."""
    if not work.actor.is_human:
        raise Refused("Only a person has a password.")
    user = user_named(work.session, work.actor.name)
    with _two_at_once:
        is_right = _hasher.verify(now[:LONGEST_PASSWORD], user.password_hash)
    if not is_right:
        raise Invalid.because("now", "The present password is wrong.", field="now")
    user.password_hash = _hasher.hash(_checked(wanted))
    _end_sessions(work, user)
    work.record("user.password_changed", f"user:{user.email}")


def user_named(session: Session, email: str) -> User:
    """The person with this address, or `NotFound`."""
    user = session.scalar(select(User).where(User.email == email.strip().lower()))
    if user is None:
        raise NotFound(f"There is no user {email}.")
    return user


def key_named(session: Session, name: str) -> ApiKey:
    """The key of this name, or `NotFound`."""
    key = session.scalar(select(ApiKey).where(ApiKey.name == name))
    if key is None:
        raise NotFound(f"There is no key named “{name}”.")
    return key


def _keep_an_administrator(session: Session, leaving: User) -> None:
    others = select(User.id).where(User.role == Role.ADMIN.value, User.disabled_at.is_(None), User.id != leaving.id)
    if leaving.role == Role.ADMIN.value and session.scalars(others.limit(1)).first() is None:
        raise Refused("This is the last administrator. Make somebody else one first.")


def _end_sessions(work: Work, user: User) -> None:
    work.session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))


def _checked(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        message = f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters."
        raise Invalid.because("password", message, field="password")
    return password


def add_api_key(work: Work, name: str, role: Role) -> str:
    """Makes a key for a program and returns it, once: `dc_…`."""
    work.need(Right.USERS)
    if not name:
        raise Invalid.because("name", "Say which program the key is for.", field="name")
    if work.session.scalar(select(ApiKey.id).where(ApiKey.name == name)):
        raise Refused(f"There is already a key named “{name}”.")
    secret = f"dc_{new_secret()}"
    work.session.add(
        ApiKey(name=name, role=role.value, prefix=secret[:8], secret_hash=_digest(secret), created_at=work.now)
    )
    work.record("apikey.created", f"apikey:{name}", {"role": role.value})
    return secret


def revoke_api_key(work: Work, name: str) -> None:
    """Ends a program's key, at once: the next request with it is refused."""
    work.need(Right.USERS)
    key = key_named(work.session, name)
    if key.revoked_at is not None:
        raise NotFound(f"There is no key named “{name}” that could be revoked.")
    key.revoked_at = work.now
    work.record("apikey.revoked", f"apikey:{name}")


def log_in(session: Session, email: str, password: str, address: str, now: datetime) -> Login | None:
    """Checks a password; None when it is wrong or the user is shut out. Takes as long for users that do not exist.

    Too many failures in a minute for the account or the address → `NotAllowed`, whatever the password.
    """
    account = email.strip().lower()
    user = _locked(session, account)
    if _is_guessing(session, account, address, now):
        raise NotAllowed("Too many failed logins. Wait a minute and try again.")
    with _two_at_once:
        right = _hasher.verify(password[:LONGEST_PASSWORD], user.password_hash if user else _NOBODY)
    if user is None or not right or user.disabled_at is not None:
        session.add(LoginAttempt(account=account, address=address, at=now))
        return None
    token = new_secret()
    session.add(LoginSession(token_hash=_digest(token), user_id=user.id, created_at=now, expires_at=now + SESSION_LIFE))
    return Login(token, _person(user))


def _locked(session: Session, account: str) -> User | None:
    """The user, whose other logins wait until this one is decided: tries at the same moment are counted one by one."""
    return session.scalar(select(User).where(User.email == account).with_for_update())


def _is_guessing(session: Session, account: str, address: str, now: datetime) -> bool:
    since = now - ATTEMPT_WINDOW
    session.execute(delete(LoginAttempt).where(LoginAttempt.at < since))
    by_account, by_address = session.execute(
        select(
            func.count().filter(LoginAttempt.account == account),
            func.count().filter(LoginAttempt.address == address),
        ).where(or_(LoginAttempt.account == account, LoginAttempt.address == address))
    ).one()
    return bool(by_account >= ATTEMPTS_PER_ACCOUNT or by_address >= ATTEMPTS_PER_ADDRESS)


def log_out(session: Session, token: str) -> None:
    """Ends a login, at once and everywhere."""
    session.execute(delete(LoginSession).where(LoginSession.token_hash == _digest(token)))


_PERSON_OF_TOKEN = (
    select(User.email, User.role, User.locale, User.name)
    .join(LoginSession, LoginSession.user_id == User.id)
    .where(
        LoginSession.token_hash == bindparam("digest"),
        LoginSession.expires_at > bindparam("now"),
        User.disabled_at.is_(None),
    )
)
_KEY_OF_SECRET = select(ApiKey.name, ApiKey.role).where(
    ApiKey.secret_hash == bindparam("digest"), ApiKey.revoked_at.is_(None)
)
"""Both are asked at every request, and therefore put together once."""

Look = Callable[[Executable, Mapping[str, Any]], AnyRow | None]


def person_of(look: Look, token: str, now: datetime) -> Actor | None:
    """The user behind a session token; None when it ended, ran out, or the user is shut out."""
    user = look(_PERSON_OF_TOKEN, {"digest": _digest(token), "now": now})
    return Actor("user", user.email, Role(user.role), user.locale, user.name) if user else None


def program_of(look: Look, secret: str) -> Actor | None:
    """The program behind an API key; None when there is no such key or it was revoked."""
    key = look(_KEY_OF_SECRET, {"digest": _digest(secret)})
    return Actor("key", key.name, Role(key.role)) if key else None


def _person(user: User) -> Actor:
    return Actor("user", user.email, Role(user.role), user.locale, user.name)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
