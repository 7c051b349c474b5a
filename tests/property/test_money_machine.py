"""Thousands of random working days in the books: after every step the invariants hold and a simple model agrees.

The short form is part of `make test`; `DUECOURSE_LONG=1` runs the full one (10,000 examples of up to 100 steps).
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

import main
from core.errors import CollectionsError
from core.money import Money, decimal_text
from credit import service as credit
from credit import store as credit_store
from payments import service as cash
from payments import store as payments
from payments.giving_back import Part, give_back
from payments.readers.model import Entry
from payments.reconciliation import accept_suggestion, reconcile
from payments.statements import release_statement
from payments.tables import Allocation, BankEntry, Statement
from payments.unapplied import use_unapplied
from receivables import service as receivables
from receivables import store
from receivables.intake.invoice_rows import ReadInvoice, gather_instalments
from receivables.tables import Customer, Invoice, OpenItem
from reports.invariants import violations
from runtime.clock import SetClock
from runtime.schema import AnyRow
from runtime.work import Work
from tests.builders import TODAY, a_company, a_customer, a_statement, an_invoice_row
from tests.conftest import NOON, settings_for
from tests.property.book_model import Book, Item, Line, Placing, Taken
from tests.property.form import play

T = TypeVar("T")

CUSTOMERS = ("ACME", "BOREALIS", "CYGNUS")
AMOUNTS = st.one_of(st.sampled_from([1000, 2500, 9999, 10_000]), st.integers(1, 30_000))
A_CUSTOMER, A_CURRENCY = st.sampled_from(CUSTOMERS), st.sampled_from(("EUR", "USD", "JPY", "TND"))
FEW_CURRENCIES = st.lists(A_CURRENCY, min_size=1, max_size=2, unique=True)
"""In one game, so that invoices and money meet."""
KINDS = st.sampled_from(("payment", "payment", "payment", "discount", "fee", "write_off"))


class MoneyMachine(RuleBasedStateMachine):
    """Everything people, ERPs and banks do to money here, in any order."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self._folder = Path(tempfile.mkdtemp(dir=self.template.parent))
        shutil.copy(self.template, self._folder / "duecourse.db")
        self._clock = SetClock(NOON)
        url = f"sqlite:///{self._folder / 'duecourse.db'}"
        self._system = main.build(settings_for(url, self._folder), clock=self._clock)
        self._book = Book()
        self._pushed: dict[str, int] = {}
        self._entries: dict[UUID, Entry] = {}
        self._names: dict[UUID, str] = {}
        self._count = 0

    def teardown(self) -> None:
        self._system.house.database.close()
        shutil.rmtree(self._folder)

    # ── how things are done ─────────────────────────────────────────────────────────────────────

    def _do(self, deed: Callable[[Work], T]) -> T:
        self._clock.at += timedelta(minutes=1)
        return self._system.house.write(deed)

    def _try(self, deed: Callable[[Work], object], *, may: bool) -> bool:
        """Does what the model allows; what it does not allow must be refused in words."""
        if may:
            self._do(deed)
            return True
        with pytest.raises(CollectionsError):
            self._do(deed)
        return False

    def _currency(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(self._currencies))

    def _pick(self, data: st.DataObject, fitting: list[T], anything: list[T]) -> T:
        """Mostly what makes sense, now and then anything at all."""
        is_sensible = data.draw(st.integers(0, 5)) > 0
        return data.draw(st.sampled_from(fitting if fitting and is_sensible else anything))

    def _number(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}-{1000 + self._count}"

    @initialize(limit=st.none() | st.integers(0, 20_000), currencies=FEW_CURRENCIES)
    def open_the_books(self, limit: int | None, currencies: list[str]) -> None:
        self._currencies = currencies

        def do(work: Work) -> dict[UUID, str]:
            a_company(work)
            for name in CUSTOMERS:
                a_customer(work, name)
            customers = work.session.query(Customer).all()
            if limit is not None:
                credit.set_limit(work, customers[0], Money(limit, "EUR"))
            return {customer.id: customer.external_id for customer in customers}

        self._names = self._do(do)
        if limit is not None:
            self._book.limits[next(iter(self._names.values())), "EUR"] = limit

    # ── receivables ─────────────────────────────────────────────────────────────────────────────

    @rule(
        data=st.data(), customer=A_CUSTOMER, parts=st.lists(AMOUNTS, min_size=1, max_size=3),
        paid=st.one_of(st.just(0), st.integers(0, 2000)), awaited=st.booleans(),
    )  # fmt: skip
    def send_an_invoice(self, data: st.DataObject, customer: str, parts: list[int], paid: int, awaited: bool) -> None:
        currency = self._currency(data)
        named = [each.related for each in self._book.items if each.related and not self._book.invoice(each.related)]
        number = named[0] if awaited and named else self._number("F")
        left = paid = min(paid, sum(parts))
        items = []
        for index, gross in enumerate(parts, start=1):
            owner, still_open = self._owner(customer), gross - min(left, gross)
            items.append(Item(number, index, owner, currency, "invoice", gross, still_open, sent_as=customer))
            left -= min(left, gross)
        assert self._push(items, paid) == "created"
        self._book.issue(items)

    def _push(self, items: list[Item], paid: int) -> str:
        """What became of one push of an invoice with its instalments; `paid` stands on the first of them."""
        rows, left = [], paid
        for item in items:
            part = min(left, item.gross)
            left -= part
            row = an_invoice_row(
                item.number, item.sent_as, decimal_text(item.gross, item.currency),
                TODAY + timedelta(days=item.instalment), currency=item.currency, issued_on=str(TODAY),
                paid_amount=decimal_text(part, item.currency),
            )  # fmt: skip
            rows.append(row)
        [read] = gather_instalments(ReadInvoice(row.number, row, []) for row in rows)
        assert read.invoice is not None
        given = read.invoice
        intake = self._do(lambda work: receivables.put_invoices(work, a_company(work), [given]))
        if not intake.count("rejected"):
            self._pushed[given.number] = paid
        return intake.fates[0][1]

    @rule(data=st.data(), customer=A_CUSTOMER, amount=AMOUNTS, awaits=st.booleans())
    def send_a_free_credit_note(self, data: st.DataObject, customer: str, amount: int, awaits: bool) -> None:
        related = self._number("F") if awaits else ""
        number, currency = self._number("C"), self._currency(data)
        owner = self._owner(customer)
        note = Item(number, 1, owner, currency, "credit_note", amount, amount, related, sent_as=customer)
        self._send_credit_note(note, "created")

    @precondition(lambda self: self._invoices())
    @rule(data=st.data(), amount=AMOUNTS)
    def send_a_linked_credit_note(self, data: st.DataObject, amount: int) -> None:
        named = data.draw(st.sampled_from(self._invoices()))
        whole = sum(item.gross for item in self._book.invoice(named.number))
        note = Item(self._number("C"), 1, named.customer, named.currency, "credit_note", amount, amount, named.number)
        self._send_credit_note(note, "created" if amount <= whole else "rejected")

    def _send_credit_note(self, note: Item, fate: str) -> None:
        row = an_invoice_row(
            note.number, note.sent_as, decimal_text(note.gross, note.currency), TODAY, currency=note.currency,
            type="credit_note", related_invoice=note.related,
        )  # fmt: skip
        intake = self._do(lambda work: receivables.put_invoices(work, a_company(work), [row]))
        assert [each for _, each in intake.fates] == [fate]
        if fate == "created":
            self._book.issue([note])

    @precondition(lambda self: self._invoices())
    @rule(data=st.data(), paid=AMOUNTS)
    def push_an_invoice_again(self, data: st.DataObject, paid: int) -> None:
        items = self._book.invoice(data.draw(st.sampled_from(self._invoices())).number)
        number, paid = items[0].number, min(paid, sum(item.gross for item in items))
        if paid == self._pushed[number]:
            assert self._push(items, paid) == "unchanged"
        elif items[0].is_cancelled or self._owner(items[0].sent_as) != items[0].customer:
            assert self._push(items, paid) == "rejected"
        else:
            assert self._push(items, paid) == "updated"
            assert self._push(items, paid) == "unchanged"
            self._book.catch_up(number, paid)
            self._book.settle_named(number)

    @precondition(lambda self: self._book.items)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        items = self._book.invoice(data.draw(st.sampled_from(self._book.items)).number)

        def do(work: Work) -> None:
            receivables.cancel_invoice(work, store.invoice_by_number(work.session, items[0].number), "typed wrongly")

        if self._try(do, may=all(item.open == item.gross and not item.is_cancelled for item in items)):
            self._book.cancel(items[0].number)

    # ── the bank ────────────────────────────────────────────────────────────────────────────────

    @rule(data=st.data(), kind=st.sampled_from(("in", "in", "in", "in", "out", "pending", "quarantined")))
    def receive_a_statement(self, data: st.DataObject, kind: str) -> None:
        currency = self._currency(data)
        meant = [item for item in self._invoices() if item.currency == currency and item.open]
        paid = data.draw(st.lists(st.sampled_from(meant), max_size=2, unique=True)) if meant else []
        is_exact, amount = data.draw(st.booleans()), data.draw(AMOUNTS)
        amount = sum(item.open for item in paid) if paid and is_exact else amount
        entry = Entry(
            TODAY, TODAY, -amount if kind == "out" else amount, currency, "machine", entry_ref=self._number("B"),
            remittance=" ".join(item.number for item in paid) or "thank you", pending=kind == "pending",
        )  # fmt: skip
        off_by = 1 if kind == "quarantined" else 0
        [row] = self._do(lambda work: a_statement(work, [entry], currency=currency, off_by=off_by))
        self._entries[row.id] = entry
        line = Line(row.id, currency, entry.amount, kind == "pending", kind == "quarantined")
        line.state = "ignored" if kind == "out" else "unmatched"
        self._book.lines.append(line)

    @precondition(lambda self: self._book.lines)
    @rule(data=st.data())
    def receive_a_statement_again(self, data: st.DataObject) -> None:
        """What is known stays one row; what waited in quarantine now stands in a statement that proves it."""
        line = data.draw(st.sampled_from(self._book.lines))
        rows = self._do(lambda work: a_statement(work, [self._entries[line.id]], currency=line.currency))
        assert [row.id for row in rows] == ([line.id] if line.is_quarantined else [])
        line.is_quarantined = False

    @precondition(lambda self: any(line.is_pending for line in self._book.lines))
    @rule(data=st.data())
    def book_what_was_pending(self, data: st.DataObject) -> None:
        """The bank books it: the line is the same one, and may be used from now on."""
        line = data.draw(st.sampled_from([line for line in self._book.lines if line.is_pending]))
        booked = self._entries[line.id]._replace(pending=False)
        rows = self._do(lambda work: a_statement(work, [booked], currency=line.currency))
        assert [row.id for row in rows] == [line.id]
        line.is_pending, self._entries[line.id] = False, booked
        assert self._do(lambda work: a_statement(work, [booked], currency=line.currency)) == []

    @precondition(lambda self: self._book.lines)
    @rule(data=st.data())
    def release_from_quarantine(self, data: st.DataObject) -> None:
        line = self._pick(data, [line for line in self._book.lines if line.is_quarantined], self._book.lines)

        def do(work: Work) -> None:
            entry = payments.entry(work.session, line.id)
            release_statement(work, work.session.get_one(Statement, entry.statement_id), "the bank confirmed it")

        if self._try(do, may=line.is_quarantined):
            line.is_quarantined = False

    @rule()
    def reconcile(self) -> None:
        self._do(lambda work: reconcile(work, a_company(work).id))
        for line in self._book.lines:
            if line.state == "unmatched" and not line.payments:
                self._adopt(line)

    @precondition(lambda self: self._book.lines)
    @rule(data=st.data())
    def accept_what_is_suggested(self, data: st.DataObject) -> None:
        line = self._pick(data, [line for line in self._book.lines if not line.payments], self._book.lines)
        before = bool(line.payments)
        try:
            self._do(lambda work: accept_suggestion(work, payments.entry(work.session, line.id), 1))
        except CollectionsError:
            return  # there is none, or what it names was settled meanwhile
        assert not before
        self._adopt(line)

    def _adopt(self, line: Line) -> None:
        """Takes into the model what the ladder did with a line, as far as the line allows it at all."""

        def find(work: Work) -> tuple[dict[str, int], list[Taken]]:
            made = payments.payments_of_entry(work.session, line.id)
            rows = self._allocations(work, Allocation.bank_entry_id == line.id, Allocation.id.not_in(self._known()))
            return {self._names[each.customer_id]: each.amount for each in made}, [self._taken(row) for row in rows]

        shares, taken = self._system.house.read(find)
        if shares:
            assert line.amount > 0
            assert not line.is_pending
            assert not line.is_quarantined
            assert sum(shares.values()) <= line.amount
            assert all(each.item.currency == line.currency for each in taken)
            self._book.adopt(line, shares, taken)

    # ── the clerk ───────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self._book.lines)
    @rule(data=st.data(), keeper=st.none() | A_CUSTOMER)
    def apply_by_hand(self, data: st.DataObject, keeper: str | None) -> None:
        keeper = keeper and self._owner(keeper)
        free = [line for line in self._book.lines if self._book.may_place(line, [], "ACME")]
        line = self._pick(data, free, self._book.lines)
        owed = [item for item in self._invoices() if item.currency == line.currency and item.open]
        placings, left = [], line.amount
        for _ in range(data.draw(st.integers(0, 3)) if self._book.items else 0):
            item = self._pick(data, owed, self._book.items)
            kind = data.draw(KINDS)
            amount = _amount(data, min(item.open, left) if kind == "payment" else item.open // 10, item.open, left)
            placings.append(Placing(item, amount, kind))
            left -= amount if kind == "payment" else 0

        def do(work: Work) -> None:
            given = [
                cash.Placing(self._item(work, each.item).id, each.amount, each.kind)  # type: ignore[arg-type]
                for each in placings
            ]
            cash.apply_entry(work, payments.entry(work.session, line.id), given, self._id(keeper))

        if self._try(do, may=self._book.may_place(line, placings, keeper)):
            self._book.place(line, placings, keeper)

    @precondition(lambda self: self._book.cash and self._book.items)
    @rule(data=st.data())
    def use_what_is_left(self, data: st.DataObject) -> None:
        money = self._pick(data, [each for each in self._book.cash if each.unapplied], self._book.cash)
        account = (money.customer, money.line.currency)
        fitting = [each for each in self._invoices() if (each.customer, each.currency) == account and each.open]
        item = self._pick(data, fitting, self._book.items)
        amount = _amount(data, min(item.open, money.unapplied), item.open, money.unapplied)
        same = (item.kind, item.customer, item.currency) == ("invoice", money.customer, money.line.currency)

        def do(work: Work) -> None:
            row = payments.payments_of_entry(work.session, money.line.id)[money.line.payments.index(money)]
            assert self._names[row.customer_id] == money.customer
            use_unapplied(work, row, self._item(work, item), amount)

        if self._try(do, may=same and amount <= money.unapplied and amount <= item.open):
            self._book.use(money, item, amount)

    @precondition(lambda self: self._book.items)
    @rule(data=st.data())
    def settle_by_credit_note(self, data: st.DataObject) -> None:
        notes = [each for each in self._book.items if each.kind == "credit_note" and each.open]
        note = self._pick(data, notes, self._book.items)
        account = (note.customer, note.currency)
        fitting = [each for each in self._invoices() if (each.customer, each.currency) == account and each.open]
        item = self._pick(data, fitting, self._book.items)
        amount = _amount(data, min(note.open, item.open), note.open, item.open)
        kinds = (note.kind, item.kind) == ("credit_note", "invoice")
        same = (note.customer, note.currency) == (item.customer, item.currency)

        def do(work: Work) -> None:
            cash.apply_credit(work, self._item(work, note), self._item(work, item), amount)

        if self._try(do, may=kinds and same and amount <= min(note.open, item.open)):
            self._book.net(note, item, amount)

    @precondition(lambda self: self._book.taken)
    @rule(data=st.data())
    def undo_one_allocation(self, data: st.DataObject) -> None:
        taken = self._pick(data, [each for each in self._book.taken if each.is_standing], self._book.taken)

        def do(work: Work) -> None:
            assert taken.id is not None
            cash.undo_allocation(work, payments.allocation(work.session, taken.id))

        if self._try(do, may=taken.is_standing):
            self._book.undo(taken)

    @precondition(lambda self: self._book.lines)
    @rule(data=st.data(), is_return=st.booleans())
    def undo_a_line(self, data: st.DataObject, is_return: bool) -> None:
        line = self._pick(data, [line for line in self._book.lines if line.payments], self._book.lines)

        def do(work: Work) -> None:
            cash.undo_entry(work, payments.entry(work.session, line.id), is_return=is_return)

        if self._try(do, may=line.amount > 0 and (line.state == "ignored" or bool(line.payments))):
            self._book.undo_line(line, "returned" if is_return else "unmatched")

    @precondition(lambda self: any(line.payments for line in self._book.lines))
    @rule(data=st.data())
    def take_a_part_back(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from([line for line in self._book.lines if line.payments]))
        paid = {each.item.number for each in self._book.taken if each.line is line and each.is_standing and each.cash}
        number = data.draw(st.sampled_from([None, *sorted(paid)]))
        most = sum(each.amount for each in self._book.paid_on(line, number)) if number else line.waits
        amount = _amount(data, most, most)

        def do(work: Work) -> None:
            give_back(work, payments.entry(work.session, line.id), [Part(amount, number)])

        if self._try(do, may=0 < amount <= most):
            self._book.give_back(line, number, amount)

    @precondition(lambda self: self._book.lines)
    @rule(data=st.data())
    def set_a_line_aside(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from(self._book.lines))

        def do(work: Work) -> None:
            cash.ignore_entry(work, payments.entry(work.session, line.id), "a refund")

        if self._try(do, may=line.amount > 0 and not line.placed and line.state != "returned"):
            line.state = "ignored"

    # ── what must hold after every step ─────────────────────────────────────────────────────────

    @invariant()
    def every_invariant_holds(self) -> None:
        keys = dict(self._system.audit_keys)
        assert self._system.house.read(lambda work: list(violations(work.session, keys))) == []

    @invariant()
    def the_model_agrees(self) -> None:
        self._system.house.read(self._compare)

    def _compare(self, work: Work) -> None:
        self._learn(work)
        query = select(Invoice.number, OpenItem.instalment, OpenItem.open).join(Invoice)
        assert {(row[0], row[1]): row[2] for row in work.session.execute(query)} == {
            item.key: item.open for item in self._book.items
        }
        unapplied = payments.unapplied_cash(work.session)
        assert {(self._names[key[0]], key[2]): amount for key, amount in unapplied.items()} == self._book.unapplied()
        assert {row.id: (row.placed, row.state.replace("suggested", "unmatched"))
                for row in work.session.query(BankEntry)} == {
            line.id: (line.placed, _state(line)) for line in self._book.lines
        }  # fmt: skip
        self._compare_exposure(work)

    def _compare_exposure(self, work: Work) -> None:
        exposures = credit_store.exposures(work.session, self._names)
        for (customer, currency), found in exposures.items():
            assert found.total == self._book.exposure((self._names[customer], currency))
        over = {account for account, limit in self._book.limits.items() if self._book.exposure(account) > limit}
        running = credit_store.running_overruns(work.session)
        assert {(self._names[customer], currency) for customer, currency in running} == over

    def _learn(self, work: Work) -> None:
        """Gives what the model expects the ids under which it was stored; what is stored must be expected."""
        waiting = [each for each in self._book.taken if each.id is None]
        for row in self._allocations(work, Allocation.id.not_in(self._known())):
            facts = self._taken(row).facts
            expected = next((each for each in waiting if each.id is None and each.facts == facts), None)
            assert expected is not None, f"nobody expected {facts}"
            expected.id = row.Allocation.id
        assert all(each.id for each in waiting)
        standing = Counter(each.id for each in payments.standing_allocations(work.session))
        assert standing == Counter(each.id for each in self._book.taken if each.is_standing)

    def _owner(self, customer: str) -> str:
        """Whom a customer's number means now."""
        return customer

    # ── between rows and model ──────────────────────────────────────────────────────────────────

    def _invoices(self) -> list[Item]:
        return [item for item in self._book.items if item.kind == "invoice"]

    def _known(self) -> list[UUID]:
        return [each.id for each in self._book.taken if each.id]

    def _allocations(self, work: Work, *where: object) -> list[AnyRow]:
        query = select(Allocation, Invoice.number, OpenItem.instalment).join(
            OpenItem, OpenItem.id == Allocation.open_item_id
        )
        found = query.join(Invoice).where(Allocation.reverses_id.is_(None), *where)  # type: ignore[arg-type]
        return list(work.session.execute(found.order_by(Allocation.id)))

    def _taken(self, row: AnyRow) -> Taken:
        made: Allocation = row.Allocation
        credit = self._by_id(made.credit_item_id)
        line = next((each for each in self._book.lines if each.id == made.bank_entry_id), None)
        item = next(each for each in self._book.items if each.key == (row.number, row.instalment))
        return Taken(item, made.amount, made.kind, line, credit=credit, id=None)

    def _by_id(self, item_id: UUID | None) -> Item | None:
        if item_id is None:
            return None

        def key(work: Work) -> tuple[str, int]:
            item = work.session.get_one(OpenItem, item_id)
            return work.session.get_one(Invoice, item.invoice_id).number, item.instalment

        found = self._system.house.read(key)
        return next(each for each in self._book.items if each.key == found)

    def _item(self, work: Work, item: Item) -> OpenItem:
        invoice = store.invoice_by_number(work.session, item.number)
        return store.items_of_invoice(work.session, invoice.id)[item.instalment - 1]

    def _id(self, customer: str | None) -> UUID | None:
        return next((key for key, name in self._names.items() if name == customer), None)


def _amount(data: st.DataObject, most: int, *edges: int) -> int:
    """Mostly an amount that fits, often all of it; now and then one at, just below or just above an edge."""
    if most > 0 and data.draw(st.integers(0, 4)):
        return data.draw(st.just(most) | st.integers(1, most))
    return data.draw(st.sampled_from([edge + step for edge in edges for step in (-1, 0, 1) if edge + step > 0] or [1]))


def _state(line: Line) -> str:
    if not line.payments:
        return line.state
    return "applied" if line.placed == line.amount else "part_applied"


def test_the_books_balance_whatever_is_done_to_them(sqlite_template: Path) -> None:
    class Machine(MoneyMachine):
        template = sqlite_template

    play(Machine, examples=40, steps=40)
