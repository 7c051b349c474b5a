"""What is asked about the indicators, and what the API says about them."""

from datetime import date

from pydantic import ConfigDict, Field

from reports.indicators import Basis, scope_of
from reports.kpi_store import Scope
from runtime.shapes import Body, Currency, Day, Shape
from runtime.work import Work


class Asked(Body):
    """The days `from` through `to`, the last thirty when not said, and whom or what the indicators are about."""

    model_config = ConfigDict(extra="ignore", str_max_length=200)

    from_on: Day | None = Field(None, alias="from")
    to_on: Day | None = Field(None, alias="to")
    company: str = Field("", description="Code of the company.")
    customer: str = Field("", description="The customer's number.")
    portfolio: str = Field("", description="Who looks after the customers.")
    channel: str = Field("", description="The channel of the orders; K1 to K4.")
    currency: str = Field("", description="Of the money figures; the company's when absent.")
    basis: Basis = Field("detected", description="What a dispute's time counts from.")

    def scope(self, work: Work) -> Scope:
        return scope_of(
            work,
            self.from_on,
            self.to_on,
            company=self.company,
            customer=self.customer,
            portfolio=self.portfolio,
            channel=self.channel,
            currency=self.currency,
        )


class IndicatorShape(Shape):
    """One indicator; `value` null: there is nothing to divide by, or nobody wrote it down that day."""

    indicator: str = Field(examples=["K1"])
    title: str
    value: str | None = Field(examples=["98.25"])
    unit: str = Field(examples=["%"])
    numerator: str
    denominator: str
    from_on: date = Field(alias="from")
    to: date


class KpisShape(Shape):
    """The indicators of a period; money in `currency`."""

    from_on: date = Field(alias="from")
    to: date
    currency: Currency
    data: list[IndicatorShape]


class KpiRecordShape(Shape):
    """One record behind an indicator, and the page that shows it."""

    title: str
    customer: str
    customer_id: str
    on: date | None
    says: str
    href: str


class KpiRecordsShape(Shape):
    """What an indicator counts; `total` counts all, `data` has at most 500."""

    indicator: str
    total: int
    data: list[KpiRecordShape]


class KpiTrendShape(Shape):
    """How an indicator stood at the end of a day, over the thirty days up to it."""

    on: date
    value: str | None
    unit: str
