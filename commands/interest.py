"""The command `interest`: the itemised sheet of a late debt, with or without a database."""

from datetime import date
from typing import Annotated, Any

import typer

from commands.data import AsJson, day
from commands.output import console, finish, table
from commands.system import System
from dunning.rates import regimes_in_force
from dunning.regimes import Regimes, name_of
from dunning.sheets import Question, answer


def register(cli: Any) -> None:
    cli.command("interest")(interest)


def interest(
    system: System,
    country: Annotated[str, typer.Option(help="Whose law, ISO 3166; EU for the directive's floor.")],
    debtor: Annotated[str, typer.Option(help="business, consumer or public")],
    principal: Annotated[str, typer.Option(help="What is late, VAT included.")],
    currency: Annotated[str, typer.Option(help="ISO 4217.")],
    due_on: Annotated[str, typer.Option(help="Last day to pay, YYYY-MM-DD.")],
    until: Annotated[str, typer.Option(help="Day the money is on our account, counted.")],
    contract_on: Annotated[str | None, typer.Option(help="Day of the contract; the due date if not given.")] = None,
    payments: Annotated[str, typer.Option(help="DATE:AMOUNT,… paid since.")] = "",
    rate: Annotated[str, typer.Option(help="The contract's own yearly rate in percent.")] = "",
    as_json: AsJson = False,
) -> None:
    """Late-payment interest and the fixed sum, slice by slice, with the law and the rates it rests on."""
    question = Question(
        country, debtor, principal, currency, _needed(due_on), _needed(until), day(contract_on), payments, rate
    )
    sheet = answer(_regimes(system), question)
    if not as_json:
        _show(sheet)
    compensation = f"{sheet['compensation']} {sheet['compensation_currency']}"
    sentence = f"Interest {sheet['interest']} {sheet['currency']}, fixed sum {compensation} ({sheet['regime']})."
    finish(sheet, as_json=as_json, sentence=sentence)


def _needed(text: str) -> date:
    found = day(text)
    assert found is not None, "only an option left out has no day"
    return found


def _regimes(system: System) -> Regimes:
    """The tables of the database; on a machine that has none yet, the shipped ones."""
    if system.is_migrated():
        return system.house.read(lambda work: regimes_in_force(work.session))
    return Regimes.of({name_of(body): (0, body) for body in system.interest_tables})


def _show(sheet: dict[str, Any]) -> None:
    columns = ("from", "to", "days", "principal", "rate %", "amount")
    console.print(table("Late-payment interest", columns, (each.values() for each in sheet["slices"])))
    for source in sheet["sources"]:
        console.print(f"  {source}", highlight=False, markup=False)
