"""What goes to the survivor and what stays, table by table: every place of the book that names a customer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from credit.tables import CreditHold, OrderCommitment, OrderReservation
from disputes.tables import DeductionProposal, Dispute
from dunning.contact_tables import CollectionCase, LoggedCall, Snooze
from dunning.final_tables import FinalStep
from dunning.mail_tables import IncomingMail
from dunning.plan_tables import PaymentPlan
from dunning.tables import Notice, Pause, Promise, Reminder
from orders.tables import Order, OrderMismatch
from payments.tables import LearnedPayer, Payment, Suggestion
from receivables.tables import Contact, Customer, CustomerAccount, Invoice, KnownOrder, Note, OpenItem

Except = Callable[[UUID, UUID], ColumnElement[bool]]
"""Survivor and merged customer → which rows stay behind."""


@dataclass(frozen=True, slots=True)
class Move:
    """Rows with a key of their own whose `column` is changed; `said` is what a person calls them, in the plural,
    `stays` which of them stay behind.
    """

    column: InstrumentedAttribute[Any]
    said: str
    stays: Except | None = None

    @property
    def table(self) -> str:
        return str(self.column.class_.__tablename__)

    @property
    def key(self) -> InstrumentedAttribute[Any]:
        """The column a row is known by."""
        return Reminder.open_item_id if self.column.class_ is Reminder else self.column.class_.id


@dataclass(frozen=True, slots=True)
class Keyed:
    """Rows a customer has one of for each value of `others`: they move unless the survivor has one with the same."""

    column: InstrumentedAttribute[Any]
    others: tuple[InstrumentedAttribute[Any], ...]
    said: str

    @property
    def table(self) -> str:
        return str(self.column.class_.__tablename__)


def _same_contact(survivor: UUID, merged: UUID) -> ColumnElement[bool]:
    other = aliased(Contact)
    return exists(
        select(other.id).where(
            other.customer_id == survivor,
            other.purpose == Contact.purpose,
            func.lower(other.email) == func.lower(Contact.email),
        )
    )


def _of_the_whole_customer(survivor: UUID, merged: UUID) -> ColumnElement[bool]:
    return Pause.open_item_id.is_(None)


def _all_new_orders(survivor: UUID, merged: UUID) -> ColumnElement[bool]:
    return CreditHold.order_number == ""


MOVES: tuple[Move, ...] = (
    Move(Invoice.customer_id, "invoices and credit notes"),
    Move(Invoice.buyer_id, "invoices somebody else pays"),
    Move(OpenItem.customer_id, "items"),
    Move(Payment.customer_id, "payments"),
    Move(Suggestion.customer_id, "suggested answers for bank entries"),
    Move(Dispute.customer_id, "cases"),
    Move(DeductionProposal.customer_id, "short payments to look at"),
    Move(Reminder.customer_id, "items with a reminder level"),
    Move(Pause.customer_id, "pauses and holds of invoices", _of_the_whole_customer),
    Move(Promise.customer_id, "promises"),
    Move(PaymentPlan.customer_id, "payment plans"),
    Move(FinalStep.customer_id, "final steps"),
    Move(Notice.customer_id, "letters sent before"),
    Move(LoggedCall.customer_id, "calls"),
    Move(Note.customer_id, "notes"),
    Move(IncomingMail.customer_id, "mails received"),
    Move(Order.customer_id, "orders"),
    Move(OrderMismatch.customer_id, "orders invoiced too high"),
    Move(OrderReservation.customer_id, "reservations of credit"),
    Move(OrderCommitment.customer_id, "commitments of orders"),
    Move(CreditHold.customer_id, "stopped orders", _all_new_orders),
    Move(Contact.customer_id, "contacts", _same_contact),
    Move(Customer.parent_id, "customers below it"),
    Move(Customer.merged_into_id, "records merged into it before"),
)
KEYED: tuple[Keyed, ...] = (
    Keyed(CustomerAccount.customer_id, (CustomerAccount.iban,), "bank accounts"),
    Keyed(LearnedPayer.customer_id, (LearnedPayer.account, LearnedPayer.bank_entry_id), "learned payers"),
    Keyed(KnownOrder.customer_id, (KnownOrder.company_id, KnownOrder.number), "known order numbers"),
    Keyed(CollectionCase.customer_id, (CollectionCase.company_id,), "collection cases"),
    Keyed(Snooze.customer_id, (Snooze.owner, Snooze.company_id), "lines put off"),
)
STAYS: Mapping[str, str] = {
    "posting": "never changed; what is open goes over by postings of its own",
    "allocation": "never changed; it belongs to its item",
    "decision": "never changed; it says what was decided about the customer then",
    "interest_claim": "never changed; it belongs to its charge",
    "credit_limit": "the survivor's limit remains",
    "credit_limit_proposal": "none is open, and those decided were about this customer's own limit",
    "credit_check": "it says what was decided about the customer then",
    "overrun": "it was above its own limit then",
    "kpi_case": "it says what was counted on that day",
    "behaviour_score": "it is worked out anew for the survivor",
    "credit_review": "it is about the customer's own limit",
    "customer_merge": "the case itself",
    "customer_no_duplicate": "a person's word about these two records",
}
"""Table → why its rows keep naming the merged customer."""
