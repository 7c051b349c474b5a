"""A bank statement file comes in through the import door."""

from typing import BinaryIO

from core.problems import Problem
from payments import statements, store
from payments.readers.model import Assumed
from payments.statements import FindAccount, StatementIntake, UnknownAccount
from payments.tables import BankAccount
from receivables.imports import Handed, Held, Imported, Tell, company_for
from receivables.tables import ImportRun
from runtime.house import House
from runtime.work import Actor, Work


def import_statement(
    house: House, actor: Actor, handed: Handed, source: BinaryIO, imported: Imported, tell: Tell
) -> None:
    """One bank file, wholly in or wholly out; held when it is for an account nobody told us about."""
    reader = statements.recognise(source, handed.name, handed.format)
    imported.format = reader.name

    def take(work: Work) -> StatementIntake:
        source.seek(0)
        find = _finder(work, handed, imported)
        intake = statements.store_statements(work, reader, source, imported.id, find, Assumed())
        # In the transaction of the entries: a run that still says “running” has stored nothing (M4).
        work.session.get_one(ImportRun, imported.id).state = "done"
        return intake

    try:
        intake = house.write(take, actor=actor)
    except UnknownAccount as error:
        raise Held(str(error)) from error
    imported.created, imported.unchanged = intake.created, intake.unchanged
    imported.problems += intake.problems
    tell(imported)


def _finder(work: Work, handed: Handed, imported: Imported) -> FindAccount:
    """How this import finds its account: a known one; the first of its currency; a new one if the caller adopts."""
    company = company_for(work, handed.company)

    def find(identifier: str, currency: str | None) -> BankAccount:
        found = store.bank_account(work.session, identifier, currency)
        if len(found) == 1:
            return found[0]
        is_first = currency is not None and not store.has_account(work.session, company.id, currency)
        if found or currency is None or not (is_first or handed.adopts_accounts):
            raise UnknownAccount(identifier, currency)
        message = f"Account {identifier} ({currency}) was new and now belongs to {company.name}."
        imported.problems.append(Problem("account", message, severity="warning"))
        return statements.add_bank_account(work, company.id, identifier, currency)

    return find
