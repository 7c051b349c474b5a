"""Things that happen around one letter, and where on its way: every deed at every boundary of the send protocol.

A small model says what each deed means for a letter about one invoice of 100.00 EUR, so that the expected outcome of
any combination follows.
"""

import contextlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from commands.system import System
from core.errors import CollectionsError
from core.money import decimal_text
from disputes.service import Contest, open_dispute
from dunning import pauses
from dunning.delivery import NoticeKind
from dunning.tables import NoticeLine
from payments import service as cash
from receivables import service as receivables
from receivables.store import customer_by_external_id, invoice_by_number, lock_customer
from receivables.tables import Invoice, OpenItem
from runtime.dispatch import Prepared, Withdrawn
from runtime.ids import new_id
from runtime.work import Work
from tests.builders import TODAY, a_company, a_customer, an_invoice_row, money_in, the_item
from tests.mailroom import QuickRenderer

GROSS, MINIMUM = 10_000, 500

BEFORE = ("planned", "approved", "claimed", "written")
"""Boundaries before the gate: the letter is planned; approved; taken by a worker; written but not yet checked."""
AFTER = ("in the gate", "handed over", "finished")
"""Boundaries after it: at the same moment, blocked until the gate has passed; inside the dialogue; after it."""


@dataclass
class Facts:
    """What a letter about one invoice rests on."""

    open: int = GROSS
    contested: int = 0
    is_stopped: bool = False
    is_cancelled: bool = False
    is_promised: bool = False
    is_moved: bool = False
    address: str = "old"

    @property
    def claimable(self) -> int:
        return 0 if self.is_stopped or self.is_moved else self.open - min(self.open, self.contested)


Effect = Callable[[Facts], bool]
"""Changes the facts; True when a letter under way is crossed by it."""


def _lower(amount: int | None) -> Effect:
    def effect(facts: Facts) -> bool:
        part = facts.open if amount is None else min(amount, facts.open)
        facts.open -= part
        return part > 0

    return effect


def _paid_elsewhere(total: int) -> Effect:
    def effect(facts: Facts) -> bool:
        before = facts.open
        if not facts.is_cancelled:
            facts.open, facts.is_moved = min(facts.open, GROSS - total), False  # a push says everything anew
        return facts.open < before

    return effect


def _cancel(facts: Facts) -> bool:
    if facts.open < GROSS:
        return False
    facts.open, facts.is_cancelled = 0, True
    return True


def _contest(amount: int | None) -> Effect:
    def effect(facts: Facts) -> bool:
        if amount is None:
            facts.is_stopped = facts.is_stopped or facts.open > 0
        else:
            facts.contested += min(amount, facts.open)
        return facts.open > 0

    return effect


def _stop(*, crosses: bool) -> Effect:
    def effect(facts: Facts) -> bool:
        facts.is_stopped = True
        return crosses

    return effect


def _promise(facts: Facts) -> bool:
    may = facts.open > 0 and not facts.is_promised
    facts.is_promised = facts.is_promised or may
    facts.is_stopped = facts.is_stopped or may
    return may


def _move_due_date(facts: Facts) -> bool:
    facts.is_moved = not facts.is_cancelled
    return False


def _move_house(facts: Facts) -> bool:
    facts.address = "new"
    return False


# ── the deeds themselves, through the product's services ────────────────────────────────────────

Deed = Callable[[Work, str], None]


def _pay(amount: int | None) -> Deed:
    def deed(work: Work, number: str) -> None:
        item = the_item(work, number)
        part = item.open if amount is None else min(amount, item.open)
        entry = money_in(work, decimal_text(part or 1, "EUR"), entry_ref=str(new_id()))
        cash.apply_entry(work, entry, [cash.Placing(item.id, part)])

    return deed


def _spare_money(work: Work, number: str) -> None:
    entry = money_in(work, "500.00", entry_ref=str(new_id()))
    cash.apply_entry(work, entry, [], customer_by_external_id(work.session, f"C{number}").id)


def _push(**fields: str) -> Deed:
    def deed(work: Work, number: str) -> None:
        due_on = TODAY + timedelta(days=int(fields.get("due_in", "-10")))
        more = {name: value for name, value in fields.items() if name != "due_in"}
        row = an_invoice_row(
            number, f"C{number}", "100.00", due_on, issued_on=str(TODAY - timedelta(days=40)),
            order_number=f"PO-{number}", **more,
        )  # fmt: skip
        receivables.put_invoices(work, a_company(work), [row])

    return deed


def _credit_note(work: Work, number: str) -> None:
    row = an_invoice_row(f"G-{new_id()}", f"C{number}", "30.00", TODAY, type="credit_note", related_invoice=number)
    receivables.put_invoices(work, a_company(work), [row])


def _cancel_it(work: Work, number: str) -> None:
    receivables.cancel_invoice(work, invoice_by_number(work.session, number), "typed wrongly")


def _dispute(kind: str, amount: int | None = None) -> Deed:
    def deed(work: Work, number: str) -> None:
        reference = number if kind == "invoice" else f"PO-{number}"
        open_dispute(work, a_company(work), Contest(kind, reference, "price", TODAY, TODAY, amount))

    return deed


def _hold(*, of_customer: bool) -> Deed:
    def deed(work: Work, number: str) -> None:
        invoice = invoice_by_number(work.session, number)
        customer = customer_by_external_id(work.session, f"C{number}")
        pauses.hold(work, customer, None if of_customer else invoice, "wait", TODAY + timedelta(days=5))

    return deed


def _promise_it(work: Work, number: str) -> None:
    pauses.promise(work, invoice_by_number(work.session, number), None, TODAY + timedelta(days=3))


def _new_address(work: Work, number: str) -> None:
    a_customer(work, f"C{number}", email="new@acme.example")


def _insolvency(work: Work, number: str) -> None:
    customer = customer_by_external_id(work.session, f"C{number}")
    lock_customer(work.session, customer.id)
    customer.is_insolvent = True


EVENTS: Mapping[str, tuple[Deed, Effect]] = {
    "paid": (_pay(None), _lower(None)),
    "paid in part": (_pay(4000), _lower(4000)),
    "credit note": (_credit_note, _lower(3000)),
    "paid elsewhere": (_push(paid_amount="100.00"), _paid_elsewhere(GROSS)),
    "paid elsewhere in part": (_push(paid_amount="25.00"), _paid_elsewhere(2500)),
    "cancelled": (_cancel_it, _cancel),
    "invoice disputed": (_dispute("invoice"), _contest(None)),
    "order disputed": (_dispute("order"), _contest(None)),
    "disputed in part": (_dispute("invoice", 3000), _contest(3000)),
    "invoice held": (_hold(of_customer=False), _stop(crosses=True)),
    "customer held": (_hold(of_customer=True), _stop(crosses=True)),
    "promised": (_promise_it, _promise),
    "insolvent": (_insolvency, _stop(crosses=False)),
    "money on account": (_spare_money, _stop(crosses=False)),
    "due date moved": (_push(due_in="20"), _move_due_date),
    "new address": (_new_address, _move_house),
}
"""What may happen, as the product does it and as the model understands it."""


# ── making them happen at a boundary ────────────────────────────────────────────────────────────


@dataclass
class Story:
    """What happens around one letter: (boundary, event) in order; and the facts the letter was to be written from."""

    number: str
    happens: tuple[tuple[str, str], ...]
    waited: list[bool] = field(default_factory=list)

    @property
    def at_gate(self) -> Facts:
        """The facts when the gate closes."""
        return self._after(BEFORE)

    @property
    def at_writing(self) -> Facts:
        """The facts the letter is written from; one for which there is nothing to ask then is withdrawn at once, even
        when something to ask comes back before the gate."""
        return self._after(BEFORE[: BEFORE.index("written")])

    def _after(self, boundaries: tuple[str, ...]) -> Facts:
        facts = Facts()
        for boundary, event in self.happens:
            if boundary in boundaries:
                EVENTS[event][1](facts)
        return facts

    @property
    def is_crossed(self) -> bool:
        """Whether something that matters was recorded while the letter was on its way."""
        facts = self.at_gate
        effects = [(boundary, EVENTS[event][1](facts)) for boundary, event in self.happens if boundary in AFTER]
        return any(crossed for boundary, crossed in effects if boundary != "finished")


class Stage:
    """Plays the stories of many letters, one customer each. `also` is called at every boundary, with the number."""

    def __init__(self, system: System, stories: list[Story], also: Callable[[str, str], None] | None = None) -> None:
        self._system, self._also = system, also
        self.stories = {story.number: story for story in stories}
        self.numbers: dict[UUID, str] = {}
        self._racing: dict[UUID, threading.Thread] = {}

    def know_notices(self) -> None:
        """Reads which notice is about which invoice."""

        def do(work: Work) -> dict[UUID, str]:
            query = select(NoticeLine.notice_id, Invoice.number).join(OpenItem, OpenItem.id == NoticeLine.open_item_id)
            return {row[0]: row[1] for row in work.session.execute(query.join(Invoice))}

        self.numbers = self._system.house.read(do)

    def reach(self, boundary: str, number: str) -> None:
        """Everything that happens to a letter at a boundary, each in a transaction of its own."""
        for where, event in self.stories[number].happens:
            if where == boundary:
                self._do(event, number)
        if self._also:
            self._also(boundary, number)

    def reach_all(self, boundary: str) -> None:
        for number in self.stories:
            self.reach(boundary, number)

    def _do(self, event: str, number: str) -> None:
        # Refused is what is not possible any more, such as paying what is paid; the model says the same.
        with contextlib.suppress(CollectionsError):
            self._system.house.write(lambda work: EVENTS[event][0](work, number))

    def race(self, subject_id: UUID) -> None:
        """Starts in another thread what happens at the same moment as the gate: it must wait for the gate's commit."""
        number = self.numbers[subject_id]
        if any(boundary == "in the gate" for boundary, _ in self.stories[number].happens):
            racing = threading.Thread(target=self.reach, args=("in the gate", number))
            racing.start()
            racing.join(0.05)
            self.stories[number].waited.append(racing.is_alive())
            self._racing[subject_id] = racing

    def hand_over(self, message_id: str) -> None:
        """Inside the mail dialogue of a letter."""
        subject_id = UUID(message_id.removeprefix("<notice.").partition("@")[0])
        racing = self._racing.pop(subject_id, None)
        if racing:
            racing.join()
        self.reach("handed over", self.numbers[subject_id])


class StagedNotices(NoticeKind):
    """The real notices, with a stage around each step."""

    def __init__(self, system: System, stage: Stage) -> None:
        super().__init__(QuickRenderer(), system.archive)
        self._stage, self._seen = stage, set[UUID]()

    def forget(self) -> None:
        """Plays everything again when a letter is written again."""
        self._seen.clear()

    def prepare(self, work: Work, subject_id: UUID) -> Prepared | Withdrawn:
        number, is_first = self._stage.numbers[subject_id], subject_id not in self._seen
        self._seen.add(subject_id)
        if is_first:
            self._stage.reach("claimed", number)
        prepared = super().prepare(work, subject_id)
        if is_first:
            self._stage.reach("written", number)
        return prepared

    def gate(self, work: Work, subject_id: UUID, prepared: Prepared) -> bool | Withdrawn:
        passed = super().gate(work, subject_id, prepared)
        if passed is True:
            self._stage.race(subject_id)
        return passed
