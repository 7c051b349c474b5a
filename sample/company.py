"""The seller of the sample: one small trading house in Barcelona with a euro and a sterling account.

Both account numbers are the documentation examples every IBAN page prints; nothing here can receive money.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BankAccount:
    """One of our accounts. `opening` is its balance before the first sample statement, in minor units."""

    iban: str
    bic: str
    bank: str
    name: str
    currency: str
    opening: int


@dataclass(frozen=True, slots=True)
class Company:
    """The legal entity that invoices; its first account is the one letters ask to pay to."""

    code: str
    name: str
    legal_name: str
    street: str
    postal_code: str
    city: str
    country: str
    currency: str
    language: str
    time_zone: str
    vat_id: str
    email: str
    phone: str
    signatory: str
    accounts: tuple[BankAccount, ...]

    def account(self, currency: str) -> BankAccount:
        """The account that takes this currency; `KeyError` when there is none."""
        return {account.currency: account for account in self.accounts}[currency]


COMPANY = Company(
    code="nordwind",
    name="Nordwind Trading",
    legal_name="Nordwind Trading SL",
    street="Carrer de la Marina 12",
    postal_code="08005",
    city="Barcelona",
    country="ES",
    currency="EUR",
    language="es",
    time_zone="Europe/Madrid",
    vat_id="ESB65432106",
    email="cobros@nordwind.example",
    phone="+34 932 000 118",
    signatory="Marta García",
    accounts=(
        BankAccount("ES9121000418450200051332", "LITOESBBXXX", "Banco Litoral", "Cobros EUR", "EUR", 18_422_037),
        BankAccount("GB29NWBK60161331926819", "HARBGB2LXXX", "Harbour Bank", "Collections GBP", "GBP", 2_614_090),
    ),
)
