"""A policy between its stored body and the fields of its form. Pure; what is wrong is left for `read_policy` to say."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict


class PolicyForm(BaseModel):
    """The fields as people fill them in; a level whose days are empty is no level. Levels are numbered by their place:
    what comes before the due date is the courtesy note."""

    model_config = ConfigDict(extra="forbid", str_max_length=200)

    on: str = ""
    days: list[str] = []
    dwell: list[str] = []
    pay_within: list[str] = []
    interest: list[str] = []
    least: list[str] = []
    least_percent: list[str] = []
    approval: list[str] = []
    fee: list[str] = []
    recipient: list[str] = []
    credit_hold: list[str] = []
    weekdays: list[str] = []
    channel: list[str] = []
    enclosed: list[str] = []
    grace_days: str = "0"
    min_gap_days: str = "5"
    resume_business_days: str = "3"
    bank_data: str = ""
    minimum: str = ""
    consumers_pay: str = "no"
    letter_without_email: str = "no"
    final_kind: str = ""
    final_after: str = "14"
    final_to: str = ""


ENCLOSED = {
    "nothing": [],
    "statement": ["statement"],
    "invoices": ["invoices"],
    "statement and invoices": ["statement", "invoices"],
}
"""What a level encloses, as its field says it."""
_EACH_LEVEL = {
    "dwell": "0",
    "pay_within": "7",
    "interest": "none",
    "least": "",
    "least_percent": "0",
    "approval": "yes",
    "fee": "",
    "recipient": "billing",
    "credit_hold": "no",
    "weekdays": "no",
    "channel": "email",
    "enclosed": "nothing",
}
"""A level's fields beside its days, with what an empty one says."""


def body_of(form: PolicyForm) -> dict[str, Any]:
    """The body a form asks to store."""
    rows = [place for place, days in enumerate(form.days) if days.strip()]
    has_courtesy = bool(rows) and form.days[rows[0]].strip().startswith("-")
    return {
        "levels": [_level(form, place, number) for number, place in enumerate(rows, start=0 if has_courtesy else 1)],
        "grace_days": _whole(form.grace_days),
        "min_gap_days": _whole(form.min_gap_days),
        "resume_business_days": _whole(form.resume_business_days),
        "bank_data_max_age_business_days": _whole(form.bank_data) if form.bank_data.strip() else None,
        "minimum": _amounts(form.minimum),
        "consumers_pay_fees": _yes(form.consumers_pay),
        "letter_without_email": _yes(form.letter_without_email),
        **_final_step(form),
    }


def _final_step(form: PolicyForm) -> dict[str, Any]:
    if not form.final_kind:
        return {}
    return {"final_step": {"kind": form.final_kind, "after_days": _whole(form.final_after), "to": form.final_to}}


def _level(form: PolicyForm, place: int, number: int) -> dict[str, Any]:
    said = {name: _at(getattr(form, name), place, default) for name, default in _EACH_LEVEL.items()}
    level = {
        "level": number,
        "days": _whole(form.days[place]),
        "dwell_business_days": _whole(said["dwell"]),
        "pay_within_days": _whole(said["pay_within"]),
        "interest": said["interest"],
        "minimum_percent": _whole(said["least_percent"]),
        "needs_approval": _yes(said["approval"]),
        "recipient": said["recipient"],
        "credit_hold": _yes(said["credit_hold"]),
        "business_days_only": _yes(said["weekdays"]),
        "channel": said["channel"],
        "attachments": ENCLOSED.get(said["enclosed"], [said["enclosed"]]),
    }
    amounts = {"minimum": _amounts(said["least"]), "fee": _amounts(said["fee"])}
    return {**level, **{name: given for name, given in amounts.items() if given}}


def _at(values: Sequence[str], place: int, default: str) -> str:
    return values[place].strip() or default if place < len(values) else default


def _whole(text: str) -> int | str:
    """The number, or the text as it stands for `read_policy` to refuse."""
    try:
        return int(text)
    except ValueError:
        return text


def _yes(text: str) -> bool | str:
    """What a choice of yes and no says, or the text as it stands for `read_policy` to refuse."""
    return {"yes": True, "no": False}.get(text.strip(), text)


def _amounts(text: str) -> dict[str, str]:
    """“EUR 5.00, GBP 4” → {EUR: 5.00, GBP: 4}."""
    pairs = (part.split(maxsplit=1) for part in text.replace(";", ",").split(",") if part.strip())
    return {pair[0].upper(): pair[1].strip() if len(pair) > 1 else "" for pair in pairs}


def form_of(body: Mapping[str, Any]) -> PolicyForm:
    """The fields that show a body."""
    levels = body["levels"]
    form = PolicyForm(
        days=[_shown(level, "days", "") for level in levels],
        dwell=[_shown(level, "dwell_business_days", "0") for level in levels],
        pay_within=[_shown(level, "pay_within_days", "7") for level in levels],
        interest=[_shown(level, "interest", "none") for level in levels],
        least=[_amounts_shown(level.get("minimum")) for level in levels],
        least_percent=[_shown(level, "minimum_percent", "0") for level in levels],
        approval=[_yes_shown(level.get("needs_approval", True)) for level in levels],
        fee=[_amounts_shown(level.get("fee")) for level in levels],
        recipient=[_shown(level, "recipient", "billing") for level in levels],
        credit_hold=[_yes_shown(level.get("credit_hold", False)) for level in levels],
        weekdays=[_yes_shown(level.get("business_days_only", False)) for level in levels],
        channel=[_shown(level, "channel", "email") for level in levels],
        enclosed=[" and ".join(level.get("attachments") or ()) or "nothing" for level in levels],
        grace_days=_shown(body, "grace_days", "0"),
        min_gap_days=_shown(body, "min_gap_days", "5"),
        resume_business_days=_shown(body, "resume_business_days", "3"),
        bank_data=_shown(body, "bank_data_max_age_business_days", ""),
        minimum=_amounts_shown(body.get("minimum")),
        consumers_pay=_yes_shown(body.get("consumers_pay_fees", False)),
        letter_without_email=_yes_shown(body.get("letter_without_email", False)),
        final_kind=_shown(body.get("final_step") or {}, "kind", ""),
        final_after=_shown(body.get("final_step") or {}, "after_days", "14"),
        final_to=_shown(body.get("final_step") or {}, "to", ""),
    )
    return with_room(form)


def with_room(form: PolicyForm) -> PolicyForm:
    """The form as it is shown again: every row complete, and an empty one for a further level."""
    days = [each for each in form.days if each.strip()] + [""]
    places = [place for place, each in enumerate(form.days) if each.strip()] + [len(form.days)]
    complete = {
        name: [_at(getattr(form, name), place, default) for place in places] for name, default in _EACH_LEVEL.items()
    }
    return form.model_copy(update={"days": days, **complete})


def _shown(given: Mapping[str, Any], name: str, default: str) -> str:
    value = given.get(name)
    return default if value is None else str(value)


def _amounts_shown(amounts: Mapping[str, str] | None) -> str:
    return ", ".join(f"{currency} {amount}" for currency, amount in (amounts or {}).items())


def _yes_shown(value: bool) -> str:
    return "yes" if value else "no"
