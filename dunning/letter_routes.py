"""`/api/v1/letter-texts`: what letters say, in versions; drafts tried on a real customer; what changed between two."""

from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from dunning import texts
from dunning.delivery import NoticeKind
from dunning.letter import Letter
from dunning.letter_preview import preview
from dunning.letter_text import FILTERS, PLACEHOLDERS, LetterText
from dunning.rendering import render_mail
from dunning.texts import Version
from runtime.openapi import NEEDS_IF_MATCH
from runtime.shapes import Body, Shape, Whole
from runtime.web import Call, Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1/letter-texts", tags=["dunning"])

PDF: dict[int | str, dict[str, Any]] = {200: {"content": {"application/pdf": {}}, "description": "The letter."}}


class Parts(Body):
    """The six parts of a text. `opening` and `closing` may have several paragraphs, an empty line between them."""

    subject: str = Field(examples=["Payment reminder {{ number }}: {{ to_pay }} by {{ pay_by }}"])
    title: str = Field(examples=["Payment reminder"])
    salutation: str
    opening: str
    closing: str
    farewell: str


class NewText(Parts):
    """A new version and why it was written."""

    reason: str


class Draft(Parts):
    """A text to try on a customer; without a number, on the one who owes most."""

    customer: str = ""
    as_: Literal["letter", "mail"] = Field("letter", alias="as")


class TextShape(Shape):
    """A text. Version 0 comes with the program and has no author."""

    level: int
    language: str = Field(examples=["en"])
    version: int
    subject: str
    title: str
    salutation: str
    opening: str
    closing: str
    farewell: str
    reason: str | None
    actor: str | None
    at: str | None


class ChangeShape(Shape):
    """A part that differs, line by line."""

    part: str
    lines: list[tuple[Literal["same", "gone", "new"], str]]


class PlaceholderShape(Shape):
    """What a text may speak of."""

    name: str
    meaning: str
    sample: str | int


class LanguageShape(Shape):
    """The language texts are written in."""

    placeholders: list[PlaceholderShape]
    filters: list[str]


@router.get("", response_model=Whole[TextShape])
def all_texts(call: Caller) -> Response:
    """The text in force of every level in every language."""

    def read(work: Work) -> dict[str, Any]:
        return {"data": [_shown(level, language, each) for level, language, each in texts.all_in_force(work.session)]}

    return call.read(Right.VIEW, read)


@router.get("/language", response_model=LanguageShape)
def language(call: Caller) -> Response:
    """The placeholders and filters a text may use."""
    names = [{"name": name, "meaning": each.meaning, "sample": each.sample} for name, each in PLACEHOLDERS.items()]
    return call.read(Right.VIEW, lambda _: {"placeholders": names, "filters": list(FILTERS)})


@router.get("/{level}/{language}", response_model=TextShape)
def one_text(call: Caller, level: int, language: str) -> Response:
    """The text in force; its version is the ETag."""
    code = texts.language_of(language)
    return call.read(Right.VIEW, lambda work: _shown(level, code, texts.in_force(work.session, level, code)))


@router.put("/{level}/{language}", response_model=TextShape, openapi_extra=NEEDS_IF_MATCH)
def put_text(call: Caller, level: int, language: str, body: NewText) -> Response:
    """Stores a new version, in force from now on. What is wrong is named by part and line. Needs If-Match."""
    based_on = call.expected_version()
    code = texts.language_of(language)

    def do(work: Work) -> dict[str, Any]:
        texts.put_text(work, level, code, body.model_dump(exclude={"reason"}), body.reason, based_on)
        return _shown(level, code, texts.in_force(work.session, level, code))

    return call.write(Right.POLICY, do)


@router.delete("/{level}/{language}", response_model=TextShape, openapi_extra=NEEDS_IF_MATCH)
def back_to_shipped(call: Caller, level: int, language: str) -> Response:
    """Goes back to the text that comes with the program, as a new version. Needs If-Match."""
    based_on = call.expected_version()
    code = texts.language_of(language)

    def do(work: Work) -> dict[str, Any]:
        texts.back_to_shipped(work, level, code, based_on)
        return _shown(level, code, texts.in_force(work.session, level, code))

    return call.write(Right.POLICY, do)


@router.get("/{level}/{language}/versions", response_model=Whole[TextShape])
def versions(call: Caller, level: int, language: str) -> Response:
    """Every version, the newest first, with who wrote it, when and why."""
    code = texts.language_of(language)

    def read(work: Work) -> dict[str, Any]:
        return {"data": [_shown(level, code, each) for each in texts.versions(work.session, level, code)]}

    return call.read(Right.VIEW, read)


@router.get("/{level}/{language}/compare", response_model=Whole[ChangeShape])
def compare(call: Caller, level: int, language: str, before: int, after: int) -> Response:
    """What differs between two versions; 0 is the text that comes with the program."""
    code = texts.language_of(language)

    def read(work: Work) -> dict[str, Any]:
        pair = (texts.version_of(work.session, level, code, each) for each in (before, after))
        return {"data": [{"part": each.part, "lines": each.lines} for each in texts.changes(*pair)]}

    return call.read(Right.VIEW, read)


@router.get("/{level}/{language}/letter.pdf", response_class=Response, responses=PDF)
def letter(
    call: Caller, request: Request, level: int, language: str, customer: str = "", version: int | None = None
) -> Response:
    """The letter a customer would get with a version of the text, by default the one in force."""
    code = texts.language_of(language)

    def text_of(work: Work) -> LetterText:
        if version is None:
            return texts.in_force(work.session, level, code).text
        return texts.version_of(work.session, level, code, version)

    made = made_letter(call, lambda work: preview(work, level, code, text_of(work), customer))
    return drawn(request, made)


@router.post("/{level}/{language}/preview", response_class=Response, responses=PDF)
def try_draft(call: Caller, request: Request, level: int, language: str, body: Draft) -> Response:
    """The letter (PDF) or mail (plain text) a customer would get with a draft; stores nothing."""
    call.actor_needs(Right.POLICY)
    code = texts.language_of(language)
    parts = body.model_dump(exclude={"customer", "as_"})

    def do(work: Work) -> Letter:
        return preview(work, texts.checked_level(level), code, texts.draft_of(parts), body.customer)

    made = made_letter(call, do)
    return mailed(made) if body.as_ == "mail" else drawn(request, made)


def made_letter(call: Call, do: Any) -> Letter:
    """A letter made in a reading transaction, to be drawn after it."""
    call.actor_needs(Right.VIEW)
    found: Letter = call.house.read(do, actor=call.actor, request_id=call.request_id)
    return found


def drawn(request: Request, made: Letter) -> Response:
    """The letter as PDF."""
    notices: NoticeKind = request.app.state.system.notices
    headers = {"Content-Disposition": f'inline; filename="letter-{made.level}-{made.language}.pdf"'}
    return Response(notices.draw(made), media_type="application/pdf", headers=headers)


def mailed(made: Letter) -> Response:
    """The mail as plain text, its subject on the first line."""
    written = render_mail(made)
    return Response(f"{written.subject}\n\n{written.text}", media_type="text/plain; charset=utf-8")


def _shown(level: int, language: str, version: Version) -> dict[str, Any]:
    row = version.row
    return {
        "level": level,
        "language": language,
        "version": version.text.version,
        **version.text.parts,
        "reason": row.reason if row else None,
        "actor": row.actor if row else None,
        "at": row.at.isoformat() if row else None,
    }
