"""Commands about cash: reconcile."""

from typing import Annotated, Any

import typer

from commands.data import AsJson, day
from commands.output import finish
from commands.system import System
from payments.reconciliation import reconcile
from receivables.store import companies, company_by_code
from runtime.work import Work


def register(cli: Any) -> None:
    cli.command("reconcile")(apply_cash)


def apply_cash(
    system: System,
    on: Annotated[str | None, typer.Option(help="Business date, YYYY-MM-DD.")] = None,
    company: Annotated[str | None, typer.Option(help="Code of one company; all of them otherwise.")] = None,
    as_json: AsJson = False,
) -> None:
    """Applies unmatched cash: posts what is certain, suggests the rest."""

    def do(work: Work) -> dict[str, int]:
        chosen = [company_by_code(work.session, company)] if company else companies(work.session)
        found = [reconcile(work, each.id) for each in chosen]
        return {name: sum(getattr(each, name) for each in found) for name in ("posted", "suggested", "unmatched")}

    counts = system.house.write(do, on=day(on))
    sentence = "{posted} posted, {suggested} with suggestions, {unmatched} without.".format(**counts)
    finish(counts, as_json=as_json, sentence=sentence)
