"""What the API says about imports."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from runtime.shapes import Body, Shape

Kind = Literal["customers", "invoices", "orders", "statement", "remittance", "exchange_rates"]
"""What a file may hold."""


class QuestionShape(Shape):
    """What a held file waits for: its `kind`, whose `account` it is, or only to be read `again`."""

    asks: str = Field(examples=["account"])
    account: str | None = Field(None, examples=["ES9121000418450200051332"])
    currency: str | None = Field(None, examples=["EUR"])


class ImportShape(Shape):
    """One file handed in, and what became of it. `total` is an estimate until the end.

    An archive counts files in `total` and `done`, and lists them; its other counts are theirs together.
    """

    id: UUID
    kind: str | None = Field(examples=["invoices"], description="null until somebody says what the file holds")
    file: str = Field(examples=["invoices.csv"])
    format: str | None = Field(examples=["rows"])
    state: Literal["waiting", "running", "done", "refused", "held"]
    total: int
    done: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    question: QuestionShape | None
    archive: UUID | None = Field(description="the import of the ZIP it came in")
    files: list[UUID] = Field(description="the imports of the files of a ZIP")
    started_at: datetime | None
    finished_at: datetime | None


class ImportProblemShape(Shape):
    """One thing wrong in a file. An error kept the row or the file out; a warning let it in."""

    severity: Literal["error", "warning"]
    where: str = Field(examples=["line 7"])
    field: str | None = Field(examples=["amount"])
    message: str


class AnswerBody(Body):
    """What a held or refused file waits for; what was said before stays said."""

    kind: Kind | None = None
    company: str | None = Field(None, description="its code", examples=["NW"])
    format: str | None = Field(None, examples=["camt053"])
    account: str | None = Field(None, description="our account, for files that do not name it")
    currency: str | None = Field(None, examples=["EUR"])
    add_account: bool = Field(False, description="the account is new: add it to the company")
