"""Problems: what is wrong with an input, as values. Readers and imports return them; nothing is guessed instead."""

from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong, at one place.

    `where` is the line, path or JSON pointer ("line 7", "/Document/BkToCstmrStmt/Stmt[1]", "/invoices/3/amount");
    `field` the column or element; `message` a sentence for the person who must mend it; `file` the file's name.
    An error keeps the thing out; a warning lets it in and says what to look at.
    """

    where: str
    message: str
    severity: Severity = "error"
    field: str | None = None
    file: str | None = None

    def as_dict(self) -> dict[str, str | None]:
        return asdict(self)
