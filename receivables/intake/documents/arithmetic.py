"""Whether an invoice adds up. Pure.

The rule that decides is EN 16931 BR-CO-16: payable = gross − prepaid + rounding. When it fails, the invoice is held and
the error names the difference. The other sums (BR-CO-10, 13 and 15, and the instalments) warn only: a receivable stands
or falls with what is payable.
"""

from collections.abc import Sequence

from receivables.intake.documents.model import Instalment, Line, RemittanceLine, Totals
from receivables.intake.documents.values import Figures


def gross_of(totals: Totals) -> int | None:
    """The amount with tax: as stated, else net and tax where both are (UBL 2.0 had no gross)."""
    if totals.tax_inclusive is not None:
        return totals.tax_inclusive
    if totals.tax_exclusive is None or totals.tax is None:
        return None
    return totals.tax_exclusive + totals.tax


def payable_ties(totals: Totals, figures: Figures, where: str) -> bool | None:
    """Whether the payable amount follows from the others; None, with a warning, when they are not given."""
    gross = gross_of(totals)
    if gross is None:
        figures.warn(where, "The payable amount cannot be checked: the file gives no amount with tax.")
        return None
    steps = [
        ("added after tax", totals.after_tax or 0),
        ("withheld", -(totals.withheld or 0)),
        ("prepaid", -(totals.prepaid or 0)),
        ("rounding", totals.rounding or 0),
    ]
    expected = gross + sum(step for _, step in steps)
    if expected == totals.payable:
        return True
    figures.hold(where, _difference(totals.payable, gross, steps, expected, figures))
    return False


def _difference(payable: int, gross: int, steps: list[tuple[str, int]], expected: int, figures: Figures) -> str:
    parts = [f" {'−' if step < 0 else '+'} {name} {figures.say(abs(step))}" for name, step in steps if step]
    return (
        f"The payable amount is {figures.say(payable)}, but gross {figures.say(gross)}{''.join(parts)} is "
        f"{figures.say(expected)}: a difference of {figures.say(payable - expected)}."
    )


def warn_of_sums(totals: Totals, lines: Sequence[Line], figures: Figures, where: str) -> None:
    """A warning for each total that is not the sum it should be; nothing where a figure is missing."""
    net = gross = None
    if totals.line_total is not None:
        net = totals.line_total - (totals.allowances or 0) + (totals.charges or 0)
    if totals.tax_exclusive is not None and totals.tax is not None:
        gross = totals.tax_exclusive + totals.tax
    for stated, sum_, words in (
        (totals.line_total, _sum_of(lines), "the lines"),
        (totals.tax_exclusive, net, "the lines less allowances plus charges"),
        (totals.tax_inclusive, gross, "net amount and tax"),
    ):
        if stated is not None and sum_ is not None and stated != sum_:
            figures.warn(where, f"The file says {figures.say(stated)} where {words} make {figures.say(sum_)}.")


def _sum_of(lines: Sequence[Line]) -> int | None:
    counted = [line.net for line in lines if line.counts]
    amounts = [net for net in counted if net is not None]
    return sum(amounts) if amounts and len(amounts) == len(counted) else None


def warn_of_instalments(instalments: Sequence[Instalment], payable: int, figures: Figures, where: str) -> None:
    amounts = [each.amount for each in instalments if each.amount is not None]
    if amounts and len(amounts) == len(instalments) and sum(amounts) != payable:
        message = f"The instalments make {figures.say(sum(amounts))}, but {figures.say(payable)} is payable."
        figures.warn(where, message)


def remittance_ties(amount: int, lines: Sequence[RemittanceLine], figures: Figures, where: str) -> bool | None:
    """Whether the lines make the payment; None when there is none or one has no amount."""
    amounts = [line.amount for line in lines if line.amount is not None]
    if not lines or len(amounts) < len(lines):
        return None
    if sum(amounts) == amount:
        return True
    figures.hold(where, f"The lines make {figures.say(sum(amounts))}, but {figures.say(amount)} is paid.")
    return False
