"""Commands about customers that are in the book twice: customer duplicates, merge and unmerge."""

from typing import Annotated, Any

import typer

from commands.data import AsJson
from commands.output import console, finish
from commands.system import System
from merging import service, store
from receivables.store import customer_as_kept
from runtime.work import Work


def register(cli: Any) -> None:
    group = cli.group("customer", "Customers that are in the book twice.")
    cli.command("duplicates", group=group)(duplicates)
    cli.command("merge", group=group)(merge)
    cli.command("unmerge", group=group)(unmerge)


Reason = Annotated[str, typer.Option(help="Stands in the history of both.")]


def duplicates(system: System, as_json: AsJson = False) -> None:
    """Lists customers that may be one party, and what they share."""

    def look(work: Work) -> list[dict[str, Any]]:
        pairs = store.suggestions(work.session)
        named = store.customers(work.session, list({key for each in pairs for key in (each.first, each.second)}))
        return [
            {
                "first": named[each.first].external_id,
                "second": named[each.second].external_id,
                "reasons": list(each.reasons),
            }
            for each in pairs
        ]

    found = system.house.read(look)
    if not as_json:
        for each in found:
            console.print(f"{each['first']} · {each['second']}: {', '.join(each['reasons'])}", markup=False)
    finish({"duplicates": found}, as_json=as_json, sentence=f"{len(found)} pairs that may be one party.")


def merge(
    system: System,
    survivor: Annotated[str, typer.Argument(help="Number of the customer that remains.")],
    merged: Annotated[str, typer.Argument(help="Number of the one that becomes a part of it.")],
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Merges a customer into another; it can be taken apart again."""

    def do(work: Work) -> int:
        kept, gone = (customer_as_kept(work.session, each) for each in (survivor, merged))
        return service.merge(work, kept, gone, reason).number

    number = system.house.write(do)
    sentence = f"{merged} is a part of {survivor} now (merge {number})."
    finish({"merge": number, "survivor": survivor, "merged": merged}, as_json=as_json, sentence=sentence)


def unmerge(
    system: System,
    number: Annotated[int, typer.Argument(help="Number of the merge.")],
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Takes two customers apart again: exactly what was moved goes back."""
    system.house.write(lambda work: service.take_apart(work, store.merge_by_number(work.session, number), reason))
    finish({"merge": number, "undone": True}, as_json=as_json, sentence="They are two customers again.")
