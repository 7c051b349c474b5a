"""What letters say, on the desk: every level in every language, edited in versions, tried on a real customer."""

from collections.abc import Mapping
from typing import Annotated, Any

from babel import Locale
from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from core.errors import Invalid, Stale
from dunning import texts
from dunning.letter import LANGUAGES, Language, Letter
from dunning.letter_preview import preview
from dunning.letter_routes import drawn, made_letter, mailed
from dunning.letter_text import FILTERS, LONGEST, PLACEHOLDERS, LetterText
from runtime.web import Call, Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

NAMES = ("Courtesy note", "First reminder", "Second reminder", "Formal notice")
"""What the letter of a level is called."""
LABELS: Mapping[str, tuple[str, str]] = {
    "subject": ("Subject of the mail", ""),
    "title": ("Heading of the letter", ""),
    "salutation": ("Salutation", ""),
    "opening": ("Above the invoices", "An empty line begins a new paragraph."),
    "closing": ("Below the invoices", "An empty line begins a new paragraph."),
    "farewell": ("Farewell", ""),
}
Text = Annotated[str, Form()]


@router.get("/letter-texts")
def all_texts(call: Caller) -> Response:
    """Every level in every language, and whose text is in force."""

    def read(work: Work) -> dict[str, Any]:
        found: dict[int, list[Any]] = {level: [] for level in texts.LEVELS}
        for level, language, version in texts.all_in_force(work.session):
            found[level].append((language, version))
        return {"levels": [(level, NAMES[level], each) for level, each in found.items()], "languages": _languages()}

    return call.page(Right.VIEW, "dunning/letter_texts.html", read)


@router.get("/letter-texts/{level}/{language}")
def one_text(call: Caller, level: int, language: str) -> Response:
    """A text with its versions, the names it may use, and a form for who may change it."""
    code = texts.language_of(language)
    return call.page(Right.VIEW, "dunning/letter_text.html", lambda work: _one(work, level, code))


@router.post("/letter-texts/{level}/{language}")
def store_text(
    call: Caller, level: int, language: str, based_on: Annotated[int, Form()], subject: Text = "", title: Text = "",
    salutation: Text = "", opening: Text = "", closing: Text = "", farewell: Text = "", reason: Text = "",
) -> Response:  # fmt: skip
    """Stores a new version; a text that cannot be used comes back with what is wrong beside each part."""
    code = texts.language_of(language)
    parts = _parts(subject, title, salutation, opening, closing, farewell)

    def do(work: Work) -> str:
        stored = texts.put_text(work, level, code, parts, reason, based_on)
        return f"Version {stored.version} is in force. Letters not sent yet are written with it."

    call.actor_needs(Right.POLICY)
    try:
        said = call.house.write(do, actor=call.actor, request_id=call.request_id)
    except Invalid as error:
        return _again(call, level, code, {**parts, "reason": reason}, texts.problems_by_part(error.problems))
    except Stale as error:
        return _again(call, level, code, {**parts, "reason": reason}, {"text": str(error)})
    return call.act(Right.POLICY, lambda: said, to=f"/letter-texts/{level}/{code}")


def _again(call: Call, level: int, language: Language, typed: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    """The page as it was typed, with what is wrong."""
    draw = lambda work: {**_one(work, level, language), "typed": typed, "errors": errors}  # noqa: E731
    answer = call.page(Right.POLICY, "dunning/letter_text.html", draw)
    answer.status_code = 422
    return answer


@router.post("/letter-texts/{level}/{language}/preview")
def try_draft(
    call: Caller, request: Request, level: int, language: str, subject: Text = "", title: Text = "",
    salutation: Text = "", opening: Text = "", closing: Text = "", farewell: Text = "", customer: Text = "",
    show: Text = "letter",
) -> Response:  # fmt: skip
    """The letter or the mail a customer would get with the text as it stands in the form; stores nothing."""
    call.actor_needs(Right.POLICY)
    code = texts.language_of(language)
    parts = _parts(subject, title, salutation, opening, closing, farewell)

    def do(work: Work) -> Letter:
        return preview(work, texts.checked_level(level), code, texts.draft_of(parts), customer.strip())

    made = made_letter(call, do)
    return mailed(made) if show == "mail" else drawn(request, made)


@router.post("/letter-texts/{level}/{language}/shipped")
def back_to_shipped(call: Caller, level: int, language: str, based_on: Annotated[int, Form()]) -> Response:
    """Goes back to the text that comes with the program, as a new version."""
    code = texts.language_of(language)

    def do(work: Work) -> str:
        stored = texts.back_to_shipped(work, level, code, based_on)
        return f"Version {stored.version} is the text that comes with the program."

    return call.form(Right.POLICY, do, to=f"/letter-texts/{level}/{code}")


@router.get("/letter-texts/{level}/{language}/letter.pdf")
def stored_letter(
    call: Caller, request: Request, level: int, language: str, version: int | None = None, customer: str = ""
) -> Response:
    """The letter a customer would get with a stored version."""
    code = texts.language_of(language)

    def do(work: Work) -> Letter:
        text = (
            texts.in_force(work.session, level, code).text
            if version is None
            else texts.version_of(work.session, level, code, version)
        )
        return preview(work, level, code, text, customer.strip())

    return drawn(request, made_letter(call, do))


@router.get("/letter-texts/{level}/{language}/compare")
def compare(call: Caller, level: int, language: str, before: int, after: int) -> Response:
    """What differs between two versions."""
    code = texts.language_of(language)

    def read(work: Work) -> dict[str, Any]:
        older, newer = (texts.version_of(work.session, level, code, each) for each in (before, after))
        return {**_named(level, code), "older": older, "newer": newer, "changes": texts.changes(older, newer),
                "labels": LABELS}  # fmt: skip

    return call.page(Right.VIEW, "dunning/letter_text_compare.html", read)


def _one(work: Work, level: int, language: Language) -> dict[str, Any]:
    current = texts.in_force(work.session, level, language)
    return {
        **_named(level, language),
        "current": current,
        "typed": {**current.text.parts, "reason": ""},
        "errors": {},
        "based_on": current.text.version,
        "versions": texts.versions(work.session, level, language),
        "labels": LABELS,
        "longest": LONGEST,
        "placeholders": PLACEHOLDERS,
        "filters": list(FILTERS),
        "may_store": work.actor.may(Right.POLICY),
        "is_shipped": _is_shipped(work, current.text, level, language),
    }


def _is_shipped(work: Work, text: LetterText, level: int, language: Language) -> bool:
    return not texts.changes(texts.version_of(work.session, level, language, 0), text)


def _named(level: int, language: Language) -> dict[str, Any]:
    return {
        "level": texts.checked_level(level),
        "level_name": NAMES[level],
        "language": language,
        "language_name": _languages()[language],
    }


def _languages() -> dict[str, str]:
    return {code: Locale(code).get_display_name("en") or code for code in LANGUAGES}


def _parts(*typed: str) -> dict[str, str]:
    return dict(zip(LONGEST, typed, strict=True))
