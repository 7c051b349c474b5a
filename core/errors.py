"""What the system refuses, and why. One class a kind of refusal; packages derive one subclass a case.

The HTTP code of each kind stands in one table in `runtime.web`, never here.
"""

from collections.abc import Sequence
from typing import Any

from core.problems import Problem


class CollectionsError(Exception):
    """Base of everything we refuse. `str(error)` is a sentence a person can act upon."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Crosses from one process to another whole, whatever its constructor asks for."""
        return _made_anew, (type(self), self.args), self.__dict__


def _made_anew(kind: type[CollectionsError], args: tuple[Any, ...]) -> CollectionsError:
    return kind.__new__(kind, *args)


class NotFound(CollectionsError):
    """The thing named does not exist, or is not this user's to see."""


class Refused(CollectionsError):
    """The request is well formed, but the state of things forbids it."""


class Stale(Refused):
    """Somebody changed the record since the caller read it."""


class NotAllowed(CollectionsError):
    """This actor may not do this."""


class Unavailable(CollectionsError):
    """Not now: a server, a disk or a database is away. Trying again later may work."""


class Busy(Unavailable):
    """Somebody else holds what this needs, for longer than it waits."""


class Invalid(CollectionsError):
    """The input is wrong; `problems` says where and what."""

    def __init__(self, problems: Sequence[Problem], summary: str | None = None) -> None:
        self.problems = tuple(problems)
        super().__init__(summary or "; ".join(problem.message for problem in self.problems))

    @classmethod
    def because(cls, where: str, message: str, *, field: str | None = None) -> "Invalid":
        return cls([Problem(where, message, field=field)])
