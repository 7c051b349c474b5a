"""The counts of an MT942: :90D: and :90C: against the lines read."""

from dataclasses import dataclass, field

from core.problems import Problem
from payments.readers.mt940_fields import Field, refuse
from payments.readers.mt940_lines import Total, read_total

_NAMES = {"C": "credit", "D": "debit"}


@dataclass
class Tally:
    """What was read and what the bank says there is, per side: "C" money in, "D" money out."""

    counts: dict[str, int] = field(default_factory=lambda: {"C": 0, "D": 0})
    sums: dict[str, int] = field(default_factory=lambda: {"C": 0, "D": 0})
    totals: dict[str, tuple[Field, Total]] = field(default_factory=dict)
    report: tuple[str, str] = ("", "")
    carried: dict[str, int] = field(default_factory=dict)

    def begin(self, account: str, number: str, page_before: "Tally | None") -> None:
        """The pages of one report, which share account and number (`44/1`, `44/2`), may state their totals on the
        last one for all of them: carries the lines of the pages before."""
        self.report = (account, number.partition("/")[0])
        if page_before and page_before.report == self.report and not page_before.totals:
            self.carried = {side: page_before.carried.get(side, 0) + n for side, n in page_before.counts.items()}

    def add(self, amount: int) -> None:
        side = "C" if amount > 0 else "D"
        self.counts[side] += 1
        self.sums[side] += abs(amount)

    def state(self, stated: Field) -> None:
        """Takes a :90C: or :90D: field."""
        side = stated.tag[2]
        if side in self.totals:
            refuse(stated.line, f"A second :{stated.tag}: in one message.", stated.tag)
        self.totals[side] = (stated, read_total(stated))

    def all_stated(self) -> bool:
        """True when every side that has lines has its total: nothing can be missing between them."""
        return bool(self.totals) and all(side in self.totals for side, count in self.counts.items() if count)

    def check(self, floors: dict[str, int]) -> list[Problem]:
        """Refuses when lines are missing or too many; a sum that differs is a warning, for banks state it loosely.

        Entries below a floor limit are in the totals without a line of their own, so more are then allowed.
        """
        problems = []
        for side, (stated, total) in self.totals.items():
            count = self.counts[side]
            below_floor = bool(floors.get(side)) and total.entries > count
            if total.entries not in (count, count + self.carried.get(side, 0)) and not below_floor:
                said = f"{total.entries} {_NAMES[side]} entries are announced but {count} are there:"
                refuse(stated.line, f"{said} lines are missing or too many.", stated.tag)
            if total.entries == count and total.amount != self.sums[side]:
                message = f"The {_NAMES[side]} entries do not add up to the sum the bank states for them."
                problems.append(Problem(f"line {stated.line}", message, "warning", f":{stated.tag}:"))
        return problems
