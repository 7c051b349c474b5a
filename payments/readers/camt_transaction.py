"""Who is behind a camt transaction (TxDtls), and what they say it is for.

Pure. The other party is the debtor of money coming in and the creditor of money going out. Returns and reversals keep
the parties of the original, so there it is the other way round. It is never the side whose account is this one.

Remittance is all of RmtInf in the file's order, then AddtlTxInf. The first creditor reference is the structured one;
further ones, and references that are no plain number, are kept in the text as well, and so is the ultimate party a
named one pays for. ISO 20022 does not say that a word may go on in the next Ustrd: pieces are joined by a space.
"""

from typing import NamedTuple

from core.safe_xml import Fields
from payments.readers.camt_values import first, said, words
from payments.readers.references import structured_reference


class Told(NamedTuple):
    """What a transaction tells of itself beside its amount."""

    counterparty: str | None = None
    counterparty_account: str | None = None
    counterparty_bic: str | None = None
    structured_reference: str | None = None
    end_to_end: str | None = None
    mandate: str | None = None
    code: str | None = None
    return_reason: str | None = None
    remittance: str = ""


class _Side(NamedTuple):
    name: str
    account: str
    bank: str
    ultimate: str


_DEBTOR = _Side("Dbtr", "DbtrAcct", "DbtrAgt", "UltmtDbtr")
_CREDITOR = _Side("Cdtr", "CdtrAcct", "CdtrAgt", "UltmtCdtr")


def told(transaction: Fields, *, is_incoming: bool, is_reversal: bool, account: str) -> Told:
    """`account` is the statement's own, by which our side is known."""
    goes_back = is_reversal or "RtrInf" in transaction
    debtor_pays = is_incoming != goes_back
    preferred, other = (_DEBTOR, _CREDITOR) if debtor_pays else (_CREDITOR, _DEBTOR)
    party = other if _is_ours(transaction, preferred, other, account, goes_back) else preferred
    references = transaction.get("Ref", [])
    text = _remittance(transaction, references, party)
    return Told(
        first(transaction, party.name) or first(transaction, party.ultimate),
        _account(transaction, party),
        first(transaction, party.bank),
        _plain(references[0]) if references else structured_reference(text),
        said(transaction, "EndToEndId"),
        said(transaction, "MndtId"),
        code(transaction),
        first(transaction, "RtrInf"),
        text,
    )


def _is_ours(transaction: Fields, side: _Side, other: _Side, account: str, goes_back: bool) -> bool:
    if side.account in transaction:
        return _account(transaction, side) == account and _account(transaction, other) != account
    return goes_back and side.name not in transaction and other.name in transaction


def _account(transaction: Fields, side: _Side) -> str | None:
    written = first(transaction, side.account)
    return written.replace(" ", "") if written else None


def _remittance(transaction: Fields, references: list[str], party: _Side) -> str:
    pieces = transaction.get("RmtInf", []) + [
        reference for place, reference in enumerate(references) if place or not _is_number(reference)
    ]
    for name in ("RtrInfText", "AddtlTxInf"):
        pieces += transaction.get(name, ())
    if party.name in transaction and party.ultimate in transaction:
        pieces += [name for name in transaction[party.ultimate] if name not in transaction[party.name]]
    return words(" ".join(pieces))


def _plain(reference: str) -> str:
    return "".join(filter(str.isalnum, reference)).upper()


def _is_number(reference: str) -> bool:
    return _plain(reference).removeprefix("RF").isdigit()


def code(fields: Fields) -> str | None:
    """The bank transaction code: domain-family-subfamily as in `PMNT-RCDT-ESCT`, else the bank's own."""
    return "-".join(fields["BkTxCd"]) if "BkTxCd" in fields else first(fields, "BkTxCdPrtry")


def common(parts: list[Told]) -> Told:
    """What all transactions of an unsplit batch agree on, with the text of all of them. Never of an empty list."""
    agreed = Told._make(values[0] if len(set(values)) == 1 else None for values in zip(*parts, strict=True))
    texts = (word for part in parts for word in (*_differing(part, agreed), part.remittance))
    return agreed._replace(remittance=words(" ".join(texts)))


def _differing(part: Told, agreed: Told) -> list[str]:
    """The names and references of one transaction that would be lost because the others have different ones."""
    names = [(part.counterparty, agreed.counterparty), (part.end_to_end, agreed.end_to_end)]
    if part.structured_reference and _is_number(part.structured_reference):
        names.append((part.structured_reference, agreed.structured_reference))
    return [mine for mine, theirs in names if mine and mine != theirs]
