"""Single values of a row: text, dates, amounts, codes. Each is read exactly or becomes a `Problem`; never a guess."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TypeVar

from stdnum import iban as stdnum_iban
from stdnum.exceptions import ValidationError

from core.currencies import EXPONENTS
from core.money import NotAnAmount, parse_minor
from core.problems import Problem
from receivables.intake.rows import LONGEST_FIELD, Row
from receivables.push import UNDATED, Edition

T = TypeVar("T")

_EARLIEST, _LATEST = date(1970, 1, 1), date(2199, 12, 31)


class Fields:
    """Reads one row field by field and collects what is wrong with it."""

    def __init__(self, row: Row) -> None:
        self.where = row.where
        self.problems: list[Problem] = []
        self._values = row.values
        self._is_unreadable = row.flaw is not None
        if row.flaw:
            self.problems.append(Problem(row.where, row.flaw))

    def refuse(self, field: str, message: str) -> None:
        if not self._is_unreadable:  # what a row that cannot be read lacks is no news
            self.problems.append(Problem(self.where, message, field=field))

    def warn(self, field: str, message: str) -> None:
        self.problems.append(Problem(self.where, message, severity="warning", field=field))

    @property
    def is_refused(self) -> bool:
        return any(problem.severity == "error" for problem in self.problems)

    def has(self, field: str) -> bool:
        """True when the row speaks of the field at all, even to empty it."""
        return field in self._values

    def text(self, field: str, *, longest: int = 200) -> str:
        """The text, stripped; "" when absent. Numbers in JSON are taken as their text; NUL and overlength refused."""
        value = self._values.get(field)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            if isinstance(value, float):
                self.refuse(field, f"{field} is a floating-point number. Send it as a string.")
            else:
                self.refuse(field, f"{field} is not a text.")
            return ""
        text = str(value).strip()
        if "\0" in text:
            self.refuse(field, f"{field} contains a NUL character.")
            return ""
        if len(text) > min(longest, LONGEST_FIELD):
            self.refuse(field, f"{field} is longer than {longest} characters.")
            return ""
        return text

    def parts(self, field: str, most: int, names: Sequence[str] = ()) -> list["Fields"]:
        """The members of a JSON list, each to be read as fields of its own whose problems are this row's.

        Texts stand for objects with the one member `iban`; other objects have the members `names`.
        """
        values = self._values.get(field)
        if values in (None, ""):
            return []
        if not isinstance(values, list) or len(values) > most:
            self.refuse(field, f"{field} must be a list of at most {most}.")
            return []
        return [self._part(field, value, names) for value in values]

    def _part(self, field: str, value: object, names: Sequence[str]) -> "Fields":
        members = value if names else {"iban": value}
        if not isinstance(members, dict):
            self.refuse(field, f"{field} must be a list of objects with {', '.join(names)}.")
            members = {}
        if unknown := sorted(set(members) - set(names or ("iban",))):
            self.refuse(field, f"{field}: there is no member “{str(unknown[0])[:40]}”.")
        part = Fields(Row(self.where, members))
        part.problems = self.problems
        return part

    def required(self, field: str, *, longest: int = 200) -> str:
        text = self.text(field, longest=longest)
        if not text and not self.is_refused:
            self.refuse(field, f"{field} is missing.")
        return text

    def choice(self, field: str, choices: tuple[str, ...], default: str) -> str:
        text = self.text(field).lower()
        if not text:
            return default
        if text not in choices:
            self.refuse(field, f"{field} is “{text[:40]}”; it must be one of {', '.join(choices)}.")
        return text

    def day(self, field: str) -> date | None:
        """YYYY-MM-DD, between 1970 and 2199; None when empty."""
        text = self.text(field)
        if not text:
            return None
        try:
            if len(text) != 10 or text[4] != "-" or not text.isascii():
                raise ValueError
            day = date.fromisoformat(text)
        except ValueError:
            self.refuse(field, f"{field} is “{text[:40]}”, which is no date of the form YYYY-MM-DD.")
            return None
        if not _EARLIEST <= day <= _LATEST:
            self.refuse(field, f"{field} is {text}; dates lie between {_EARLIEST} and {_LATEST}.")
            return None
        return day

    def currency(self, field: str = "currency") -> str:
        code = self.text(field).upper()
        if code and code not in EXPONENTS:
            self.refuse(field, f"{field} is “{code[:12]}”, which is not an ISO 4217 currency code.")
            return ""
        return code

    def amount(self, field: str, currency: str) -> int | None:
        """Minor units, exactly; None when empty or refused."""
        text = self.text(field)
        if not text or not currency:
            return None
        try:
            return parse_minor(text, currency)
        except NotAnAmount as error:
            self.refuse(field, f"{field}: {error}")
            return None

    def whole(self, field: str, *, least: int, most: int) -> int | None:
        text = self.text(field)
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 17 and least <= int(text) <= most):
            self.refuse(field, f"{field} is “{text[:20]}”; it must be a whole number from {least} to {most}.")
            return None
        return int(text)

    def instant(self, field: str) -> datetime | None:
        """RFC 3339 with its offset, in UTC; None when empty."""
        text = self.text(field)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None or not _EARLIEST <= moment.date() <= _LATEST:
            self.refuse(field, f"{field} is “{text[:40]}”; it must be an instant such as 2026-03-31T14:05:00Z.")
            return None
        return moment.astimezone(UTC)

    def edition(self) -> Edition:
        """Whose news the row is, and how new."""
        source, version = self.text("source", longest=80), self.whole("source_version", least=0, most=10**15)
        at = self.instant("updated_at")
        return UNDATED if not source and version is None and at is None else Edition(source, version, at)

    def basis_points(self, field: str) -> int | None:
        """A percentage with at most two decimals, as hundredths of a percent: "2.5" → 250."""
        text = self.text(field)
        if not text:
            return None
        try:
            points = parse_minor(text, "EUR")
        except NotAnAmount:
            points = -1
        if not 0 < points <= 10_000:
            self.refuse(field, f"{field} is “{text[:20]}”; it must be a percentage such as 2 or 2.5.")
            return None
        return points

    def iban(self, field: str) -> str:
        """An IBAN without spaces, its check digits verified; "" when empty."""
        text = self.text(field)
        if not text:
            return ""
        try:
            return str(stdnum_iban.validate(text))
        except ValidationError:
            self.refuse(field, f"{field} is “{text[:40]}”, which is not a valid IBAN.")
            return ""

    def email(self, field: str) -> str:
        text = self.text(field, longest=254)
        local, at, domain = text.rpartition("@")
        if text and not (local and at and domain and text.isprintable() and not set(text) & set(' ,;<>"')):
            self.refuse(field, f"{field} is “{text[:60]}”, which is not an e-mail address.")
            return ""
        return text
