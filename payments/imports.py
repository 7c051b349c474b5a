"""A bank statement file comes in through the import door."""

from collections.abc import Sequence
from typing import BinaryIO

from core.money import exponent_of
from core.problems import Problem
from payments import profiles, statements, store
from payments.accounts import compact, is_iban, same_account
from payments.bank_file import pieces_of_file
from payments.errors import OtherAccount, OtherAccountCurrency, UnknownAccount
from payments.readers.model import Account, Assumed, Unanswered
from payments.statements import StatementIntake
from payments.tables import BankAccount
from receivables.imports import Handed, Held, Imported, Tell, company_for, own_run, write_counts
from receivables.tables import Company
from runtime.fence import LIMITS, fenced
from runtime.house import House
from runtime.work import Actor, Work

HUNDREDTHS = 2
"""Decimals of amounts in a file that names no currency."""


def import_statement(
    house: House, actor: Actor, handed: Handed, source: BinaryIO, imported: Imported, tell: Tell
) -> None:
    """One bank file, wholly in or wholly out; held when it is for an account nobody told us about.

    `source` is the open file at `handed.path`; it is read behind the fence. A process that stalled and lost its run
    to another one stores nothing (`LostClaim`).
    """
    reader = statements.recognise(source, handed.name, handed.format)
    imported.format = reader.name

    def take(work: Work) -> StatementIntake:
        finder = _Finder(work, handed)
        pieces = fenced(LIMITS, pieces_of_file, str(handed.path), reader.name, finder.assumed())
        intake = statements.store_statements(work, reader.name, pieces, imported.id, finder)
        intake.problems += finder.problems
        imported.created, imported.updated, imported.unchanged = intake.created, intake.settled, intake.unchanged
        # In the transaction of the entries: a run that still says “running” has stored nothing (M4). Asked for last, so
        # that the claim can be renewed meanwhile.
        run = own_run(work, imported)
        run.state, run.finished_at = "done", work.now
        write_counts(run, imported)
        return intake

    try:
        intake = house.write(take, actor=actor)
    except (UnknownAccount, OtherAccount, OtherAccountCurrency) as error:
        raise Held(str(error), {"asks": "account", "account": error.account, "currency": error.currency}) from error
    except Unanswered as error:
        href = f"/bank-profiles/new?import={imported.id}"
        raise Held(str(error), {"asks": "bank_profile", "href": href}) from error
    imported.problems += intake.problems
    tell(imported)


class _Finder:
    """How an import finds its account: a known one, by IBAN or national number; the one the person named; the first of
    its currency; a new one if the caller adopts."""

    def __init__(self, work: Work, handed: Handed) -> None:
        self._work, self._handed = work, handed
        self._company: Company = company_for(work, handed.company)
        self.problems: list[Problem] = []

    def assumed(self) -> Assumed:
        """What the person said, completed: an account of ours that has one currency brings it along."""
        named = self._named()
        currency = self._handed.currency or (named[0].currency if len(named) == 1 else None)
        return Assumed(self._handed.account, currency, profiles.in_use(self._work.session))

    def __call__(self, account: Account, currency: str | None) -> BankAccount:
        ours = self._meant(account)
        fitting = [each for each in ours if each.currency == currency or (currency is None and _in_hundredths(each))]
        if len(fitting) == 1:
            self._warn_of_closed(fitting[0])
            return fitting[0]
        if account.identifier and currency and not fitting and self._may_adopt(ours, currency):
            return self._adopt(account, currency)
        if ours and not fitting:
            raise OtherAccountCurrency(account.identifier, currency, sorted({each.currency for each in ours}))
        raise UnknownAccount(account.identifier, currency)

    def _meant(self, account: Account) -> list[BankAccount]:
        """Our accounts the file may mean. Without a match the person's word counts, unless it contradicts the file."""
        ours = store.bank_accounts(self._work.session)
        found = same_account(account, ours)
        if found or not self._handed.account:
            return found
        named = self._named()
        if named and is_iban(compact(account.identifier)) and is_iban(compact(named[0].identifier)):
            raise OtherAccount(account.identifier, self._handed.account)
        if named:
            message = f"The file names account {account.identifier}; as you said, it went to {named[0].identifier}."
            self._warn(message)
        return named

    def _named(self) -> list[BankAccount]:
        if not self._handed.account:
            return []
        return same_account(Account(self._handed.account), store.bank_accounts(self._work.session))

    def _may_adopt(self, ours: Sequence[BankAccount], currency: str) -> bool:
        if self._handed.adopts_accounts:
            return True
        return not ours and not store.has_account(self._work.session, self._company.id, currency)

    def _adopt(self, account: Account, currency: str) -> BankAccount:
        self._warn(f"Account {account.identifier} ({currency}) was new and now belongs to {self._company.name}.")
        return statements.add_bank_account(
            self._work, self._company.id, account.identifier, currency, account.name or ""
        )

    def _warn_of_closed(self, account: BankAccount) -> None:
        if account.closed_on:
            self._warn(
                f"Account {account.identifier} was closed on {account.closed_on}; its statement counts all the same."
            )

    def _warn(self, message: str) -> None:
        if all(each.message != message for each in self.problems):
            self.problems.append(Problem("account", message, severity="warning"))


def _in_hundredths(account: BankAccount) -> bool:
    return exponent_of(account.currency) == HUNDREDTHS
