"""A file of orders comes in through the import door."""

from typing import BinaryIO

from orders.documents import import_documents
from orders.intake import COLUMNS, read_order
from orders.service import put_orders
from receivables.e_invoices import is_document
from receivables.imports import Handed, Imported, Tell, company_for, import_in_parts
from receivables.intake.rows import Row, read_rows
from receivables.service import Intake
from runtime.house import House
from runtime.work import Actor, Work


def import_orders(house: House, actor: Actor, handed: Handed, source: BinaryIO, imported: Imported, tell: Tell) -> None:
    """Orders as CSV, JSON, NDJSON or a workbook, or as the documents themselves (UBL, EDIFACT)."""
    if is_document(source, handed):
        import_documents(house, actor, handed, imported)
        return
    imported.format = "rows"

    def put(work: Work, part: list[Row]) -> Intake:
        company = company_for(work, handed.company)
        read = [(row, *read_order(row)) for row in part]
        intake = put_orders(work, company, [order for _, order, _ in read if order])
        for row, order, problems in read:
            intake.problems += problems
            if order is None:
                intake.note(str(row.values.get("order_number", "")), "rejected")
        return intake

    import_in_parts(house, actor, read_rows(source, COLUMNS, imported.problems), put, imported, tell)
