"""What a person once said about a bank's table of movements: which column is what, and how dates and amounts stand.

A profile is plain data, so that it can be shipped as JSON, made on the mapping screen and stored. It fits a table by
its header alone: every name of `header` must be there, and no other but those of `optional`. A table without a header
row is told by its `width` and by values that are dates and amounts where the profile says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from importlib.resources import files
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from core.currencies import EXPONENTS
from core.errors import Invalid
from core.problems import Problem

Meaning = Literal[
    "booked_on", "valued_on", "amount", "incoming", "outgoing", "indicator", "fee", "currency", "balance", "account",
    "bank", "entry_ref", "counterparty", "payer", "payee", "counterparty_account", "counterparty_bic", "remittance",
    "structured_reference", "end_to_end", "mandate", "code", "state", "original_amount", "original_currency",
]  # fmt: skip
"""`incoming` and `outgoing` are two columns of one amount; `indicator` says which way an unsigned `amount` goes;
`fee` is taken off the amount; `payer` and `payee` are the counterparty of money coming in and going out."""

DateOrder = Literal["dmy", "mdy", "ymd"]
DecimalSign = Literal[",", "."]

DELIMITERS = ";,\t|"
LONGEST_TEXT = 200
MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class BankProfile:
    """How to read one bank's table. What is None is decided from the whole file, or asked; nothing is guessed.

    Words and labels are compared without regard to case and blanks. `account_labels`, `opening_labels` and
    `closing_labels` stand around the table, their value behind them. Rows that begin with one of `footers` are none of
    the movements. `continues`: a row without date and amount goes on with the text of the row above. `has_sign_twice`:
    an amount beside an indicator may carry a sign, which means nothing. `tested` says that a real file was read.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", str_max_length=LONGEST_TEXT)

    name: str
    title: str
    columns: Mapping[Meaning, tuple[str, ...]]
    header: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    allows_more: bool = False
    width: int = 0
    delimiter: str | None = None
    encoding: Literal["cp1252", "iso-8859-15", "cp850", "mac-roman"] | None = None
    skipped_rows: int = 0
    date_order: DateOrder | None = None
    decimal_sign: DecimalSign | None = None
    currency: str | None = None
    account: str | None = None
    account_labels: tuple[str, ...] = ()
    opening_labels: tuple[str, ...] = ()
    closing_labels: tuple[str, ...] = ()
    incoming_words: tuple[str, ...] = ()
    outgoing_words: tuple[str, ...] = ()
    has_sign_twice: bool = False
    pending_words: tuple[str, ...] = ()
    left_out_words: tuple[str, ...] = ()
    footers: tuple[str, ...] = ()
    continues: bool = False
    tested: bool = field(default=False)

    def named(self, meaning: Meaning) -> tuple[str, ...]:
        """The columns of a meaning, normalised, in the order their texts are joined."""
        return tuple(normal(name) for name in self.columns.get(meaning, ()))

    def fits(self, names: Sequence[str]) -> bool:
        """True for the normalised names of a header row this profile was made for."""
        if not self.header:
            return False
        present = set(names) - {""}
        needed = _normal_set(self.header)
        return needed <= present and (self.allows_more or present <= needed | _normal_set(self.optional))


_PROFILE = TypeAdapter(BankProfile)


def normal(text: str) -> str:
    """A name or word for comparing: lower case, single blanks, without quotes and colon around it."""
    return " ".join(text.casefold().split()).strip("\"':\ufeff ")


@lru_cache(maxsize=1024)
def _normal_set(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(normal, names))


def profile_of(document: object) -> BankProfile:
    """The profile a JSON object says. `Invalid` names the member by its JSON pointer."""
    try:
        profile = _PROFILE.validate_python(document)
    except ValidationError as error:
        raise Invalid([_problem(item) for item in error.errors()]) from error
    _check(profile)
    return profile


def document_of(profile: BankProfile) -> dict[str, Any]:
    """The JSON object of a profile; what is left at its default is left out."""
    values = ((each, getattr(profile, each.name)) for each in fields(profile))
    kept = {each.name: value for each, value in values if value != each.default}
    return dict(_PROFILE.dump_python(BankProfile(**kept), mode="json", include=set(kept)))


@lru_cache(maxsize=1)
def shipped_profiles() -> tuple[BankProfile, ...]:
    """The profiles that come with the program: one JSON file each, beside this module."""
    found = sorted(files(__package__).joinpath("profiles").iterdir(), key=lambda each: each.name)
    documents = (each.read_text("utf-8") for each in found if each.name.endswith(".json"))
    return tuple(_PROFILE.validate_json(document) for document in documents)


def _problem(item: Any) -> Problem:
    where = "/" + "/".join(str(part) for part in item["loc"])
    return Problem(where, f"{item['msg']}.", field=str(item["loc"][-1]) if item["loc"] else None)


def _check(profile: BankProfile) -> None:
    problems = [Problem(f"/{where}", message, field=where.split("/")[0]) for where, message in _flaws(profile)]
    if problems:
        raise Invalid(problems)


def _flaws(profile: BankProfile) -> list[tuple[str, str]]:
    found = [*_flaws_of_columns(profile), *_flaws_of_amounts(profile)]
    if not profile.name.strip():
        found.append(("name", "Give the profile a name."))
    if profile.currency is not None and profile.currency not in EXPONENTS:
        found.append(("currency", f"“{profile.currency[:12]}” is not an ISO 4217 currency code."))
    if profile.delimiter is not None and (profile.delimiter not in DELIMITERS or len(profile.delimiter) != 1):
        found.append(("delimiter", "The delimiter is a semicolon, a comma, a tab or a bar."))
    return found


def _flaws_of_columns(profile: BankProfile) -> list[tuple[str, str]]:
    if len(profile.header) + len(profile.optional) > MOST_COLUMNS or not 0 <= profile.width <= MOST_COLUMNS:
        return [("header", f"A table has at most {MOST_COLUMNS} columns.")]
    if bool(profile.header) == bool(profile.width):
        return [("header", "Say the names of the header row, or how many columns a table without one has.")]
    there = {normal(name) for name in (*profile.header, *profile.optional)}
    there |= {str(number) for number in range(1, profile.width + 1)}
    return [
        (f"columns/{meaning}", f"There is no column “{name[:40]}”.")
        for meaning, names in profile.columns.items()
        for name in names
        if normal(name) not in there and not profile.allows_more
    ]


def _flaws_of_amounts(profile: BankProfile) -> list[tuple[str, str]]:
    has = {meaning for meaning, names in profile.columns.items() if names}
    found = []
    if not has & {"booked_on", "valued_on"}:
        found.append(("columns/booked_on", "One column must be the date."))
    if ("amount" in has) == bool(has & {"incoming", "outgoing"}):
        found.append(("columns/amount", "Either one column is the amount, or two are money in and money out."))
    if "indicator" in has and not (profile.incoming_words and profile.outgoing_words):
        found.append(("incoming_words", "Say which words of the indicator column mean money in and money out."))
    return found
