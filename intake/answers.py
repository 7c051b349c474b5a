"""Answering for a file that is held, or was refused for want of a word: said, and the archived original read again."""

from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from core.errors import Invalid, Refused
from core.money import NotAnAmount, exponent_of
from intake import store
from intake.door import ARCHIVE, Door, right_for
from receivables.store import company_by_code
from receivables.tables import ImportProblem, ImportRun
from runtime.work import Work

LONGEST_WORD = 80


def answer(work: Work, door: Door, run: ImportRun, said: dict[str, Any]) -> ImportRun:
    """Lets the file wait to be read again with what is said about it now; what was said before stays said.

    `said` may hold kind, company, format, account, currency and adopts_accounts. `Refused` unless the run is held or
    refused, and when the same bank statement is in or on its way in already.
    """
    if run.state not in ("held", "refused") or not run.document_id:
        raise Refused("This file waits for no answer.")
    kind = said.get("kind") or run.kind
    if kind not in door.importers and kind != ARCHIVE:
        raise Invalid.because("/kind", f"Say what it holds: {', '.join(door.importers)}.", field="kind")
    work.need(right_for(run.kind))
    work.need(right_for(kind))
    _check(work, said)
    run.kind, run.actor = kind, str(work.actor)
    run.said = {**run.said, **{name: value for name, value in said.items() if value}, "role": work.actor.role.value}
    run.state, run.question, run.attempts, run.finished_at = "waiting", None, 0, None
    work.session.execute(delete(ImportProblem).where(ImportProblem.import_id == run.id))
    _refuse_known_statement(work, run)
    work.record("import.answered", f"import:{run.id}", {"file": run.file_name, "said": said})
    return run


def _check(work: Work, said: dict[str, Any]) -> None:
    for name in ("company", "format", "account", "currency"):
        if len(str(said.get(name) or "")) > LONGEST_WORD:
            raise Invalid.because(f"/{name}", f"At most {LONGEST_WORD} characters.", field=name)
    if said.get("company"):
        company_by_code(work.session, str(said["company"]))
    if said.get("currency"):
        _check_currency(str(said["currency"]))


def _check_currency(code: str) -> None:
    try:
        exponent_of(code)
    except NotAnAmount as error:
        raise Invalid.because("/currency", str(error), field="currency") from error


def _refuse_known_statement(work: Work, run: ImportRun) -> None:
    if run.kind != "statement":
        return
    with work.session.no_autoflush:
        before = store.statement_run(work.session, run.sha256)
    if before is not None and before.id != run.id:
        raise Refused(f"The same file is in already, as “{before.file_name}”.")
    try:
        work.session.flush()
    except IntegrityError as error:
        raise Refused("The same file is being imported at this moment.") from error
