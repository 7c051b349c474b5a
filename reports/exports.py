"""Exports: what the contract's `export` hands out, row by row, with exactly its columns.

Amounts are decimal strings, dates ISO, absent values empty. A table is a generator, so its size does not matter.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from reports import exported_book as book
from reports import exported_cash as cash
from reports import exported_collecting as collecting
from reports import exported_kpis
from reports.period import Period, Row
from runtime.work import Right, Work

Rows = Callable[[Work, Period], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Export:
    """One table that can be handed out."""

    columns: tuple[str, ...]
    rows: Rows


def export(work: Work, name: str, period: Period) -> tuple[tuple[str, ...], Iterator[Row]]:
    """The columns and rows of a table; the name must be one of `EXPORTS`."""
    work.need(Right.EXPORT)
    found = EXPORTS[name]
    return found.columns, found.rows(work, period)


def _columns(names: str) -> tuple[str, ...]:
    return tuple(names.split(","))


EXPORTS: Mapping[str, Export] = {
    "customers": Export(
        _columns(
            "customer_id,name,email,language,country,currency,"
            "iban,vat_id,credit_limit,payment_terms_days,parent_id,segment,policy"
        ),
        book.customers,
    ),
    "open-items": Export(
        _columns(
            "invoice_number,customer_id,type,instalment,issued_on,due_on,currency,amount,open,days_overdue,order_number"
        ),
        book.open_items,
    ),
    "entries": Export(
        _columns(
            "entry_ref,account,booked_on,valued_on,amount,currency,counterparty,counterparty_iban,remittance,state"
        ),
        cash.entries,
    ),
    "allocations": Export(
        _columns(
            "entry_ref,account,booked_on,entry_amount,currency,customer_id,"
            "invoice_number,allocated,kind,state,confidence,reasons"
        ),
        cash.allocations,
    ),
    "decisions": Export(
        _columns("run_id,on,customer_id,invoice_number,decision,level,reason,until,policy_version"),
        collecting.decisions,
    ),
    "notices": Export(
        _columns(
            "notice_id,run_id,customer_id,level,channel,language,"
            "total,currency,invoices,state,message_id,sent_at,crossed"
        ),
        collecting.notices,
    ),
    "disputes": Export(
        _columns(
            "case,subject_kind,subject,customer_id,reason,amount,"
            "currency,state,detected_on,notified_on,resolved_at,outcome,owner"
        ),
        collecting.disputes,
    ),
    "promises": Export(
        _columns("customer_id,invoice_number,amount,currency,promised_on,state,note"), collecting.promises
    ),
    "plans": Export(
        _columns("plan,customer_id,currency,plan_state,instalment,due_on,amount,paid,missed_on"), collecting.plans
    ),
    "credit": Export(
        _columns("customer_id,currency,limit,exposure,open,orders,charges,unapplied,overrun,since"), book.credit
    ),
    "orders": Export(
        _columns("order_number,customer_id,channel,received_at,requested_on,currency,amount,po_number,priority,status"),
        book.orders,
    ),
    "aging": Export(_columns("customer_id,currency,current,1-30,31-60,61-90,90+,total"), book.aging),
    "kpis": Export(_columns("indicator,value,unit,numerator,denominator,from,to"), exported_kpis.kpis),
    "postings": Export(
        _columns("posting_id,on,customer_id,account,contra,amount,currency,cause,cause_id,at"), cash.postings
    ),
    "audit": Export(_columns("seq,at,actor,action,subject,reason,payload,hash"), book.audit),
}
"""Every table that can be handed out, by its name in the contract; `plans` is ours."""
