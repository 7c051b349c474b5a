"""camt files for the tests, put together from the few elements a case is about."""

from payments.readers.camt import CAMT_READERS, CamtReader

REPORT, STATEMENT, NOTIFICATION = CAMT_READERS
NAMES = {
    "camt052": ("BkToCstmrAcctRpt", "Rpt"),
    "camt053": ("BkToCstmrStmt", "Stmt"),
    "camt054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}
QRR = "210000000003139471430009017"
OURS = "NL91ABNA0417164300"
ACCOUNT = f"<Acct><Id><IBAN>{OURS}</IBAN></Id><Ccy>EUR</Ccy></Acct>"


def file(*statements: str, reader: CamtReader = STATEMENT, version: str = "02", group: str = "") -> bytes:
    """A message of the reader's kind with these statements, each the inside of one."""
    root, element = NAMES[reader.name]
    inside = "".join(f"<{element}>{statement}</{element}>" for statement in statements)
    namespace = f"urn:iso:std:iso:20022:tech:xsd:{reader.name[:4]}.{reader.name[4:]}.001.{version}"
    text = f'<Document xmlns="{namespace}"><{root}><GrpHdr><MsgId>1</MsgId>{group}</GrpHdr>{inside}</{root}></Document>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def statement(*parts: str, account: str = ACCOUNT, number: str = "S1") -> str:
    return f"<Id>{number}</Id><CreDtTm>2026-02-03T04:05:06</CreDtTm>{account}{''.join(parts)}"


def balance(code: str, amount: str, day: str = "2026-02-01", mark: str = "CRDT", currency: str = "EUR") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>{amount}</Amt>"
        f"<CdtDbtInd>{mark}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def entry(
    amount: str = "10.00",
    mark: str = "CRDT",
    details: str = "",
    *,
    currency: str = "EUR",
    status: str = "BOOK",
    dates: str = "<BookgDt><Dt>2026-02-02</Dt></BookgDt><ValDt><Dt>2026-02-03</Dt></ValDt>",
    before: str = "",
    after: str = "",
) -> str:
    return (
        f"<Ntry>{before}<Amt Ccy='{currency}'>{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd><Sts>{status}</Sts>{dates}"
        f"{after}{details and f'<NtryDtls>{details}</NtryDtls>'}</Ntry>"
    )


def transaction(*parts: str, amount: str = "", mark: str = "", currency: str = "EUR") -> str:
    stated = amount and f"<Amt Ccy='{currency}'>{amount}</Amt>"
    return f"<TxDtls>{stated}{mark and f'<CdtDbtInd>{mark}</CdtDbtInd>'}{''.join(parts)}</TxDtls>"


def party(role: str, name: str = "", account: str = "") -> str:
    named = name and f"<{role}><Nm>{name}</Nm></{role}>"
    return named + (account and f"<{role}Acct><Id><IBAN>{account}</IBAN></Id></{role}Acct>")


def parties(*those: str) -> str:
    return f"<RltdPties>{''.join(those)}</RltdPties>"


def remittance(*pieces: str) -> str:
    return f"<RmtInf>{''.join(pieces)}</RmtInf>"


def text(words: str) -> str:
    return remittance(f"<Ustrd>{words}</Ustrd>")


def batch(details: str, count: int | str = "", name: str = "") -> str:
    named = name and f"<PmtInfId>{name}</PmtInfId>"
    return f"<Btch>{named}{count and f'<NbOfTxs>{count}</NbOfTxs>'}</Btch>{details}"
