"""Choosing a policy on the desk, from the page of an invoice or a customer and from the list of policies."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from fastapi.responses import Response

from core.errors import Invalid
from dunning import choices
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=500)]
PLACES = {"invoice": "/invoices/{}", "customer": "/customers/{}"}


@router.post("/policy-choices")
def choose(call: Caller, scope: Text = "", subject: Text = "", policy: Text = "", reason: Text = "") -> Response:
    """Chooses a policy (`name`, or `name:version`), or takes the choice back when none is named."""

    def do(work: Work) -> str:
        name, version = _read(policy)
        moved = choices.choose(work, scope, subject, name, reason, version=version)
        what = f"{name or 'What was chosen before is taken back; the next policy in order'} counts for {subject}."
        return what + (f" {moved} reminded items moved." if moved else "")

    return call.form(Right.POLICY, do, to=PLACES.get(scope, "/dunning-policies").format(quote(subject)))


def _read(policy: str) -> tuple[str, int | None]:
    name, _, version = policy.partition(":")
    if version and not (version.isascii() and version.isdigit() and len(version) < 7):
        raise Invalid.because("/policy", f"There is no version “{version[:20]}”.", field="policy")
    return name, int(version) if version else None
