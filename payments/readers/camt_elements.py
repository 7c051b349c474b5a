"""Where things stand in a camt.052, .053 and .054: ISO 20022, every version from 01 to 13, by local element names.

The versions differ in a few paths only, so one table holds them all: a field lists every path it was ever found at.

* 01: messages end in `V01`, transactions stand right below the entry, other names for references and accounts
* 02–03: the form most banks still send; `BIC`, `Sts` as text, party names directly in the party
* 04–07: `BICFI`, amount and mark of a transaction, charges as records, pagination per statement
* 08–13: `Sts/Cd`, party names in `Pty` or `Agt`

A path that ends in `@Ccy` keeps the amount's currency too.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from core.safe_xml import Anywhere, Shape


class Message(NamedTuple):
    """The names of one of the three messages: its root below `Document`, and its repeated statement element."""

    root: str
    statement: str
    is_intraday: bool
    tells_booked: bool


MESSAGES: Mapping[str, Message] = MappingProxyType(
    {
        "camt052": Message("BkToCstmrAcctRpt", "Rpt", is_intraday=True, tells_booked=False),
        "camt053": Message("BkToCstmrStmt", "Stmt", is_intraday=False, tells_booked=True),
        "camt054": Message("BkToCstmrDbtCdtNtfctn", "Ntfctn", is_intraday=False, tells_booked=False),
    }
)

_Paths = dict[str, tuple[str, ...]]

_PARTY = ("Nm", "Pty/Nm", "Agt/FinInstnId/Nm")
_ACCOUNT = ("Id/IBAN", "Id/Othr/Id", "Id/BBAN", "Id/UPIC", "Id/PrtryAcct/Id")
_BANK = ("FinInstnId/BICFI", "FinInstnId/BIC", "FinInstnId/CmbndId/BIC")
_CODE = ("Domn/Cd", "Domn/Fmly/Cd", "Domn/Fmly/SubFmlyCd")
_DAY = ("Dt", "DtTm")


def _below(element: str, paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{element}/{path}" for path in paths)


_PAGES: _Paths = {"PgNb": ("PgNb",), "LastPgInd": ("LastPgInd",)}

_HEAD: dict[str, _Paths] = {
    "Id": {"Id": ("",)},
    "ElctrncSeqNb": {"ElctrncSeqNb": ("",)},
    "LglSeqNb": {"LglSeqNb": ("",)},
    "CreDtTm": {"CreDtTm": ("",)},
    "FrToDt": {"FrDtTm": ("FrDtTm", "FrDt"), "ToDtTm": ("ToDtTm", "ToDt")},
    "Acct": {
        "Acct": _ACCOUNT,
        "Ccy": ("Ccy",),
        "AcctNm": ("Nm",),
        "Ownr": _below("Ownr", _PARTY),
        "Svcr": (*_below("Svcr", _BANK), "Svcr/FinInstnId/ClrSysMmbId/MmbId"),
    },
}

_BALANCE: _Paths = {
    "Tp": ("Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry", "Tp/Cd", "Tp/Prtry"),
    "Amt": ("Amt@Ccy",),
    "CdtDbtInd": ("CdtDbtInd",),
    "Dt": _below("Dt", _DAY),
}

_MONEY: _Paths = {
    "Amt": ("Amt@Ccy",),
    "CdtDbtInd": ("CdtDbtInd",),
    "InstdAmt": ("AmtDtls/InstdAmt/Amt@Ccy",),
    "TxAmt": ("AmtDtls/TxAmt/Amt@Ccy",),
    "CntrValAmt": ("AmtDtls/CntrValAmt/Amt@Ccy",),
    "XchgRate": tuple(f"AmtDtls/{amount}/CcyXchg/XchgRate" for amount in ("InstdAmt", "TxAmt", "CntrValAmt")),
    "TtlChrgsAndTaxAmt": ("Chrgs/TtlChrgsAndTaxAmt@Ccy",),
    "Chrgs": ("Chrgs/Rcrd/Amt@Ccy", "Chrgs/Amt@Ccy"),
    "ChrgsMark": ("Chrgs/Rcrd/CdtDbtInd", "Chrgs/CdtDbtInd"),
    "BkTxCd": _below("BkTxCd", _CODE),
    "BkTxCdPrtry": ("BkTxCd/Prtry/Cd",),
}

_BATCH: _Paths = {"PmtInfId": ("Btch/PmtInfId",), "MsgId": ("Btch/MsgId",), "NbOfTxs": ("Btch/NbOfTxs",)}

_ENTRY: _Paths = {
    **_MONEY,
    **_BATCH,
    "NtryRef": ("NtryRef",),
    "AcctSvcrRef": ("AcctSvcrRef",),
    "RvslInd": ("RvslInd",),
    "Sts": ("Sts", "Sts/Cd", "Sts/Prtry"),
    "BookgDt": _below("BookgDt", _DAY),
    "ValDt": _below("ValDt", _DAY),
    "AddtlNtryInf": ("AddtlNtryInf",),
}

_TRANSACTION: _Paths = {
    **_MONEY,
    "AcctSvcrRef": ("Refs/AcctSvcrRef",),
    "EndToEndId": ("Refs/EndToEndId",),
    "MndtId": ("Refs/MndtId",),
    "Dbtr": _below("RltdPties/Dbtr", _PARTY),
    "DbtrAcct": _below("RltdPties/DbtrAcct", _ACCOUNT),
    "DbtrAgt": _below("RltdAgts/DbtrAgt", _BANK),
    "UltmtDbtr": _below("RltdPties/UltmtDbtr", _PARTY),
    "Cdtr": _below("RltdPties/Cdtr", _PARTY),
    "CdtrAcct": _below("RltdPties/CdtrAcct", _ACCOUNT),
    "CdtrAgt": _below("RltdAgts/CdtrAgt", _BANK),
    "UltmtCdtr": _below("RltdPties/UltmtCdtr", _PARTY),
    "RmtInf": (
        "RmtInf/Ustrd",
        "RmtInf/Strd/RfrdDocInf/Nb",
        "RmtInf/Strd/RfrdDocInf/RfrdDocNb",
        "RmtInf/Strd/AddtlRmtInf",
    ),
    "Ref": ("RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/CdtrRefInf/CdtrRef"),
    "RtrInf": (*_below("RtrInf/Rsn", ("Cd", "Prtry")), *_below("RtrInf/RtrRsn", ("Cd", "Prtry"))),
    "RtrInfText": ("RtrInf/AddtlInf",),
    "AddtlTxInf": ("AddtlTxInf",),
}

OTHER_MESSAGE = "another message"
"""The record's name for a root of the other two messages."""


def shape_of(name: str) -> Shape:
    """The shape of `camt052`, `camt053` or `camt054` at any depth of a document: files may come in an envelope.

    Its records are named `Head` (a part of what introduces the statement), `Pages`, `Bal`, `TtlNtries`, `TxDtls`,
    `NtryDtls`, `Ntry` and, when it ends, the statement element itself.
    """
    shape = Anywhere()
    for other in MESSAGES.values():
        for root in (other.root, f"{other.root}V01"):
            if other.root == MESSAGES[name].root:
                _want_message(shape.below(root), MESSAGES[name].statement)
            else:
                shape.want(OTHER_MESSAGE, {}, root)
    return shape


def _want_message(root: Shape, statement: str) -> None:
    root.want("Pages", _PAGES, "GrpHdr/MsgPgntn")
    root.want("Pages", _PAGES, f"{statement}/{statement}Pgntn")
    for element, fields in _HEAD.items():
        root.want("Head", fields, f"{statement}/{element}")
    root.want("Bal", _BALANCE, f"{statement}/Bal")
    root.want("TtlNtries", {"NbOfNtries": ("NbOfNtries",)}, f"{statement}/TxsSummry/TtlNtries")
    root.want("TxDtls", _TRANSACTION, f"{statement}/Ntry/TxDtls")
    root.want("TxDtls", _TRANSACTION, f"{statement}/Ntry/NtryDtls/TxDtls")
    root.want("NtryDtls", _BATCH, f"{statement}/Ntry/NtryDtls")
    root.want("Ntry", _ENTRY, f"{statement}/Ntry")
    root.want(statement, {}, statement)
