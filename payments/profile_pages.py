"""The mapping screen: a bank's table shown, its columns explained once, the profile saved for every file like it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response
from pydantic import BaseModel

from core.errors import Invalid
from payments import profiles, samples
from payments.readers.bank_profile import shipped_profiles
from payments.samples import NO_HEADER, Sample
from runtime.web import Call, Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

ROWS_UNDER_HEADER = 6

MEANINGS = (
    ("", "—"), ("booked_on", "Date"), ("valued_on", "Value date"), ("amount", "Amount"), ("incoming", "Money in"),
    ("outgoing", "Money out"), ("indicator", "In or out (word)"), ("fee", "Fee, taken off"), ("currency", "Currency"),
    ("balance", "Balance after it"), ("remittance", "Text"), ("counterparty", "Payer or payee"), ("payer", "Payer"),
    ("payee", "Payee"), ("counterparty_account", "Their account"), ("counterparty_bic", "Their BIC"),
    ("entry_ref", "Bank’s reference"), ("end_to_end", "End-to-end id"), ("structured_reference", "Structured"),
    ("mandate", "Mandate"), ("code", "Kind of movement"), ("state", "State"), ("account", "Our account"),
    ("bank", "Our bank"), ("original_amount", "Original amount"), ("original_currency", "Original currency"),
)  # fmt: skip
DATE_ORDERS = (("", "decide by the file"), ("dmy", "day month year"), ("mdy", "month day year"),
               ("ymd", "year month day"))  # fmt: skip
DECIMAL_SIGNS = (("", "decide by the file"), (",", "1.234,56"), (".", "1,234.56"))

Text = Annotated[str, Form()]


class Filling(BaseModel):
    """The form of the mapping screen; `meaning` has one value a column. Words are parted by commas."""

    import_id: UUID
    header: int = NO_HEADER
    meaning: list[str] = []
    name: str = ""
    date_order: str = ""
    decimal_sign: str = ""
    currency: str = ""
    account: str = ""
    incoming_words: str = ""
    outgoing_words: str = ""
    pending_words: str = ""
    footers: str = ""


Filled = Annotated[Filling, Form()]


class Said(NamedTuple):
    """The form as it was sent."""

    sample: Sample
    path: Path
    header: int
    meanings: Sequence[str]
    document: dict[str, Any]


@router.get("/bank-profiles")
def bank_profiles(call: Caller) -> Response:
    """The profiles people saved, and the banks that need none."""

    def context(work: Work) -> dict[str, Any]:
        return {
            "saved": profiles.saved(work.session),
            "shipped": sorted(shipped_profiles(), key=lambda each: each.title),
            "may_change": work.actor.may(Right.STATEMENTS),
        }

    return call.page(Right.VIEW, "payments/bank_profiles.html", context)


@router.get("/bank-profiles/new")
def new_profile(call: Caller, wanted: Annotated[UUID, Query(alias="import")], header: int | None = None) -> Response:
    """Explains the columns of a file that was handed in."""
    return call.page(Right.STATEMENTS, "payments/bank_profile.html", lambda work: _new(call, work, wanted, header))


def _new(call: Call, work: Work, wanted: UUID, header: int | None) -> dict[str, Any]:
    path = _path(call, work, wanted)
    sample = samples.sample_of(path)
    chosen = _row(sample, header)
    meanings = [meaning or "" for meaning in samples.proposal(sample, chosen)]
    document = samples.document_said(sample, chosen, meanings, {"name": ""})
    return _screen(Said(sample, path, chosen, meanings, document), wanted)


@router.post("/bank-profiles/preview")
def preview_profile(call: Caller, form: Filled) -> Response:
    """What the file says under the columns chosen so far."""

    def context(work: Work) -> dict[str, Any]:
        return _screen(_said(call, work, form), form.import_id)

    return call.page(Right.STATEMENTS, "payments/profile_preview.html", context)


@router.post("/bank-profiles")
def save_profile(call: Caller, form: Filled) -> Response:
    """Saves the profile, if it reads anything; the file that asked for it can then be read again."""

    def do(work: Work) -> str:
        said = _said(call, work, form)
        found = samples.preview(said.path, said.sample, said.document)
        if not found.entries:
            raise Invalid(found.problems, "The columns as chosen read nothing: " + _sentences(found))
        saved = profiles.save_profile(work, said.document)
        return f"Saved as “{saved.name}”. Files with these columns are read by it from now on."

    return call.form(Right.STATEMENTS, do, to=f"/imports/{form.import_id}")


@router.post("/bank-profiles/forget")
def forget_profile(call: Caller, name: Text) -> Response:
    """Forgets a saved profile."""

    def do(work: Work) -> str:
        profiles.forget_profile(work, name)
        return f"Forgot “{name}”."

    return call.form(Right.STATEMENTS, do, to="/bank-profiles")


# ── the form ────────────────────────────────────────────────────────────────────────────────────


def _said(call: Call, work: Work, form: Filling) -> Said:
    path = _path(call, work, form.import_id)
    sample = samples.sample_of(path)
    header = _row(sample, form.header)
    return Said(sample, path, header, form.meaning, samples.document_said(sample, header, form.meaning, _rest(form)))


def _rest(form: Filling) -> dict[str, Any]:
    return {
        "name": form.name.strip(),
        "date_order": form.date_order or None,
        "decimal_sign": form.decimal_sign or None,
        "currency": form.currency.strip().upper() or None,
        "account": form.account.replace(" ", "") or None,
        "incoming_words": _words(form.incoming_words),
        "outgoing_words": _words(form.outgoing_words),
        "pending_words": _words(form.pending_words),
        "footers": _words(form.footers),
    }


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _path(call: Call, work: Work, import_id: UUID) -> Path:
    return samples.path_of_import(work, call.request.app.state.system.archive, import_id)


def _row(sample: Sample, header: int | None) -> int:
    if header is None:
        return sample.header
    return max(NO_HEADER, min(header, len(sample.rows) - 1))


def _screen(said: Said, wanted: UUID) -> dict[str, Any]:
    below = said.sample.rows[said.header + 1 :][:ROWS_UNDER_HEADER]
    names = said.sample.names(said.header)
    return {
        "import_id": wanted,
        "said": said,
        "columns": [
            (at, name, meaning, [row[at] if at < len(row) else "" for row in below])
            for at, (name, meaning) in enumerate(zip(names, _padded(said.meanings, len(names)), strict=True))
        ],
        "rows": [(NO_HEADER, "there is none"), *((at, _short(row)) for at, row in enumerate(said.sample.rows))],
        "preview": samples.preview(said.path, said.sample, said.document),
        "meanings": MEANINGS,
        "date_orders": DATE_ORDERS,
        "decimal_signs": DECIMAL_SIGNS,
    }


def _padded(meanings: Sequence[str], count: int) -> list[str]:
    return [*meanings[:count], *[""] * (count - len(meanings))]


def _short(row: list[str]) -> str:
    return " | ".join(cell for cell in row if cell)[:60]


def _sentences(found: samples.Preview) -> str:
    return " ".join(f"{problem.where}: {problem.message}" for problem in found.problems[:3]) or "no rows."
