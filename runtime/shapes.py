"""The shapes of what `/api/v1` answers: declared once, shown in the OpenAPI document, and checked against every answer
by the tests. Answers are written as bytes and not validated a second time."""

from datetime import date
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")

Amount = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$", examples=["1234.50"])]
"""A plain decimal with exactly the currency's decimals."""
Currency = Annotated[str, Field(examples=["EUR"], description="ISO 4217")]

Day = Annotated[date, Field(ge=date(1970, 1, 1), le=date(2199, 12, 31))]
"""A business date as callers may name it: every day that can be computed with."""


class Shape(BaseModel):
    """An answer. It has these members and no others."""

    model_config = ConfigDict(extra="forbid")


class Body(BaseModel):
    """What a caller sends. Unknown members are refused, and no text is longer than 4,000 characters."""

    model_config = ConfigDict(extra="forbid", str_max_length=4000)


class Page(Shape, Generic[T]):
    """A part of a list; `next_cursor` asks for the part after it."""

    data: list[T]
    has_more: bool
    next_cursor: str | None


class Whole(Shape, Generic[T]):
    """A list that is never long."""

    data: list[T]


class Flaw(Shape):
    """One thing wrong: where (a JSON pointer), in which field, and what, in a sentence."""

    pointer: str = Field(examples=["/invoices/0/amount"])
    field: str | None = Field(examples=["amount"])
    message: str = Field(examples=["“1.234,56” is not a plain decimal amount such as 1234.50."])


class Refusal(Shape):
    """RFC 9457 problem details: every answer that is not what was asked for."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Invalid input"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["amount: “1.234,56” is not a plain decimal amount such as 1234.50."])
    errors: list[Flaw]
