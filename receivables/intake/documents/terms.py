"""Payment terms: due days, instalments and early-payment discounts. Pure.

Source of the `#SKONTO#` notation: XRechnung, BR-DE-18 (BT-20), as kept by KoSIT.
"""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from receivables.intake.documents.model import Discount, Instalment
from receivables.intake.documents.values import Figures

_SKONTO = re.compile(r"#SKONTO#TAGE=(\d{1,3})#PROZENT=(\d{1,3}\.\d\d)(?:#BASISBETRAG=(-?\d{1,15}\.\d\d))?#", re.ASCII)


def written_discounts(terms: str | None, figures: Figures, where: str) -> list[Discount]:
    """The discounts written into a text as `#SKONTO#TAGE=14#PROZENT=2.25#`, in order."""
    return [
        Discount(
            percent=Decimal(percent),
            days=int(days),
            basis=figures.minor(basis, where, "BASISBETRAG") if basis else None,
        )
        for days, percent, basis in _SKONTO.findall(terms or "")
    ]


def due_day(stated: date | None, instalments: Sequence[Instalment]) -> date | None:
    """The day by which all of it is due: as stated, else the last instalment's."""
    return stated or max((each.due_on for each in instalments), default=None)


def several(instalments: Sequence[Instalment]) -> tuple[Instalment, ...]:
    """The instalments by day, each once; none when all of it is due on one day."""
    kept = sorted(dict.fromkeys(instalments), key=lambda each: each.due_on)
    return tuple(kept) if len({each.due_on for each in kept}) > 1 else ()
