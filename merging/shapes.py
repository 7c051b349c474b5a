"""The shapes of what `/api/v1` says about customers that may be one party, and merges."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from runtime.shapes import Amount, Body, Currency, Shape


class LikeShape(Shape):
    """A customer as far as it is compared with another."""

    customer_id: str = Field(examples=["ACME"])
    name: str
    vat_id: str
    iban: str
    street: str
    postal_code: str
    city: str
    country: str


class DuplicateShape(Shape):
    """Two customers that may be one party, the one we knew first, and what they share."""

    first: LikeShape
    second: LikeShape
    reasons: list[Literal["vat_id", "account", "name_and_place"]]


class DuplicatesShape(Shape):
    """The pairs that say most, and how many there are in all."""

    data: list[DuplicateShape]
    total: int


class Pair(Body):
    """Two customers by their numbers."""

    first: str = Field(examples=["ACME"])
    second: str = Field(examples=["ACME-2"])


class DismissedShape(Shape):
    """Two customers of which a person said that they are not the same party."""

    first: str
    second: str
    dismissed: bool


class NewMerge(Body):
    """The customer that remains, the one that becomes a part of it, and how somebody knows they are one."""

    survivor: str = Field(examples=["ACME"])
    merged: str = Field(examples=["ACME-2"])
    reason: str = Field(examples=["The same VAT number; confirmed on the phone"])


class Undo(Body):
    """Why they are taken apart."""

    reason: str = Field(examples=["Two branches that pay for themselves"])


class OwedInAllShape(Shape):
    """What is open in one currency, over all companies."""

    currency: Currency
    open: Amount = Field(description="Invoices and charges.")
    credits: Amount = Field(description="Credit notes nobody used yet.")
    unapplied: Amount = Field(description="Cash no invoice has taken.")


class MovedShape(Shape):
    """So many rows of a kind."""

    what: str = Field(examples=["invoices and credit notes"])
    count: int


class LimitAmount(Shape):
    """A limit in force."""

    currency: Currency
    amount: Amount


class MergePreviewShape(Shape):
    """What a merge would do now; it is refused while there are `obstacles`."""

    survivor: LikeShape
    merged: LikeShape
    moves: list[MovedShape]
    owed: list[OwedInAllShape]
    limits: list[LimitAmount] = Field(description="The survivor's; they remain.")
    unused_limits: list[LimitAmount] = Field(description="The other's; they do not count any more.")
    obstacles: list[str]


class MergeShape(Shape):
    """A merge, and whether it was taken apart since."""

    number: int = Field(examples=[1])
    survivor: str = Field(examples=["ACME"])
    merged: str = Field(examples=["ACME-2"])
    reason: str
    actor: str
    at: datetime
    undone_at: datetime | None
    undone_by: str | None
    undo_reason: str | None
