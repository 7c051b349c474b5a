"""Invoices come as rows (CSV, JSON, NDJSON, a workbook) or as the documents themselves: one door for both."""

from typing import BinaryIO

from receivables.e_invoices import import_documents, is_document
from receivables.imports import Handed, Imported, Tell, company_for, import_in_parts
from receivables.intake import invoice_rows
from receivables.intake.rows import Row, read_rows
from receivables.push import Intake
from receivables.push_invoices import NUMBER, push_invoice_rows
from runtime.house import House
from runtime.work import Actor, Work


def import_invoices(
    house: House, actor: Actor, handed: Handed, source: BinaryIO, imported: Imported, tell: Tell
) -> None:
    """Invoices and credit notes as rows, or as e-invoices in any of the formats we read."""
    if is_document(source, handed):
        import_documents(house, actor, handed, imported)
        return
    imported.format = "rows"

    def put(work: Work, part: list[Row]) -> Intake:
        return push_invoice_rows(work, company_for(work, handed.company), part)

    rows = read_rows(source, invoice_rows.COLUMNS, imported.problems)
    import_in_parts(house, actor, rows, put, imported, tell, together=NUMBER)
