"""Everything a command may need, as `main` built it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dunning.delivery import NoticeKind
from exchange.sending import Teller
from intake.door import Door
from receivables.imports import Importer
from runtime.clock import Clock
from runtime.dispatch import Dispatcher
from runtime.documents import Archive
from runtime.house import House
from runtime.jobs import Job


@dataclass(frozen=True, slots=True)
class System:
    """The composed system. `migrate` brings the database up to date and seeds it;
    `interest_tables` are the shipped tables of late-payment law; `at` gives the same system under another clock."""

    house: House
    archive: Archive
    teller: Teller
    importers: Mapping[str, Importer]
    dispatcher: Dispatcher
    notices: NoticeKind
    jobs: Mapping[str, Job]
    migrate: Callable[[], str]
    is_migrated: Callable[[], bool]
    audit_keys: Mapping[str, bytes]
    settings: Mapping[str, Any]
    interest_tables: Sequence[Mapping[str, Any]]
    at: Callable[[Clock], "System"]

    @property
    def door(self) -> Door:
        """Where files come in."""
        return Door(self.house, self.archive, self.importers)
