"""Dunning policies on the desk: levels on a time line, a draft tried on the book before it is stored, versions."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from core.errors import Invalid
from core.money import decimal_text
from core.problems import Problem
from dunning import policies, standing, store, trial
from dunning.policy import Level, Policy
from dunning.policy_form import PolicyForm, body_of, form_of, with_room
from dunning.trial import Trial
from receivables.store import companies
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

NAMES = ("courtesy note", "first reminder", "second reminder", "formal notice")
"""What the letter of a level is called; levels beyond the last are called like it."""


@router.get("/dunning-policies")
def all_policies(call: Caller) -> Response:
    """Every policy in the version that is in force."""

    def read(work: Work) -> dict[str, Any]:
        found = [store.policy_in_force(work.session, name)[1] for name in store.policy_names(work.session)]
        return {
            "policies": [(each, time_line(each)) for each in found],
            "choices": standing.choices_shown(work.session, "segment", "company"),
            "names": [(each.name, each.name) for each in found],
            "segments": [(each, each) for each in standing.segments(work.session)],
            "companies": [(each.code, each.name) for each in companies(work.session)],
            "may_choose": work.actor.may(Right.POLICY),
        }

    return call.page(Right.VIEW, "dunning/policies.html", read)


@router.get("/dunning-policies/{name}")
def one_policy(call: Caller, name: str, form: Annotated[PolicyForm, Query(default_factory=PolicyForm)]) -> Response:
    """A policy with its form; a filled form is tried on the book of its day."""
    return call.page(Right.VIEW, "dunning/policy.html", lambda work: _one(work, name, form))


@router.post("/dunning-policies/{name}")
def store_version(call: Caller, name: str, form: Annotated[PolicyForm, Form()]) -> Response:
    """Stores the form as a new version; items that were reminded before stay on theirs."""

    def do(work: Work) -> str:
        policy = policies.put_policy(work, name, body_of(form))
        return f"Version {policy.version} of {name} is in force. Items reminded before stay on their version."

    return call.form(Right.POLICY, do, to=f"/dunning-policies/{name}")


@router.post("/dunning-policies/{name}/move")
def move(call: Caller, name: str) -> Response:
    """Puts open items that began on earlier versions under the newest."""
    do = lambda work: f"{policies.move_to_newest(work, name)} open items stand under the newest version now."  # noqa: E731
    return call.form(Right.POLICY, do, to=f"/dunning-policies/{name}")


@router.get("/dunning-policies/{name}/compare")
def compare(call: Caller, name: str, before: int, after: int) -> Response:
    """Two versions over the present book."""

    def read(work: Work) -> dict[str, Any]:
        older, newer = trial.version_of(work, name, before), trial.version_of(work, name, after)
        return {"policy_name": name, "older": older, "newer": newer, "trial": trial.compare(work, older, newer),
                "lines": [(each, time_line(each)) for each in (older, newer)]}  # fmt: skip

    return call.page(Right.DUN, "dunning/policy_compare.html", read)


def _one(work: Work, name: str, form: PolicyForm) -> dict[str, Any]:
    in_force = store.policy_in_force(work.session, name)[1]
    versions = store.policy_versions(work.session, name)
    is_draft = bool(form.days)
    draft, found, problems = _tried(work, name, form) if is_draft else (in_force, None, ())
    return {
        "policy_name": name,
        "in_force": in_force,
        "shown": draft,
        "line": time_line(draft),
        "form": with_room(form) if is_draft else form_of(versions[0].body),
        "is_draft": is_draft,
        "trial": found,
        "problems": problems,
        "on": form.on or work.today.isoformat(),
        "versions": versions,
        "started": store.items_started_on(work.session, [each.id for each in versions]),
        "may_store": work.actor.may(Right.POLICY),
        "may_try": work.actor.may(Right.DUN),
    }


def _tried(work: Work, name: str, form: PolicyForm) -> tuple[Policy, Trial | None, tuple[Problem, ...]]:
    """The draft, what it would do on its day, and what is wrong with it."""
    try:
        draft = trial.draft_of(work, name, body_of(form))
        day = _day(form.on) or work.today
    except Invalid as error:
        return store.policy_in_force(work.session, name)[1], None, tuple(error.problems)
    if not work.actor.may(Right.DUN):
        return draft, None, ()
    return draft, trial.try_draft(replace(work, today=day), draft), ()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid.because("/on", f"“{text[:20]}” is no day such as 2026-11-20.", field="on") from None


CHANNELS = {"email": "by e-mail", "letter": "by post", "phone": "by phone", "registered_letter": "by registered letter"}


def level_words(level: Level) -> Iterator[str]:
    """What a level does beside coming on its day, in words."""
    if level.dwell_business_days:
        yield f"{level.dwell_business_days} business days after the one before"
    if level.channel != "email":
        yield CHANNELS[level.channel]
    if level.interest != "none":
        yield {"warn": "warns of interest", "claim": "claims interest"}[level.interest]
    for currency, amount in (level.fee or {}).items():
        if amount:
            yield f"fee {currency} {decimal_text(amount, currency)}"
    if level.minimum_percent:
        yield f"from {level.minimum_percent} % of the invoice"
    if level.recipient != "billing":
        yield f"to {level.recipient}"
    if level.attachments:
        words = {"statement": "a statement of account", "invoices": "copies of invoices"}
        yield "with " + " and ".join(words[each] for each in level.attachments)
    if not level.needs_approval:
        yield "without approval"
    if level.business_days_only:
        yield "on business days"
    if level.credit_hold:
        yield "then credit hold"


def time_line(policy: Policy) -> list[dict[str, Any]]:
    """Its levels with their place on a line from the earliest day to the latest, in percent, and the due date's."""
    first = min(0, policy.levels[0].days)
    span = max(1, max(policy.levels[-1].days, 1) - first)
    marks = [
        {"at": round(100 * (level.days - first) / span), "level": level, "name": NAMES[min(level.number, 3)],
         "words": list(level_words(level))}
        for level in policy.levels
    ]  # fmt: skip
    due: dict[str, Any] = {"at": round(100 * (0 - first) / span), "level": None, "name": "due date", "words": []}
    return sorted([*marks, due], key=lambda mark: int(str(mark["at"])))
