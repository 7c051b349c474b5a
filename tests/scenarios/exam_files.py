"""An exam on paper: read from the text files of a folder, and written as the files customers and banks would hand in.

    C key ; name [; iban=none] [; parent=key]
    I number ; customer ; amount ; due in days [; credit] [; paid] [; part] [; contested] [; discount=2% until +3] …
    A number of an advice ; customer ; before or after ; its lines
    R what the payer does
      amount ; payer ; text [; ref=] [; e2e=] [; fmt=] [; cur=] [; company=] [; pending] [; returned]
      = what is posted · ~ that or a question · ? what is suggested first · asks · nothing

A payer is a customer's key (its name and account), a name, or `name@account`, where the account may be a customer's.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

TODAY = date(2026, 11, 20)
FOLDER = Path(__file__).parent
BANKS = ("camt", "mt940", "csv")
"""Where nothing is said, a payer's bank is one of these in turn."""

Options = dict[str, str]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A line of the exam. `bank` is the format of the statement that brings it."""

    ref: str
    what: str
    amount: Decimal
    name: str
    account: str
    text: str
    options: Options
    bank: str
    expected: str

    @property
    def currency(self) -> str:
        return self.options.get("cur", "EUR")

    @property
    def company(self) -> str:
        return self.options.get("company", "NW")


@dataclass(frozen=True, slots=True)
class Advice:
    """What a payer says it pays, `before` or `after` the first run."""

    number: str
    payer: str
    comes: str
    lines: tuple[tuple[str, Decimal], ...]


@dataclass(slots=True)
class Exam:
    customers: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Key → name, IBAN, parent."""
    invoices: list[tuple[list[str], Options]] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    advices: list[Advice] = field(default_factory=list)


def exam(name: str) -> Exam:
    """All of the exam in the folder of that name, in the order of its files."""
    read = Exam()
    for path in sorted((FOLDER / name).glob("*.txt")):
        lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
        _read(read, iter(lines))
    return read


def _read(read: Exam, lines: Iterator[str]) -> None:
    blocks = 0
    for line in lines:
        kind, said = line[0], line[2:]
        if kind == "C":
            blocks += 1
            facts, options = _facts(said, 2)
            account = "" if options.get("iban") else _iban(len(read.customers))
            read.customers[facts[0]] = (facts[1], account, options.get("parent", ""))
        elif kind == "I":
            read.invoices.append(_facts(said, 4))
        elif kind == "A":
            read.advices.append(_advice(read, _facts(said, 4)[0]))
        else:
            assert kind == "R", line
            read.receipts.append(_receipt(read, said, next(lines), next(lines).strip(), blocks))


def _receipt(read: Exam, what: str, line: str, expected: str, block: int) -> Receipt:
    (amount, payer, text), options = _facts(line, 3)
    name, _, account = payer.partition("@")
    if payer in read.customers:
        account = payer
    known = read.customers.get(account)
    if known:
        name, account = known[0].upper() if payer == account else name, known[1]
    bank = options.get("fmt", BANKS[block % len(BANKS)])
    ref = f"X{len(read.receipts) + 1:03d}"
    return Receipt(ref, what, Decimal(amount), name, account, text.replace("\\n", "\n"), options, bank, expected)


def _advice(read: Exam, facts: Sequence[str]) -> Advice:
    number, customer, comes, said = facts
    lines = [each.rsplit(" ", 1) for each in said.split(", ")]
    return Advice(number, read.customers[customer][0], comes, tuple((one, Decimal(amount)) for one, amount in lines))


def _facts(line: str, count: int) -> tuple[list[str], Options]:
    parts = [part.strip() for part in line.split(";")]
    options = {}
    for part in parts[count:]:
        name, _, value = part.partition("=")
        options[name] = value or name
    return parts[:count], options


def _iban(place: int) -> str:
    body = f"37040044{place:010d}"
    return f"DE{98 - int(body + '131400') % 97:02d}{body}"


# ── the book ────────────────────────────────────────────────────────────────────────────────────


def customers_csv(read: Exam) -> str:
    rows = [[key, name, "ES", "EUR", account, parent] for key, (name, account, parent) in read.customers.items()]
    return _csv(("customer_id", "name", "country", "currency", "iban", "parent_id"), rows)


INVOICES = (
    "invoice_number", "customer_id", "type", "issued_on", "due_on", "currency", "amount", "paid_amount",
    "payment_reference", "discount_percent", "discount_until",
)  # fmt: skip


def invoices_csv(read: Exam, company: str) -> str:
    rows = [_invoice(*each) for each in read.invoices if each[1].get("company", "NW") == company]
    return _csv(INVOICES, rows)


def _invoice(facts: Sequence[str], options: Options) -> list[str]:
    number, customer, amount, due = facts
    due_on = TODAY + timedelta(days=int(due))
    percent, _, until = options.get("discount", "").partition("% until ")
    return [
        number, customer, "credit_note" if "credit" in options else "invoice",
        str(TODAY - timedelta(days=150)), str(due_on),
        next((each for each in ("JPY", "KWD", "USD") if each in options), "EUR"), amount,
        amount if "paid" in options else "", options.get("ref", ""), percent,
        str(TODAY + timedelta(days=int(until))) if until else "",
    ]  # fmt: skip


ADVICES = ("advice_number", "issued_on", "currency", "paid_amount", "payer", "invoice_number", "amount")


def advices_csv(read: Exam, comes: str) -> str:
    rows = [
        [each.number, TODAY, "EUR", sum(amount for _, amount in each.lines), each.payer, *line]
        for each in read.advices
        for line in each.lines
        if each.comes == comes
    ]
    return _csv(ADVICES, rows) if rows else ""


def _csv(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    return out.getvalue()


# ── the statements ──────────────────────────────────────────────────────────────────────────────

OURS = {
    ("NW", "EUR"): "ES9121000418450200051332",
    ("NW", "USD"): "ES9121000418450200051332",
    ("NW", "JPY"): "ES7921000813610123456789",
    ("NW", "KWD"): "ES7921000813610123456789",
    ("SE", "EUR"): "FR1420041010050500013M02606",
}


def statements(read: Exam) -> Iterator[tuple[str, str, bytes]]:
    """(Company, file name, content) of every bank file of the day."""

    def book(each: Receipt) -> tuple[str, str, str]:
        return each.company, each.currency, each.bank

    for (company, currency, bank), those in groupby(sorted(read.receipts, key=book), key=book):
        receipts = list(those)
        ours = OURS[company, currency]
        write, ending = _WRITERS[bank]
        yield company, f"{company}-{currency}-{bank}.{ending}", write(ours, currency, receipts).encode()


def _camt(ours: str, currency: str, receipts: Sequence[Receipt]) -> str:
    booked = [each for each in receipts if "pending" not in each.options]
    total = sum((each.amount for each in booked if "returned" not in each.options), Decimal())
    entries = "".join(_camt_entry(each, currency) for each in receipts)
    entries += "".join(_camt_return(each, currency) for each in receipts if "returned" in each.options)
    balances = "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{abs(amount)}</Amt>'
        f"<CdtDbtInd>{'CRDT' if amount >= 0 else 'DBIT'}</CdtDbtInd><Dt><Dt>{TODAY}</Dt></Dt></Bal>"
        for code, amount in (("OPBD", Decimal()), ("CLBD", total))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId>'
        f"<CreDtTm>{TODAY}T18:00:00</CreDtTm></GrpHdr><Stmt><Id>S{currency}</Id><CreDtTm>{TODAY}T18:00:00</CreDtTm>"
        f"<Acct><Id><IBAN>{ours}</IBAN></Id><Ccy>{currency}</Ccy></Acct>{balances}{entries}</Stmt></BkToCstmrStmt>"
        "</Document>"
    )


def _camt_entry(each: Receipt, currency: str, mark: str = "", before: str = "") -> str:
    mark = mark or ("CRDT" if each.amount >= 0 else "DBIT")
    amount = abs(each.amount)
    status = "PDNG" if "pending" in each.options else "BOOK"
    party = f"<Dbtr><Pty><Nm>{escape(each.name)}</Nm></Pty></Dbtr>" if each.name else ""
    account = f"<DbtrAcct><Id><IBAN>{each.account}</IBAN></Id></DbtrAcct>" if each.account else ""
    texts = "".join(f"<Ustrd>{escape(part)}</Ustrd>" for part in each.text.split("\n") if part)
    reference = each.options.get("ref", "")
    structured = f"<Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd>" if reference else ""
    return (
        f'<Ntry><NtryRef>{before}{each.ref}</NtryRef><Amt Ccy="{currency}">{amount}</Amt>'
        f"<CdtDbtInd>{mark}</CdtDbtInd>{'<RvslInd>true</RvslInd>' if before else ''}"
        f"<Sts><Cd>{status}</Cd></Sts><BookgDt><Dt>{TODAY}</Dt></BookgDt><ValDt><Dt>{TODAY}</Dt></ValDt>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{each.options.get('e2e', 'NOTPROVIDED')}</EndToEndId></Refs>"
        f'<Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>'
        f"<RltdPties>{party}{account}</RltdPties><RmtInf>{texts}{structured}</RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def _camt_return(each: Receipt, currency: str) -> str:
    return _camt_entry(each, currency, "DBIT", before="RET-")


def _mt940(ours: str, currency: str, receipts: Sequence[Receipt]) -> str:
    total = sum((each.amount for each in receipts), Decimal())
    lines = [":20:STARTUMSE", f":25:{ours}", ":28C:1/1", f":60F:C261120{currency}0,00"]
    for each in receipts:
        lines.append(f":61:2611201120C{_comma(each.amount)}NTRFNONREF//{each.ref}")
        parts = [part[at : at + 27] for part in each.text.split("\n") for at in range(0, max(len(part), 1), 27)]
        pieces = [f"?2{place}{part}" for place, part in enumerate(parts[:10])]
        name = [f"?3{2 + place}{each.name[at : at + 27]}" for place, at in enumerate(range(0, len(each.name), 27))][:2]
        account = f"?31{each.account}" if each.account else ""
        text = "".join(("166?00GUTSCHRIFT", *pieces, account, *name)).upper()
        lines.append(":86:" + "\n".join(text[at : at + 65] for at in range(0, len(text), 65)))
    return "\n".join((*lines, f":62F:C261120{currency}{_comma(total)}", "-", ""))


def _comma(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")


def _ofx(ours: str, currency: str, receipts: Sequence[Receipt]) -> str:
    entries = "".join(
        f"<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>{TODAY:%Y%m%d}<TRNAMT>{each.amount}<FITID>{each.ref}"
        f"<NAME>{escape(each.name[:32])}<MEMO>{escape(each.text)}</STMTTRN>\n"
        for each in receipts
    )
    total = sum((each.amount for each in receipts), Decimal())
    return (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:UTF-8\nCHARSET:NONE\nCOMPRESSION:NONE\n"
        f"OLDFILEUID:NONE\nNEWFILEUID:NONE\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STMTRS><CURDEF>{currency}"
        f"<BANKACCTFROM><BANKID>21000418<ACCTID>{ours}<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST>"
        f"<DTSTART>{TODAY:%Y%m%d}<DTEND>{TODAY:%Y%m%d}\n{entries}</BANKTRANLIST>"
        f"<LEDGERBAL><BALAMT>{total}<DTASOF>{TODAY:%Y%m%d}</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    )


RABOBANK = (
    "IBAN/BBAN", "Munt", "BIC", "Volgnr", "Datum", "Rentedatum", "Bedrag", "Saldo na trn", "Tegenrekening IBAN/BBAN",
    "Naam tegenpartij", "Naam uiteindelijke partij", "Naam initiërende partij", "BIC tegenpartij", "Code", "Batch ID",
    "Transactiereferentie", "Machtigingskenmerk", "Incassant ID", "Betalingskenmerk", "Omschrijving-1",
    "Omschrijving-2", "Omschrijving-3", "Reden retour", "Oorspr bedrag", "Oorspr munt", "Koers",
)  # fmt: skip


def _table(ours: str, currency: str, receipts: Sequence[Receipt]) -> str:
    rows, balance = [], Decimal()
    for each in receipts:
        balance += each.amount
        cells = dict.fromkeys(RABOBANK, "") | {
            "IBAN/BBAN": ours, "Munt": currency, "BIC": "CAIXESBB", "Volgnr": each.ref, "Datum": str(TODAY),
            "Rentedatum": str(TODAY), "Bedrag": _signed(each.amount), "Saldo na trn": _signed(balance),
            "Tegenrekening IBAN/BBAN": each.account, "Naam tegenpartij": each.name, "Code": "tb",
            "Omschrijving-1": each.text,
        }  # fmt: skip
        rows.append(list(cells.values()))
    return _csv(RABOBANK, rows)


def _signed(amount: Decimal) -> str:
    return f"{amount:+.2f}".replace(".", ",")


_WRITERS = {"camt": (_camt, "xml"), "mt940": (_mt940, "sta"), "ofx": (_ofx, "ofx"), "csv": (_table, "csv")}
