"""One unit of work: one transaction, one actor, one moment. Every service function takes a `Work`.

Who may do what is one visible table, `RIGHTS`. Services ask `work.need(Right.…)` first; routes never decide.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from core.errors import NotAllowed
from core.events import Event
from runtime import audit


class Role(StrEnum):
    """viewer < controller < manager < admin; `erp` pushes and reads back; `portal` is a customer's own view."""

    VIEWER = "viewer"
    CONTROLLER = "controller"
    MANAGER = "manager"
    ADMIN = "admin"
    ERP = "erp"
    PORTAL = "portal"


class Right(StrEnum):
    """What can be allowed or not."""

    VIEW = "see receivables"
    READ_BACK = "read back what was pushed"
    PUSH = "import customers, invoices and orders"
    STATEMENTS = "import bank statements"
    CASH = "apply cash"
    OPEN_DISPUTE = "open disputes"
    DISPUTE = "work on and resolve disputes"
    HOLD = "hold reminders"
    DUN = "plan and approve dunning runs"
    POLICY = "change policies"
    CREDIT = "set credit limits"
    CHECK_CREDIT = "ask for credit checks"
    EXPORT = "export data"
    JOBS = "run jobs"
    AUDIT = "read the audit log"
    USERS = "manage users and keys"
    WEBHOOKS = "manage webhooks"
    COMPANIES = "change companies and the account on letters"
    WRITE_OFF = "approve write-offs"
    MERGE = "merge customers"


_VIEWER = {Right.VIEW, Right.READ_BACK}
_CONTROLLER = _VIEWER | {
    Right.PUSH,
    Right.STATEMENTS,
    Right.CASH,
    Right.OPEN_DISPUTE,
    Right.DISPUTE,
    Right.HOLD,
    Right.DUN,
    Right.CHECK_CREDIT,
    Right.EXPORT,
    Right.JOBS,
}
_MANAGER = _CONTROLLER | {Right.POLICY, Right.CREDIT, Right.AUDIT, Right.COMPANIES, Right.WRITE_OFF, Right.MERGE}

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset(_VIEWER),
    Role.CONTROLLER: frozenset(_CONTROLLER),
    Role.MANAGER: frozenset(_MANAGER),
    Role.ADMIN: frozenset(Right),
    Role.ERP: frozenset({Right.PUSH, Right.READ_BACK, Right.CHECK_CREDIT, Right.OPEN_DISPUTE}),
    Role.PORTAL: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person, a program with a key, or the house itself (jobs and commands)."""

    kind: str
    name: str
    role: Role
    locale: str = "en"
    full_name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"

    @property
    def is_human(self) -> bool:
        return self.kind == "user"

    def may(self, right: Right) -> bool:
        return right in RIGHTS[self.role]


HOUSE = Actor("system", "duecourse", Role.ADMIN)
"""Jobs and commands of the machine's owner."""


@dataclass(frozen=True, slots=True)
class Recorded(Event):
    """A change was written into the audit log: the news of everything that has no event of its own."""

    action: str
    subject: str
    payload: Mapping[str, Any]
    reason: str | None


Handler = Callable[["Work", Any], None]
Handlers = Mapping[type[Event], Sequence[Handler]]


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction's context. `today` is the business date acted for, `now` the instant it is done."""

    session: Session
    actor: Actor
    now: datetime
    today: date
    handlers: Handlers = field(default_factory=dict)
    request_id: str = "-"
    zone: str = "UTC"

    @property
    def calendar_day(self) -> date:
        """The day it really is in the zone of the business day; `today` may be another one that is acted for."""
        return self.now.astimezone(ZoneInfo(self.zone)).date()

    def need(self, right: Right) -> None:
        """Refuses with `NotAllowed` unless the actor has the right."""
        if not self.actor.may(right):
            raise NotAllowed(f"The role “{self.actor.role}” may not {right.value}.")

    def announce(self, event: Event) -> None:
        """Hands the event to everyone `main` joined to it, in this transaction."""
        for handle in self.handlers.get(type(event), ()):
            handle(self, event)

    def record(
        self, action: str, subject: str, payload: Mapping[str, Any] | None = None, *, reason: str | None = None
    ) -> None:
        """Writes the change into the audit log, in this transaction, and tells whoever listens to it."""
        said = dict(payload or {})
        entry = audit.Entry(self.now, str(self.actor), self.request_id, action, subject, reason, said)
        audit.record(self.session, entry)
        self.announce(Recorded(action, subject, said, reason))
