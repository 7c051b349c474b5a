"""Random working days in which customers are merged and taken apart at any moment: the books balance after every step,
what is owed in all never changes by it, and whose everything is agrees with the simple model."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import func, select

from core.errors import CollectionsError
from merging import service
from merging import store as merging
from merging.service import CannotMerge
from merging.tables import CustomerMerge
from payments import service as cash
from payments import store as payments
from payments.tables import Payment
from payments.unapplied import use_on_oldest
from receivables import store
from receivables.tables import OpenItem
from runtime.work import Work
from tests.builders import a_customer, an_invoice, money_in
from tests.property.book_model import Cash, Item
from tests.property.form import play
from tests.property.test_money_machine import A_CUSTOMER, CUSTOMERS, MoneyMachine


@dataclass
class Merged:
    """One merge of the model: what went over with it."""

    number: int
    survivor: str
    customer: str
    items: list[Item]
    cash: list[Cash]
    names: list[str] = field(default_factory=list)


class MergingMachine(MoneyMachine):
    """Everything that is done to money, and customers that turn out to be one, or two after all."""

    def __init__(self) -> None:
        super().__init__()
        self._standing: list[Merged] = []
        self._means: dict[str, str] = {}
        self._merges = 0

    def _owner(self, customer: str) -> str:
        return self._means.get(customer, customer)

    @rule(survivor=A_CUSTOMER, other=A_CUSTOMER)
    def merge(self, survivor: str, other: str) -> None:
        before = self._totals()

        def do(work: Work) -> None:
            pair = [store.customer_as_kept(work.session, each) for each in (survivor, other)]
            service.merge(work, *pair, "one party")

        if survivor == other or {survivor, other} & self._means.keys():
            with pytest.raises(CannotMerge):
                self._do(do)
            return
        self._do(do)
        self._merges += 1
        items = [each for each in self._book.items if each.customer == other]
        cash = [each for each in self._book.cash if each.customer == other]
        names = [each for each, meant in self._means.items() if meant == other]
        self._standing.append(Merged(self._merges, survivor, other, items, cash, names))
        self._give(items, cash, survivor)
        self._means |= dict.fromkeys([other, *names], survivor)
        assert self._totals() == before

    @precondition(lambda self: self._standing)
    @rule(data=st.data())
    def take_apart(self, data: st.DataObject) -> None:
        made = data.draw(st.sampled_from(self._standing))
        before = self._totals()

        def do(work: Work) -> None:
            service.take_apart(work, merging.merge_by_number(work.session, made.number), "two after all")

        if made.survivor in self._means or self._grew_together(made):
            with pytest.raises(CannotMerge):
                self._do(do)
            return
        self._do(do)
        self._standing.remove(made)
        self._give(made.items, made.cash, made.customer)
        del self._means[made.customer]
        self._means |= dict.fromkeys(made.names, made.customer)
        assert self._totals() == before

    def _grew_together(self, made: Merged) -> bool:
        """Whether money or credit of one stands against an invoice of the other."""
        standing = [each for each in self._book.taken if each.is_standing]
        return any(
            (each.cash is not None and (each.item in made.items) != (each.cash in made.cash))
            or (each.credit is not None and (each.item in made.items) != (each.credit in made.items))
            for each in standing
        )

    def _give(self, items: list[Item], cash: list[Cash], owner: str) -> None:
        for item in items:
            item.customer = owner
        for money in cash:
            money.customer = owner

    def _totals(self) -> tuple[list[tuple[str, str, int]], list[tuple[str, int]]]:
        """What is open and what is left of payments, by currency, whoever's it is."""

        def look(work: Work) -> tuple[list[tuple[str, str, int]], list[tuple[str, int]]]:
            items = select(OpenItem.currency, OpenItem.kind, func.sum(OpenItem.open))
            cash = select(Payment.currency, func.sum(Payment.unapplied)).where(Payment.reversed_at.is_(None))
            owed = work.session.execute(items.group_by(OpenItem.currency, OpenItem.kind)).all()
            left = work.session.execute(cash.group_by(Payment.currency)).all()
            return sorted((a, b, int(c)) for a, b, c in owed), sorted((a, int(b)) for a, b in left)

        return self._system.house.read(look)


class Season:
    """Weeks in which every third deed merges two customers or takes two apart; what the rules forbid is refused."""

    def __init__(self, machine: MergingMachine, seed: int) -> None:
        self._do, self._machine, self._dice, self._count = machine._do, machine, Random(seed), 0
        self.refused, self.done = Counter[str](), Counter[str]()

    def play(self, steps: int) -> None:
        deeds = (
            self._invoice,
            self._credit,
            self._receive,
            self._pay,
            self._undo,
            self._merge,
            self._merge,
            self._apart,
        )
        for _ in range(steps):
            deed = self._dice.choice(deeds)
            before = self._machine._totals()
            try:
                self._do(deed)
                self.done[deed.__name__] += 1
            except CollectionsError:
                self.refused[deed.__name__] += 1
            if deed in (self._merge, self._apart):
                assert self._machine._totals() == before
            self._machine.every_invariant_holds()

    def _customer(self) -> str:
        return self._dice.choice(CUSTOMERS)

    def _number(self) -> str:
        self._count += 1
        return f"S-{self._count}"

    def _invoice(self, work: Work) -> None:
        an_invoice(work, self._number(), self._customer(), f"{self._dice.randint(1, 90)}.00")

    def _credit(self, work: Work) -> None:
        an_invoice(work, self._number(), self._customer(), f"{self._dice.randint(1, 9)}.00", type="credit_note")

    def _receive(self, work: Work) -> None:
        entry = money_in(work, f"{self._dice.randint(1, 90)}.00", entry_ref=self._number())
        keeper = store.customer_by_external_id(work.session, self._customer())
        cash.apply_entry(work, entry, [], keep_for=keeper.id)

    def _pay(self, work: Work) -> None:
        left = select(Payment).where(Payment.unapplied > 0, Payment.reversed_at.is_(None)).order_by(Payment.id)
        rows = work.session.scalars(left).all()
        if rows:
            use_on_oldest(work, self._dice.choice(rows))

    def _undo(self, work: Work) -> None:
        if standing := payments.standing_allocations(work.session):
            cash.undo_allocation(work, self._dice.choice(standing))

    def _merge(self, work: Work) -> None:
        pair = [store.customer_as_kept(work.session, self._customer()) for _ in range(2)]
        service.merge(work, *pair, "one party")

    def _apart(self, work: Work) -> None:
        query = select(CustomerMerge).where(CustomerMerge.undone_at.is_(None)).order_by(CustomerMerge.number)
        if standing := work.session.scalars(query).all():
            service.take_apart(work, self._dice.choice(standing), "two after all")


@pytest.mark.parametrize("seed", range(3))
def test_a_season_full_of_merges_keeps_the_books_and_what_is_owed_in_all(sqlite_template: Path, seed: int) -> None:
    class Machine(MergingMachine):
        template = sqlite_template

    machine = Machine()
    try:
        machine._do(lambda work: [a_customer(work, each) for each in CUSTOMERS])
        season = Season(machine, seed)
        season.play(80)
        assert season.done["_merge"] >= 3
        assert season.done["_apart"] >= 2
        assert season.refused["_merge"]
    finally:
        machine.teardown()


def test_merging_and_taking_apart_at_any_moment_keeps_the_books(sqlite_template: Path) -> None:
    class Machine(MergingMachine):
        template = sqlite_template

    play(Machine, examples=10, steps=30)
