"""Bank statements of any size for the benchmark: the same movements as MT940, OFX and camt.053."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from random import Random
from typing import NamedTuple

IBAN = "DE89370400440532013000"
FIRST_DAY = date(2026, 1, 2)
A_DAY = 2_000
"""Movements booked a day."""


class Movement(NamedTuple):
    """One movement; the amount in cents, signed."""

    place: int
    on: date
    amount: int
    payer: str
    account: str
    invoice: str


def movements(count: int) -> Iterator[Movement]:
    """Seven of ten come in; every day has a few equal amounts."""
    rng = Random("statements")
    for place in range(count):
        amount = rng.randrange(1_000, 900_000)
        yield Movement(
            place,
            FIRST_DAY + timedelta(days=place // A_DAY),
            amount if place % 10 < 7 else -amount,
            f"Kunde {place % 40_000:05d} GmbH",
            f"DE{place % 97:02d}37040044{place % 40_000:010d}",
            f"RE-2026-{place:07d}",
        )


def mt940(count: int) -> Iterator[str]:
    """A statement a day, as banks send them; each ties."""
    balance = 0
    for number, (day, of_day) in enumerate(groupby(movements(count), lambda each: each.on), 1):
        opening, listed = balance, list(of_day)
        balance += sum(each.amount for each in listed)
        yield f":20:STARTUMSE\n:25:37040044/0532013000\n:28C:{number:05d}/001\n:60F:{_swift(opening, day)}\n"
        for each in listed:
            mark, amount = "C" if each.amount > 0 else "D", f"{abs(each.amount) / 100:.2f}".replace(".", ",")
            yield (
                f":61:{day:%y%m%d%m%d}{mark}{amount}NTRFNONREF//B{each.place:010d}\n"
                f":86:166?00GUTSCHRIFT?20EREF+E{each.place:010d}?21SVWZ+RECHNUNG ?22{each.invoice}"
                f"?30COBADEFFXXX?31{each.account}?32{each.payer}\n"
            )
        yield f":62F:{_swift(balance, day)}\n-\n"


def _swift(balance: int, day: date) -> str:
    return f"{'C' if balance >= 0 else 'D'}{day:%y%m%d}EUR{abs(balance) / 100:.2f}".replace(".", ",")


def ofx(count: int) -> Iterator[str]:
    """One statement over everything; OFX knows no opening balance."""
    yield (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:1252\nCOMPRESSION:NONE\n"
        "OLDFILEUID:NONE\nNEWFILEUID:NONE\n\n<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS>"
        "<DTSERVER>20260101<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0"
        "<SEVERITY>INFO</STATUS><STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>37040044<ACCTID>0532013000"
        "<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><DTSTART>20240101<DTEND>20261231\n"
    )
    last, balance = FIRST_DAY, 0
    for each in movements(count):
        last, balance = each.on, balance + each.amount
        yield (
            f"<STMTTRN>\n<TRNTYPE>{'CREDIT' if each.amount > 0 else 'DEBIT'}\n<DTPOSTED>{each.on:%Y%m%d}\n"
            f"<TRNAMT>{each.amount / 100:.2f}\n<FITID>{each.place:010d}\n<NAME>{each.payer}\n"
            f"<MEMO>RECHNUNG {each.invoice}\n</STMTTRN>\n"
        )
    yield (
        f"</BANKTRANLIST><LEDGERBAL><BALAMT>{balance / 100:.2f}<DTASOF>{last:%Y%m%d}</LEDGERBAL></STMTRS></STMTTRNRS>"
        "</BANKMSGSRSV1></OFX>\n"
    )


def camt(count: int) -> Iterator[str]:
    """A camt.053 with one statement over everything; it ties."""
    total = sum(each.amount for each in movements(count))
    last = FIRST_DAY + timedelta(days=(count - 1) // A_DAY)
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">'
        "<BkToCstmrStmt><GrpHdr><MsgId>1</MsgId><CreDtTm>2026-01-01T00:00:00</CreDtTm></GrpHdr><Stmt><Id>S1</Id>"
        f"<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{_balance('OPBD', 0, FIRST_DAY)}{_balance('CLBD', total, last)}\n"
    )
    yield from map(_camt_entry, movements(count))
    yield "</Stmt></BkToCstmrStmt></Document>\n"


def _balance(code: str, amount: int, day: date) -> str:
    kind = f"<Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
    return f"<Bal>{kind}{_amount(amount)}<Dt><Dt>{day.isoformat()}</Dt></Dt></Bal>"


def _amount(amount: int) -> str:
    mark = "CRDT" if amount >= 0 else "DBIT"
    return f'<Amt Ccy="EUR">{abs(amount) / 100:.2f}</Amt><CdtDbtInd>{mark}</CdtDbtInd>'


def _camt_entry(each: Movement) -> str:
    role = "Dbtr" if each.amount > 0 else "Cdtr"
    return (
        f"<Ntry><NtryRef>B{each.place:010d}</NtryRef>{_amount(each.amount)}<Sts>BOOK</Sts>"
        f"<BookgDt><Dt>{each.on.isoformat()}</Dt></BookgDt><ValDt><Dt>{each.on.isoformat()}</Dt></ValDt>"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>E{each.place:010d}</EndToEndId></Refs>"
        f"<RltdPties><{role}><Nm>{each.payer}</Nm></{role}>"
        f"<{role}Acct><Id><IBAN>{each.account}</IBAN></Id></{role}Acct></RltdPties>"
        f"<RmtInf><Ustrd>RECHNUNG {each.invoice}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n"
    )


FILES: Mapping[str, Callable[[int], Iterator[str]]] = {"mt940": mt940, "ofx": ofx, "camt053": camt}


def write(path: Path, lines: Iterable[str]) -> Path:
    with path.open("w", encoding="ascii") as file:
        file.writelines(lines)
    return path
