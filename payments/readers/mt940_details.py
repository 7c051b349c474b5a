"""The dialects of :86:, information to the account owner. SWIFT leaves its content to the banks; these are known:

| dialect   | looks like                                          | who                                          |
|-----------|-----------------------------------------------------|----------------------------------------------|
| coded     | `166?00…?20SVWZ+…?30BIC?31IBAN?32NAME`, any separator | Germany, Austria, Poland, Czechia, Triodos  |
| slashed   | `/TRTP/…/IBAN/…/NAME/…/REMI/…/EREF/…`, ING's /CNTP/ | Netherlands, SWIFT for corporates, /OPIS/    |
| tagged    | `EREF+… MREF+… SVWZ+…` without codes                | some banks of Germany and Austria            |
| labelled  | `IBAN: … BIC: … NAAM: … OMSCHRIJVING: …`            | ABN AMRO, Knab                               |
| plain     | anything else                                       | Switzerland, Nordics, Spain, Belgium, UK …   |

Where lines break: banks wrap after 65 characters in the middle of words, so a full line is glued to the next and a
shorter one joined by a space. Coded text is cut into pieces of 27 (Germany: DK, Anlage 3) or 35 (Elixir) characters
regardless of words and its lines carry no meaning: full pieces are glued, shorter ones joined by a space.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TypedDict

from core.currencies import EXPONENTS
from core.money import NotAnAmount, parse_minor
from payments.readers.references import structured_reference

LINE_WIDTH = 65
SLASHED_WIDTH = 60
"""Slashed text is wrapped from here on: some banks write a few characters less than 65 a line."""

NOTHING = frozenset({"", "NONREF", "NOTPROVIDED", "NOT PROVIDED", "EREF", "PREF", "KREF", "MARF"})
"""What stands for “no reference”: SWIFT's NONREF, SEPA's NOTPROVIDED, and pointers to a tag in :86:."""

_PIECES = (27, 35)
_TEXT_CODES = frozenset(f"{tens}{units}" for tens in "26" for units in "0123456789")
_OTHER_CODES = frozenset(f"{tens}{units}" for tens in "013" for units in "0123456789")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_CODED = re.compile(
    r"\s{0,2}(?:([0-9]{3})\n?(?=[^0-9A-Za-z\s/.,:()'\"+-]\n?[0-36]\n?[0-9])|(?=[?<>^~|\\]\n?[0-36]\n?[0-9]))"
)
_SEPA = re.compile(
    r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|BREF|RREF|PURP|"
    r"IBAN(?=\+ ?[A-Z]{2}[0-9]{2})|BIC(?=\+ ?[A-Z]{6}))\+"
)
_SLASHED = re.compile(
    r"/(TRTP|IBAN|BIC|NAME|ADDR|REMI|OPIS|EREF|KREF|PREF|MARF|CSID|CNTP|ORDP|BENM|ISDT|RTRN|PURP|ULTD|ULTC|ULTB|"
    r"UDTR|UCRD|TRCD|OCMT|EXCH|CHGS|SVCL|SUM|INST|BOOK)(?=/)"
)
_LABELLED = re.compile(r"\b(IBAN|REK|BIC|NAAM|OMSCHRIJVING|KENMERK|MACHTIGING|INCASSANT|VOOR|REDEN) ?: ?")
_RETURN = re.compile(r"[A-Z]{2}[0-9]{2}")
_CURRENCY_AMOUNT = re.compile(r"([A-Z]{3})([0-9]{1,15}(?:,[0-9]{0,4})?)")
_RATE = re.compile(r"[0-9]{1,12}(?:[.,][0-9]{0,12})?")


class Details(TypedDict, total=False):
    """What :86: says of an entry, under the names of `model.Entry`. Absent = not said."""

    remittance: str
    counterparty: str | None
    counterparty_account: str | None
    counterparty_bic: str | None
    structured_reference: str | None
    end_to_end: str | None
    mandate: str | None
    code: str | None
    return_reason: str | None
    original_amount: int | None
    original_currency: str | None
    rate: Decimal | None
    charges: int | None


def read_details(text: str, own_account: str, currency: str, incoming: bool) -> Details:
    """Everything the text says. `incoming` chooses between payer and payee where both are named."""
    coded = _CODED.match(text)
    if coded:
        found = _coded(text[coded.end() :], coded[1], own_account)
    elif is_slashed(text):
        found = slashed(text, currency, incoming)
    elif "+" in text and _SEPA.search(text):
        found = _tagged(_unwrapped(text, LINE_WIDTH))
    elif "NAAM" in text and _LABELLED.search(text):
        found = _labelled(_unwrapped(text, LINE_WIDTH))
    else:
        found = {"remittance": _spaced(_unwrapped(text, LINE_WIDTH))}
    if "structured_reference" not in found:
        found["structured_reference"] = structured_reference(found["remittance"])
    return found


def said(value: str | None) -> str | None:
    """The value with single spaces, or None when it stands for nothing."""
    text = _spaced(value or "")
    return None if text in NOTHING else text


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _unwrapped(text: str, width: int) -> str:
    """Joins wrapped lines: a line of `width` or more runs on, a shorter one ends a word."""
    if "\n" not in text:
        return text
    return "".join(line if len(line) >= width else line + " " for line in text.split("\n"))


def _glued(pieces: Sequence[str]) -> str:
    return "".join([piece if len(piece) in _PIECES else piece + " " for piece in pieces])


def _coded(text: str, code: str | None, own_account: str) -> Details:
    pieces, fields = _coded_fields(text)
    found = _tagged(_glued(pieces))
    found["code"] = code
    name = said(_glued((fields.get("32", ""), fields.get("33", ""))))
    if name:
        found["counterparty"] = name
    account = _coded_account(fields, own_account)
    if account:
        found["counterparty_account"] = account
    bic = fields.get("30", "").strip()
    if _BIC.fullmatch(bic):
        found["counterparty_bic"] = bic
    return found


def _coded_fields(text: str) -> tuple[list[str], dict[str, str]]:
    """The pieces of remittance (codes 20–29 and 60–69) in order, and the other fields by their code.

    A separator without a known code after it is part of the text.
    """
    pieces: list[str] = []
    fields: dict[str, str] = {}
    separator = text[0]
    number = ""
    for part in text.replace("\n", "").split(separator)[1:]:
        start = part[:2]
        if start in _TEXT_CODES:
            pieces.append(part[2:])
            number = ""
        elif start in _OTHER_CODES:
            number = start
            fields[number] = part[2:]
        elif number:
            fields[number] += separator + part
        elif pieces:
            pieces[-1] += separator + part
    return pieces, fields


def _coded_account(fields: dict[str, str], own_account: str) -> str:
    """?38 is the IBAN in Poland; Triodos repeats the own account in >31 and has the other one in >10."""
    account = fields.get("38", "") or fields.get("31", "")
    account = account.replace(" ", "")
    if account == own_account:
        account = fields.get("10", "").strip()
    return account if account.strip("0") else ""


def _tagged(text: str) -> Details:
    """SEPA tags as German banks write them (DK, Anlage 3): what stands before the first tag is remittance too."""
    if "+" not in text:
        return {"remittance": _spaced(text)}
    parts = _SEPA.split(text)
    tags: dict[str, str] = {}
    for tag, value in zip(parts[1::2], parts[2::2], strict=True):
        tags.setdefault(tag, value)
    found: Details = {"remittance": _spaced(f"{parts[0]} {tags.get('SVWZ', '')}")}
    if "EREF" in tags:
        found["end_to_end"] = said(tags["EREF"])
    if "MREF" in tags:
        found["mandate"] = said(tags["MREF"])
    if "IBAN" in tags:
        found["counterparty_account"] = said(tags["IBAN"].replace(" ", ""))
    if "BIC" in tags:
        found["counterparty_bic"] = said(tags["BIC"])
    if "ABWA" in tags:
        found["remittance"] = _spaced(f"{found['remittance']} ABWA+{tags['ABWA']}")
    return found


def is_slashed(text: str) -> bool:
    """True when the text holds a code word between slashes."""
    return "/" in text and _SLASHED.search(text) is not None


def slashed(text: str, currency: str, incoming: bool) -> Details:
    """SWIFT code words between slashes; what stands before the first one is remittance too."""
    parts = _SLASHED.split(_unwrapped(text, SLASHED_WIDTH))
    words: dict[str, str] = {}
    party = ""
    for word, value in zip(parts[1::2], parts[2::2], strict=True):
        if word in ("ORDP", "BENM"):
            party = word
        words.setdefault(f"{party} NAME" if word == "NAME" else word, value.strip("/ "))
    found = _remitted(words.get("REMI") or words.get("OPIS", ""))
    found["remittance"] = _spaced(f"{parts[0]} {found['remittance']}")
    _add_parties(found, words, incoming)
    if "EREF" in words:
        found["end_to_end"] = said(words["EREF"])
    if "MARF" in words:
        found["mandate"] = said(words["MARF"])
    reason = _RETURN.match(words.get("RTRN", ""))
    if reason:
        found["return_reason"] = reason[0]
    _add_exchange(found, words, currency)
    return found


def _remitted(value: str) -> Details:
    """/REMI/USTD//text/ and /REMI/STRD/CUR/reference/ (issuer CUR, ISO, BBA …), or plain text."""
    kind, _, rest = value.partition("/")
    if kind == "STRD":
        reference = rest.strip("/").rpartition("/")[2]
        return {"remittance": reference, "structured_reference": re.sub(r"[^0-9A-Za-z]", "", reference) or None}
    return {"remittance": rest.strip("/ ") if kind == "USTD" else value}


def _add_parties(found: Details, words: dict[str, str], incoming: bool) -> None:
    account, bic = words.get("IBAN", ""), words.get("BIC", "")
    if "CNTP" in words:
        account, bic, name = (*words["CNTP"].split("/"), "", "", "")[:3]
    else:
        name = words.get(" NAME") or _party(words, incoming)
    if said(name):
        found["counterparty"] = said(name)
    if said(account):
        found["counterparty_account"] = account.replace(" ", "")
    if said(bic):
        found["counterparty_bic"] = bic.replace(" ", "")


def _party(words: dict[str, str], incoming: bool) -> str:
    """The payer (ORDP) of money that comes in, the payee (BENM) of money that leaves, else the one that is named."""
    first, second = ("ORDP", "BENM") if incoming else ("BENM", "ORDP")
    named = (f"{first} NAME", f"{second} NAME", first, second)
    return next((words[key] for key in named if words.get(key)), "")


def _add_exchange(found: Details, words: dict[str, str], currency: str) -> None:
    """/OCMT/ original amount, /CHGS/ charges in the account's currency, /EXCH/ rate; what is malformed says nothing."""
    original = _stated(words.get("OCMT", ""))
    if original:
        found["original_currency"], found["original_amount"] = original
    charges = _stated(words.get("CHGS", ""))
    if charges and charges[0] == currency:
        found["charges"] = charges[1]
    rate = words.get("EXCH", "")
    if _RATE.fullmatch(rate):
        found["rate"] = Decimal(rate.replace(",", "."))


def _stated(text: str) -> tuple[str, int] | None:
    match = _CURRENCY_AMOUNT.match(text)
    if match is None or match[1] not in EXPONENTS:
        return None
    try:
        return match[1], parse_minor(match[2].replace(",", "."), match[1])
    except NotAnAmount:
        return None


def _labelled(text: str) -> Details:
    """Dutch words with a colon; text before the first one is remittance unless it only names the kind of payment."""
    parts = _LABELLED.split(text)
    labels: dict[str, str] = {}
    for label, value in zip(parts[1::2], parts[2::2], strict=True):
        labels.setdefault(label, _spaced(value.strip("/ ")))
    before = "" if parts[0].startswith("SEPA ") else parts[0]
    found: Details = {"remittance": _spaced(f"{before} {labels.get('OMSCHRIJVING', '')}")}
    found["counterparty"] = said(labels.get("NAAM"))
    account = labels.get("IBAN") or labels.get("REK")
    found["counterparty_account"] = account.replace(" ", "") if account else None
    found["counterparty_bic"] = said(labels.get("BIC"))
    found["end_to_end"] = said(labels.get("KENMERK"))
    found["mandate"] = said(labels.get("MACHTIGING"))
    return found
