"""Tables of banks in many countries, as they lay them out (`tables/`). Written by us, with invented names."""

from pathlib import Path
from typing import NamedTuple

import pytest

from payments.readers.bank_csv import CSV
from tests.readers.damage import entries_of, feet_of, heads_of

FOLDER = Path(__file__).parent / "tables"


class Said(NamedTuple):
    """What a table says: its currency, the amounts in booking order, the closing balance, the first counterparty and
    some words of the first text."""

    currency: str | None
    amounts: list[int]
    closing: int | None = None
    who: str | None = None
    what: str = ""


TABLES = {
    "hsbc-uk": Said(None, [-5000, 125000], what="RENT"),
    "hsbcnet": Said("GBP", [5000], closing=15000, what="INV 7 PAID"),
    "co-operative-bank": Said("GBP", [5000], closing=15000, what="ACME LTD"),
    "revolut-business": Said("EUR", [-10100, 5000], closing=14900, who="To Rent GmbH", what="March"),
    "bank-of-america": Said("USD", [25000, -5000], closing=120000, what="INV 7"),
    "chase": Said("USD", [-5000, 25000], closing=125000, what="CHECK 17"),
    "chase-card": Said("USD", [-1250], what="SHOP"),
    "wells-fargo": Said(None, [10000, -4510], what="INV 7"),
    "mercury": Said("USD", [25000, -500], who="Acme Inc", what="INV 7"),
    "u-s-bank": Said("USD", [25000], who="ACME", what="INV 7"),
    "pnc": Said("USD", [25000], closing=125000, what="INV 7"),
    "td-bank": Said("USD", [25000], closing=125000, what="ACME"),
    "td-canada": Said(None, [25000, -5000], closing=95000, what="INV 7"),
    "postbank": Said("EUR", [125000], closing=150000, who="Käfer GmbH", what="RE 7"),
    "erste": Said("EUR", [125000], who="Huber KG", what="RE 7"),
    "bawag": Said("EUR", [125000], what="RE 7"),
    "postfinance": Said("CHF", [-5000, 125000], what="MIETE"),
    "zkb": Said("CHF", [125000], closing=225000, what="Gutschrift QR"),
    "raiffeisen": Said("CHF", [125000], closing=225000, what="Rechnung 7"),
    "sabadell": Said("EUR", [125000], closing=225000, what="FRA 7"),
    "kutxabank": Said("EUR", [125000], closing=225000, what="FRA 7"),
    "ibercaja": Said("EUR", [125000], closing=225000, what="FRA 7"),
    "abanca": Said("EUR", [125000], closing=225000, what="FRA 7"),
    "caixabank": Said("EUR", [125000], closing=225000, what="FRA 7"),
    "banco-bpi": Said("EUR", [125000], closing=225000, what="FAT 7"),
    "bnp-paribas": Said("EUR", [125000], what="FACTURE 7"),
    "bnp-paribas-by-category": Said("EUR", [-125000], what="FACTURE 7"),
    "cic": Said("EUR", [125000], closing=225000, what="FACTURE 7"),
    "societe-generale": Said("EUR", [125000], what="FACTURE 7"),
    "caisse-d-epargne": Said("EUR", [-5000, 125000], closing=225000, what="PRLV"),
    "banque-populaire": Said("EUR", [125000], what="FACTURE 7"),
    "bancoposta": Said("EUR", [-5000, 125000], what="COMM"),
    "triodos": Said("EUR", [125000, -5000], closing=220000, who="Jansen BV", what="Factuur 7"),
    "asn-sns-regiobank": Said("EUR", [125000], who="jansen bv", what="Factuur 7"),
    "knab": Said("EUR", [125000], who="Jansen BV", what="Factuur 7"),
    "argenta": Said("EUR", [125000], who="Peeters", what="010/8068/17183"),
    "bank-millennium": Said("PLN", [125000], closing=225000, who="ACME SP Z OO", what="FV 7"),
    "pekao": Said("PLN", [125000], who="ACME", what="FV 7"),
    "mbank": Said("PLN", [125000], closing=225000, who="ACME", what="FV 7"),
    "fio": Said("CZK", [125000], who="Novák", what="2026007"),
    "nordea-finland": Said("EUR", [125000], who="Acme Oy", what="Lasku 7"),
    "nordea-denmark": Said("DKK", [125000], closing=225000, who="Acme ApS", what="Faktura 7"),
    "nordea-norway": Said("NOK", [-125000], who="Acme AS", what="Faktura 7"),
    "op": Said("EUR", [125000], who="ACME OY", what="Lasku 7"),
    "handelsbanken": Said("SEK", [125000], closing=225000, what="BG 7"),
    "danske-bank": Said(None, [125000], closing=225000, what="Faktura 7"),
    "sparebank-1": Said("NOK", [-5000, 125000], what="Gebyr"),
    "swedbank-estonia": Said("EUR", [125000, -5000], who="Acme OÜ", what="Arve 7"),
    "lhv": Said("EUR", [125000, -5000], who="Acme OÜ", what="Arve 7"),
    "commbank": Said(None, [-5000, 125000], closing=225000, what="FEE"),
    "westpac": Said("AUD", [125000], closing=225000, what="INV 7"),
    "anz-new-zealand": Said("NZD", [125000], who="Acme", what="INV7"),
    "asb": Said("NZD", [125000], who="ACME", what="INV 7"),
    "dbs": Said("SGD", [125000], what="INV 7"),
    "hdfc": Said("INR", [125000], closing=225000, what="INV 7"),
    "nubank": Said("BRL", [125000], what="ACME"),
    "paypal-in-german": Said("EUR", [9716], closing=19716, who="Acme Ltd", what="RE 7"),
}


def test_every_table_of_the_folder_has_its_expectation() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(TABLES)


@pytest.mark.parametrize("bank", sorted(TABLES))
def test_the_banks_table_is_read(bank: str) -> None:
    said, data = TABLES[bank], (FOLDER / f"{bank}.csv").read_bytes()
    entries = entries_of(CSV, data)
    assert CSV.recognises(data[:4096], "x.csv")
    assert [entry.amount for entry in entries] == said.amounts
    assert heads_of(CSV, data)[0].currency == said.currency
    assert feet_of(CSV, data)[0].closing == said.closing
    assert said.who in (None, entries[0].counterparty)
    assert said.what in entries[0].remittance
