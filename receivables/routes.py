"""`/api/v1`: customers and invoices pushed by an ERP and read back."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi import Body as FromBody
from fastapi.responses import Response
from pydantic import Field, StringConstraints
from sqlalchemy import select

from core.errors import Invalid
from core.money import decimal_text
from core.problems import Problem
from receivables import documents, lookups, service, store
from receivables.customer_routes import item_shown
from receivables.imports import company_for
from receivables.intake import customer_rows, invoice_rows
from receivables.intake.rows import Row
from receivables.service import Fate, Intake
from receivables.shapes import BatchShape, CancelledShape, InvoiceShape
from receivables.tables import Customer, Invoice, OpenItem
from runtime.lists import page, rows_of
from runtime.openapi import NEEDS_IF_MATCH
from runtime.schema import AnyRow
from runtime.shapes import Body, Page
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1")

MOST_ITEMS = 1_000

Limit = Annotated[int, Query(ge=1, le=100)]
Batch = Annotated[dict[str, Any], FromBody()]


def _items(body: dict[str, Any], name: str, columns: tuple[str, ...]) -> list[Row]:
    """The items of a batch with their JSON pointers; unknown members and overlong batches are refused."""
    items = body.get(name)
    if set(body) - {name, "company"} or not isinstance(items, list):
        raise Invalid.because("/", f"The body is an object with the list “{name}”.", field=name)
    if len(items) > MOST_ITEMS:
        raise Invalid.because(f"/{name}", f"A batch has at most {MOST_ITEMS} items.", field=name)
    return [_item(f"/{name}/{index}", item, columns) for index, item in enumerate(items)]


def _item(where: str, item: object, columns: tuple[str, ...]) -> Row:
    if not isinstance(item, dict):
        return Row(where, {}, "This is not a JSON object.")
    unknown = sorted(set(item) - set(columns))
    flaw = f"There is no member “{unknown[0][:40]}”." if unknown else None
    return Row(where, item, flaw)


def _answer(names: list[str], intake: Intake) -> dict[str, Any]:
    """One result an item, in the order of the batch."""
    fates: dict[str, Fate] = dict(intake.fates)
    errors: dict[str, list[Problem]] = {}
    for problem in intake.problems:
        errors.setdefault(problem.where.split("/")[2], []).append(problem)
    return {"results": [_result(index, name, fates, errors) for index, name in enumerate(names)]}


def _result(index: int, name: str, fates: dict[str, Fate], errors: dict[str, list[Problem]]) -> dict[str, Any]:
    found = errors.get(str(index), [])
    is_wrong = any(problem.severity == "error" for problem in found)
    status = "rejected" if is_wrong else fates.get(name, "rejected")
    messages = [
        {"pointer": f"{problem.where}/{problem.field}" if problem.field else problem.where, "message": problem.message}
        for problem in found
    ]
    return {"index": index, "id": name, "status": status, "errors": messages}


@router.post("/customers/batch", status_code=207, tags=["customers"], response_model=BatchShape)
def put_customers(call: Caller, body: Batch) -> Response:
    """Creates or changes customers by their external id; one result an item."""
    rows = _items(body, "customers", customer_rows.COLUMNS)

    def put(work: Work) -> dict[str, Any]:
        return _answer([str(row.values.get("customer_id", "")) for row in rows], service.push_customer_rows(work, rows))

    return call.write(Right.PUSH, put, status=207)


@router.post("/invoices/batch", status_code=207, tags=["invoices"], response_model=BatchShape)
def put_invoices(call: Caller, body: Batch) -> Response:
    """Creates invoices and credit notes, or changes what may still change; one result an item."""
    rows = _items(body, "invoices", invoice_rows.COLUMNS)
    company = body.get("company")

    def put(work: Work) -> dict[str, Any]:
        seller = company_for(work, str(company) if company else None)
        intake = service.push_invoice_rows(work, seller, rows)
        return _answer([str(row.values.get("invoice_number", "")) for row in rows], intake)

    return call.write(Right.PUSH, put, status=207)


@router.get("/invoices", tags=["invoices"], response_model=Page[InvoiceShape])
def invoices(call: Caller, limit: Limit = 50, cursor: str | None = None, customer: str | None = None) -> Response:
    """Invoices and credit notes by number."""

    def read(work: Work) -> dict[str, Any]:
        query = select(Invoice, Customer.external_id).join(Customer, Customer.id == Invoice.customer_id)
        if customer:
            query = query.where(Customer.external_id == customer)
        rows, after = rows_of(work.session, query, (Invoice.number, Invoice.id), limit, cursor)
        items = lookups.items_of_invoices(work.session, [row[0].id for row in rows])
        buyers = store.external_ids(work.session, {row[0].buyer_id for row in rows if row[0].buyer_id})
        return page([_invoice(row[0], row[1], items[row[0].id], buyers) for row in rows], after)

    return call.read(Right.READ_BACK, read)


@router.get(
    "/invoices/{number:path}/document",
    tags=["invoices"],
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The file, of its own media type."}},
)
def document(call: Caller, number: str) -> Response:
    """The original an invoice came in, byte for byte; its SHA-256 stands in `X-Document-SHA256`."""

    archive = call.request.app.state.system.archive

    def give(work: Work) -> Response:
        found = documents.of_invoice(work, store.invoice_by_number(work.session, number))
        content = archive.content(found)
        headers = {
            "Content-Disposition": documents.disposition_of(found),
            "Content-Security-Policy": "sandbox",
            "X-Content-Type-Options": "nosniff",
            "X-Document-SHA256": found.sha256,
        }
        return Response(content, media_type=documents.media_type_of(content), headers=headers)

    return call.house.read(give, actor=call.actor, request_id=call.request_id)


@router.get("/invoices/{number:path}", tags=["invoices"], response_model=InvoiceShape)
def invoice(call: Caller, number: str) -> Response:
    """One invoice with its open items."""

    def read(work: Work) -> dict[str, Any]:
        found, items = lookups.invoice_shown(work.session, number)
        return _invoice(found, found.payer, items, {found.buyer_id: found.buyer})

    return call.read(Right.READ_BACK, read)


class Cancelling(Body):
    """Why an invoice is cancelled."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] = Field(examples=["Ordered twice."])


@router.post(
    "/invoices/{number:path}/cancel", tags=["invoices"], response_model=CancelledShape, openapi_extra=NEEDS_IF_MATCH
)
def cancel(call: Caller, number: str, body: Cancelling) -> Response:
    """Cancels an invoice nothing was applied to; needs If-Match."""
    call.expected_version()

    def do(work: Work) -> dict[str, Any]:
        found = store.invoice_by_number(work.session, number)
        store.lock_customer(work.session, found.customer_id)
        work.session.refresh(found)
        call.must_match(found.version)
        service.cancel_invoice(work, found, body.reason)
        return {"invoice_number": found.number, "state": "cancelled", "version": found.version}

    return call.write(Right.PUSH, do)


_FURTHER = (
    "document_type", "delivery_number", "contract_number", "buyer_reference", "channel", "owner", "source",
    "source_version",
)  # fmt: skip


def _invoice(
    found: Invoice | AnyRow, customer: str, items: Sequence[OpenItem | AnyRow], buyers: Mapping[UUID, str]
) -> dict[str, Any]:
    return {
        "invoice_number": found.number,
        "customer_id": customer,
        "type": found.type,
        "issued_on": found.issued_on,
        "currency": found.currency,
        "amount": decimal_text(found.amount, found.currency),
        "open": decimal_text(sum(item.open for item in items), found.currency),
        "order_number": found.order_number,
        "payment_reference": found.payment_reference,
        "buyer_id": buyers.get(found.buyer_id) if found.buyer_id else None,
        **{name: getattr(found, name) for name in _FURTHER},
        "has_document": found.document_id is not None,
        "items": [item_shown(item) for item in items],
        "cancelled_at": found.cancelled_at,
        "version": found.version,
    }
