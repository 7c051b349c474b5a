"""Commands for people and keys: user add, apikey create and revoke, company and bank-account add."""

from typing import Annotated, Any

import typer

from commands.data import AsJson
from commands.output import finish
from commands.system import System
from core.errors import Invalid
from payments.bank_accounts import add_account
from receivables.companies import FIELDS, add_company, change_company
from receivables.letter_accounts import set_by_owner
from receivables.store import company_by_code
from runtime import access
from runtime.work import Role, Work


def register(cli: Any) -> None:
    user = cli.group("user", "People who work here.")
    cli.command("add", group=user)(user_add)
    key = cli.group("apikey", "Keys for programs.")
    cli.command("create", group=key)(apikey_create)
    cli.command("revoke", group=key)(apikey_revoke)
    company = cli.group("company", "Legal entities that invoice.")
    cli.command("add", group=company)(company_add)
    cli.command("set", group=company)(company_set)
    account = cli.group("bank-account", "Our accounts at banks.")
    cli.command("add", group=account)(bank_account_add)


def user_add(
    system: System,
    email: Annotated[str, typer.Argument()],
    role: Annotated[Role, typer.Option()],
    name: Annotated[str, typer.Option()] = "",
    as_json: AsJson = False,
) -> None:
    """Adds a person; the password is printed once."""
    password = system.house.write(lambda work: access.add_user(work, email, role, name=name))
    sentence = f"{email} may sign in with the password {password} (shown once)."
    finish({"email": email, "password": password}, as_json=as_json, sentence=sentence)


def apikey_create(
    system: System,
    name: Annotated[str, typer.Option()],
    role: Annotated[Role, typer.Option()],
    as_json: AsJson = False,
) -> None:
    """Makes a key for a program; it is printed once."""
    key = system.house.write(lambda work: access.add_api_key(work, name, role))
    finish({"key": key}, as_json=as_json, sentence=f"Key (shown once): {key}")


def apikey_revoke(system: System, name: Annotated[str, typer.Argument()]) -> None:
    """Ends a program's key, at once."""
    system.house.write(lambda work: access.revoke_api_key(work, name))
    finish({"revoked": name}, as_json=False, sentence=f"The key “{name}” is refused from now on.")


def company_add(
    system: System,
    code: Annotated[str, typer.Argument(help="Short code, as used by --company.")],
    name: Annotated[str, typer.Option()],
    country: Annotated[str, typer.Option(help="ISO 3166, two letters.")],
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "EUR",
    language: Annotated[str, typer.Option(help="Language of letters when the customer has none.")] = "en",
    email: Annotated[str, typer.Option(help="Sender of reminders.")] = "",
    iban: Annotated[str, typer.Option(help="Account on letters.")] = "",
    time_zone: Annotated[str, typer.Option(help="IANA zone.")] = "UTC",
    as_json: AsJson = False,
) -> None:
    """Adds a legal entity."""
    system.house.write(
        lambda work: add_company(
            work, code, name=name, country=country, currency=currency, language=language, email=email, iban=iban,
            time_zone=time_zone,
        )
    )  # fmt: skip
    finish({"company": code}, as_json=as_json, sentence=f"Company {code} was added.")


def company_set(
    system: System,
    code: Annotated[str, typer.Argument(help="Code of the company.")],
    fields: Annotated[
        list[str], typer.Argument(help="name=…, legal_name=, street=, postal_code=, city=, country=, language=, …")
    ],
    as_json: AsJson = False,
) -> None:
    """Changes what is known of a company, as `company set NW city=Barcelona phone=+34… iban=ES91…`."""
    given = dict(_said(each) for each in fields)
    account = {name: given.pop(name) for name in ("iban", "bic") if name in given}

    def do(work: Work) -> None:
        found = company_by_code(work.session, code)
        change_company(work, found, given)
        if account:
            set_by_owner(work, found, account.get("iban", found.iban), account.get("bic", ""))

    system.house.write(do)
    finish({"company": code}, as_json=as_json, sentence=f"Company {code} was changed.")


def _said(text: str) -> tuple[str, str]:
    """`name=value`; a name that no company has is refused."""
    name, equals, value = text.partition("=")
    if not equals or name not in (*FIELDS, "iban", "bic"):
        raise Invalid.because(text, f"“{text}” is not one of: {', '.join(FIELDS)}, iban, bic, each as name=value.")
    return name, value


def bank_account_add(
    system: System,
    identifier: Annotated[str, typer.Argument(help="IBAN or the bank's own number.")],
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "EUR",
    company: Annotated[str | None, typer.Option(help="Code of its company.")] = None,
    name: Annotated[str, typer.Option()] = "",
    as_json: AsJson = False,
) -> None:
    """Tells the system about an account of ours."""
    account = system.house.write(lambda work: add_account(work, company, identifier, currency, name))
    sentence = f"Account {account.identifier} ({account.currency}) was added."
    finish({"account": account.identifier}, as_json=as_json, sentence=sentence)
