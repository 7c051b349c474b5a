"""Tables as banks lay them out: what stands around them, the order of rows, line ends, encodings. Written by us."""

from typing import NamedTuple

import pytest

from payments.readers.bank_csv import CSV
from tests.readers.damage import entries_of, feet_of, heads_of, warnings_of


class Layout(NamedTuple):
    """A table, and what it says: our account, both balances, the amounts in booking order."""

    content: bytes
    account: str
    opening: int | None
    closing: int | None
    amounts: list[int]


def rows(*lines: str, encoding: str = "utf-8", end: str = "\n") -> bytes:
    return "".join(f"{line}{end}" for line in lines).encode(encoding)


DKB = Layout(
    rows(
        '"Girokonto";"DE12120300001234567890"', '"Zeitraum:";"01.01.2026 - 31.01.2026"',
        '"Kontostand vom 31.01.2026:";"1.234,56 €"', '""',
        '"Buchungsdatum";"Wertstellung";"Status";"Zahlungspflichtige*r";"Zahlungsempfänger*in";"Verwendungszweck";'
        '"Umsatztyp";"IBAN";"Betrag (€)";"Gläubiger-ID";"Mandatsreferenz";"Kundenreferenz"',
        '"31.01.26";"31.01.26";"Gebucht";"Acme";"Wir";"RE 1";"Eingang";"DE99";"10";"";"";""',
    ),
    "DE12120300001234567890", None, 123_456, [1_000],
)  # fmt: skip
ING_DE = Layout(
    rows(
        "Umsatzanzeige;Datei erstellt am: 01.02.2026 10:00", "", "IBAN;DE12 5001 0517 1234 5678 90", "Bank;ING",
        "Saldo;1.234,56;EUR", "", "In der CSV-Datei finden Sie alle bereits gebuchten Umsätze.", "",
        "Buchung;Valuta;Auftraggeber/Empfänger;Buchungstext;Verwendungszweck;Saldo;Währung;Betrag;Währung",
        "31.01.2026;31.01.2026;Acme;Gutschrift;RE 1;1.234,56;EUR;10,00;EUR",
        "30.01.2026;30.01.2026;Strom;Lastschrift;x;1.224,56;EUR;-5,00;EUR",
        encoding="cp1252",
    ),
    "DE12500105171234567890", 122_956, 123_456, [-500, 1_000],
)  # fmt: skip
ABN = Layout(
    rows(
        "123456789\tEUR\t20260131\t100,00\t110,00\t20260131\t10,00\tSEPA Overboeking   IBAN: NL02",
        "123456789\tEUR\t20260131\t110,00\t105,00\t20260131\t-5,00\tBEA",
    ),
    "123456789", 10_000, 10_500, [1_000, -500],
)  # fmt: skip
BCP = Layout(
    rows(
        "Data lançamento\tData valor\tDescrição\tMontante\tTipo\tSaldo",
        "31-01-2026\t31-01-2026\tTRF\t10,00\tCrédito\t110,00",
        encoding="utf-16", end="\r\n",
    ),
    "", 10_000, 11_000, [1_000],
)  # fmt: skip
CREDIT_AGRICOLE = Layout(
    rows(
        "Téléchargement du 01/02/2026;", "", "Solde au 31/01/2026 1 234,56 €", "",
        "Date;Libellé;Débit euros;Crédit euros;", '31/01/2026;"VIREMENT EN VOTRE FAVEUR', 'ACME";;10,00;',
        '30/01/2026;"PRLV";5,00;;',
        encoding="cp1252",
    ),
    "", None, None, [-500, 1_000],
)  # fmt: skip
POSTFINANCE = Layout(
    rows(
        "Datum von:;2026-01-01", "Konto:;CH9300762011623852957", "Währung:;CHF",
        "Datum;Avisierungstext;Gutschrift in CHF;Lastschrift in CHF;Valuta;Saldo in CHF",
        '2026-01-31;"GUTSCHRIFT ACME";10.00;;2026-01-31;110.00', '2026-01-30;"LAST";;-5.00;2026-01-30;', "",
        "Disclaimer:", "Dies ist kein durch PostFinance AG erstelltes Dokument.",
    ),
    "CH9300762011623852957", 10_500, 11_000, [-500, 1_000],
)  # fmt: skip
NATIONWIDE = Layout(
    rows(
        '"Account Name:","FlexAccount 12345"', '"Account Balance:","£110.00"', "",
        '"Date","Transaction type","Description","Paid out","Paid in","Balance"',
        '"31 Jan 2026","Transfer","ACME","","£10.00","£110.00"',
        encoding="cp1252",
    ),
    "FlexAccount12345", 10_000, 11_000, [1_000],
)  # fmt: skip
NATWEST = Layout(
    rows(
        "Date, Type, Description, Value, Balance, Account Name, Account Number",
        "31/01/2026,BAC,x,10.00,110.00,\"'A\",\"'600000-12345678\",",
        end="\r",
    ),
    "600000-12345678", 10_000, 11_000, [1_000],
)  # fmt: skip
CHASE = Layout(
    rows(
        "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #",
        'CREDIT,01/31/2026,"ACME",10.00,ACH_CREDIT,110.00,,', 'DEBIT,01/30/2026,"B",-5.00,ACH_DEBIT,100.00,,',
    ),
    "", 10_500, 11_000, [-500, 1_000],
)  # fmt: skip
LA_BANQUE_POSTALE = Layout(
    rows(
        "Numéro Compte   ;1234567A020", "Solde (EUROS)   ;1234,56", "", "Date;Libellé;Montant(EUROS);Montant(FRANCS)",
        '31/01/2026;"VIREMENT DE ACME";10,00;65,60',
        encoding="latin-1",
    ),
    "1234567A020", None, 123_456, [1_000],
)  # fmt: skip
SPREADSHEET = Layout(
    rows(
        "sep=;", "Buchungstag;Wertstellung;Umsatzart;Buchungstext;Betrag;Währung;IBAN Kontoinhaber",
        "02.01.2026;02.01.2026;Gutschrift;RE 1;10,00;EUR;DE89370400440532013000",
    ),
    "DE89370400440532013000", None, None, [1_000],
)  # fmt: skip

LAYOUTS = {
    "a preamble with the account and a balance": DKB,
    "a long preamble in Windows' letters, newest first": ING_DE,
    "tabs and no header": ABN,
    "UTF-16 with tabs": BCP,
    "texts over two lines, a delimiter at the end of rows": CREDIT_AGRICOLE,
    "a footer of another width, balances at the ends of days": POSTFINANCE,
    "currency signs and named months": NATIONWIDE,
    "line ends of old Macs, blanks in the header": NATWEST,
    "one delimiter too many in each row": CHASE,
    "labels filled up with blanks": LA_BANQUE_POSTALE,
    "a line for Excel before the header": SPREADSHEET,
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_the_layout_is_read(layout: Layout) -> None:
    (head,), (foot,) = heads_of(CSV, layout.content), feet_of(CSV, layout.content)
    assert CSV.recognises(layout.content[:4096], "export.csv")
    assert (head.account.identifier, head.opening, foot.closing) == (layout.account, layout.opening, layout.closing)
    assert [entry.amount for entry in entries_of(CSV, layout.content)] == layout.amounts
    assert warnings_of(CSV, layout.content) == []
