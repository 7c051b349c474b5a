"""A file of orders comes in through the import door."""

from typing import BinaryIO

from orders.captures import note_index
from orders.documents import import_documents
from orders.intake import COLUMNS, read_order
from orders.letters import import_letter, is_plain_pdf
from orders.reading import media_type_of
from orders.service import put_orders
from receivables.e_invoices import is_document
from receivables.imports import Handed, Imported, Tell, company_for, import_in_parts
from receivables.intake.rows import Row, read_rows
from receivables.service import Intake
from runtime.house import House
from runtime.work import Actor, Work


def import_orders(house: House, actor: Actor, handed: Handed, source: BinaryIO, imported: Imported, tell: Tell) -> None:
    """Orders as CSV, JSON, NDJSON or a workbook, as the documents themselves (UBL, EDIFACT), or as mails and scans.

    A row with a `scan_file` is the index of a scan that came before it.
    """
    if is_document(source, handed) and not is_plain_pdf(source, handed):
        import_documents(house, actor, handed, imported)
        return
    source.seek(0)
    if media_type_of(source.read(4096), handed.name):
        import_letter(house, actor, handed, imported)
        return
    source.seek(0)
    imported.format = "rows"

    def put(work: Work, part: list[Row]) -> Intake:
        scans = [row for row in part if row.values.get("scan_file")]
        company = company_for(work, handed.company)
        read = [(row, *read_order(row)) for row in part if row not in scans]
        intake = put_orders(work, company, [order for _, order, _ in read if order])
        for row, order, problems in read:
            intake.problems += problems
            if order is None:
                intake.note(str(row.values.get("order_number", "")), "rejected")
        for row in scans:
            intake.add(note_index(work, row))
        return intake

    import_in_parts(house, actor, read_rows(source, (*COLUMNS, "scan_file"), imported.problems), put, imported, tell)
