"""Files handed in at the desk: the form, how far each file is, what was wrong, and the questions of held files."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, UploadFile
from fastapi.responses import Response
from sqlalchemy import func, select

from core.errors import CollectionsError, Unavailable
from intake import store
from intake.answers import answer
from intake.door import Door, problems_of, register, register_refused, take_in
from intake.routes import door_of, refuse_who_hands_in_nothing, rejected_response
from intake.uploads import name_of, plain, spooled
from intake.views import ImportView, view
from payments.tables import BankAccount
from receivables.imports import Handed
from receivables.store import companies
from receivables.tables import ImportProblem, ImportRun
from runtime.lists import rows_of
from runtime.pages import changed_url
from runtime.web import Call, Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

KIND_WORDS = {
    "statement": "Bank statement",
    "invoices": "Invoices",
    "customers": "Customers",
    "orders": "Orders",
    "remittance": "Remittance advice",
    "exchange_rates": "Exchange rates",
}
OTHER_WORDS = {"archive": "ZIP", "": "not known", "rates": "Interest rates"}
RECOGNISE = "recognise"
ROWS_A_PAGE = 40
PROBLEMS_A_PAGE = 100

Word = Annotated[str, Form(max_length=80)]


@router.get("/imports")
def imports(call: Caller, after: str | None = None) -> Response:
    """The form, and the files handed in last; those under way move while one looks."""
    return call.page(Right.VIEW, "intake/imports.html", lambda work: _imports(call, work, after))


def _imports(call: Call, work: Work, after: str | None) -> dict[str, Any]:
    rows, cursor = rows_of(work.session, store.runs(), (ImportRun.id.desc(),), ROWS_A_PAGE, after)
    runs = [view(work, row[0]) for row in rows]
    return {
        "runs": runs,
        "reasons": store.reasons(work.session, [each.id for each in runs if _wants_a_word(each)]),
        "is_moving": any(each.is_under_way for each in runs),
        "kinds": [(RECOGNISE, "Recognise each file"), *_kinds(door_of(call))],
        "words": KIND_WORDS | OTHER_WORDS,
        "companies": _companies(work),
        "may_import": work.actor.may(Right.PUSH) or work.actor.may(Right.STATEMENTS),
        "after": after,
        "cursor": cursor,
        "here_again": changed_url(call.request.url.path, {"after": after}) if after else "/imports",
    }


def _kinds(door: Door) -> list[tuple[str, str]]:
    return [(kind, word) for kind, word in KIND_WORDS.items() if kind in door.importers]


def _companies(work: Work) -> list[tuple[str, str]]:
    """Codes and names, when there is a choice."""
    found = [(each.code, each.name) for each in companies(work.session)]
    return found if len(found) > 1 else []


def _wants_a_word(run: ImportView) -> bool:
    """Whether its counts alone leave open what became of a file."""
    counted = run.created or run.updated or run.unchanged or run.rejected
    return run.state in ("held", "refused") or (run.state == "done" and not counted)


@router.post("/imports")
def hand_in(call: Caller, files: list[UploadFile], kind: Word = "", company: Word = "") -> Response:
    """Takes the files in, each for itself; a bad one is listed with what is wrong and does not stop the rest."""
    refuse_who_hands_in_nothing(call)
    chosen = [file for file in files if file.filename]
    for file in chosen:
        _take(call, file, "" if kind == RECOGNISE else kind, plain("company", company))
    said = f"{len(chosen)} {'file was' if len(chosen) == 1 else 'files were'} taken in." if chosen else None
    return call.form(Right.VIEW, lambda _: said or "No file was chosen.", to="/imports")


def _take(call: Call, file: UploadFile, kind: str, company: str | None) -> None:
    door = door_of(call)
    with spooled(call.house, file) as path:
        handed = Handed(kind, path, name_of(file), company)
        try:
            original = take_in(door, handed)
        except Unavailable:
            raise
        except CollectionsError as error:
            problems = problems_of(error)
            call.house.write(lambda work: register_refused(work, handed, problems), actor=call.actor)
            return
        call.house.write(lambda work: register(work, door, original), actor=call.actor)


@router.get("/imports/{import_id}")
def one_import(call: Caller, import_id: UUID, after: str | None = None) -> Response:
    """One file: how far it is, its counts, its question, and everything wrong in it."""
    return call.page(Right.VIEW, "intake/import.html", lambda work: _import(call, work, import_id, after))


def _import(call: Call, work: Work, import_id: UUID, after: str | None) -> dict[str, Any]:
    run = store.run(work.session, import_id)
    rows, cursor = rows_of(work.session, store.problems(run.id), (ImportProblem.id,), PROBLEMS_A_PAGE, after)
    parent = work.session.get(ImportRun, run.parent_id) if run.parent_id else None
    return {
        "run": view(work, run),
        "members": [view(work, each) for each in store.members(work.session, run.id)],
        "parent": parent,
        "problems": [row[0] for row in rows],
        "problem_count": _problem_count(work, run.id),
        "words": KIND_WORDS | OTHER_WORDS,
        "kinds": _kinds(door_of(call)),
        "companies": [(each.code, each.name) for each in companies(work.session)],
        "accounts": _accounts(work),
        "may_answer": bool(run.document_id) and (work.actor.may(Right.PUSH) or work.actor.may(Right.STATEMENTS)),
        "after": after,
        "cursor": cursor,
    }


def _problem_count(work: Work, run_id: UUID) -> int:
    query = select(func.count()).select_from(ImportProblem).where(ImportProblem.import_id == run_id)
    return work.session.scalar(query) or 0


def _accounts(work: Work) -> list[tuple[str, str]]:
    """Our bank accounts, as one choice of account and currency."""
    rows = work.session.scalars(select(BankAccount).order_by(BankAccount.identifier, BankAccount.currency))
    return [(f"{each.identifier} {each.currency}", f"{each.identifier} · {each.currency}") for each in rows]


@router.get("/imports/{import_id}/rejected.csv")
def rejected_rows(call: Caller, import_id: UUID) -> Response:
    """The rejected rows of the original, with what is wrong."""
    return rejected_response(call, import_id, Right.VIEW)


@router.post("/imports/{import_id}/answer")
def answer_import(
    call: Caller,
    import_id: UUID,
    kind: Word = "",
    company: Word = "",
    account: Word = "",
    currency: Word = "",
    known_account: Word = "",
    add_account: Word = "",
) -> Response:
    """Says what the file waits for and lets it be read again. `known_account` is one of ours, with its currency."""
    chosen, _, of_chosen = known_account.rpartition(" ")
    said = {
        "kind": plain("kind", kind),
        "company": plain("company", company),
        "account": plain("account", chosen or account),
        "currency": plain("currency", (of_chosen or currency).upper()),
        "adopts_accounts": bool(add_account),
    }

    def do(work: Work) -> str:
        answer(work, door_of(call), store.locked_run(work.session, import_id), said)
        return "The file is read again."

    return call.form(Right.VIEW, do, to=f"/imports/{import_id}")
