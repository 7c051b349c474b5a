"""Who is meant in a business document: which of our companies sells, and which customer buys.

What only a person can answer holds the file (`Held`); a document in which we are the buyer is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from core.errors import Invalid
from core.problems import Problem
from receivables import store
from receivables.imports import Held, company_for
from receivables.intake.documents.model import Party
from receivables.intake.invoice_documents import compact, identifiers_of, names_of, row_of_party
from receivables.push import Intake
from receivables.push_customers import push_customer_rows
from receivables.tables import Company, Customer
from runtime.work import Work


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as far as its parties go: `kind` is the word for it, `where` its place in the file."""

    kind: str
    where: str
    seller: Party | None
    buyer: Party | None
    currency: str

    def held(self, message: str, **question: str) -> Held:
        return Held(f"{self.where}: {message}", question)


# ── our company ─────────────────────────────────────────────────────────────────────────────────


def our_company(work: Work, paper: Paper, code: str | None) -> Company:
    """The company that is the seller. Said by a person, it must at least not contradict the document."""
    seller, buyer = paper.seller, paper.buyer
    companies = store.companies(work.session)
    if not companies:
        return _first_company(work, seller, paper.currency, code)
    selling = [company for company in companies if seller and _is_party(company, seller)]
    name = seller.name if seller and seller.name else "somebody unnamed"
    if buyer and not selling and any(_is_party(company, buyer) for company in companies):
        message = f"This is a purchase {paper.kind}: {name} sells and we buy. Only what we sell comes in here."
        raise Invalid.because(paper.where, message, field="seller")
    if code is not None:
        said = store.company_by_code(work.session, code)
        selling = [said] if said in selling or not (selling or _contradicts(said, seller)) else []
    if len(selling) == 1:
        return selling[0]
    message = f"The seller is “{name}”, which is none of our companies, or several. Say which one it is."
    raise paper.held(message, asks="company", seller=name)


def _first_company(work: Work, seller: Party | None, currency: str, code: str | None) -> Company:
    """On an empty system the seller is our first company, to be completed later."""
    company = company_for(work, code)
    if seller and seller.name:
        company.name = company.legal_name = seller.name
        company.country, company.currency = seller.country or "", currency
        company.vat_id = compact(seller.vat_id)
        work.session.flush()
    return company


def _is_party(company: Company, party: Party) -> bool:
    if company.vat_id and party.vat_id:
        return compact(company.vat_id) == compact(party.vat_id)
    ours = {compact(company.name), compact(company.legal_name)}
    return not ours.isdisjoint(compact(name) for name in names_of(party))


def _contradicts(company: Company, party: Party | None) -> bool:
    return bool(
        party and company.vat_id and party.vat_id and compact(company.vat_id) != compact(party.vat_id)
    )  # fmt: skip


# ── the customer ────────────────────────────────────────────────────────────────────────────────


def customer_of(work: Work, paper: Paper, intake: Intake) -> str:
    """The external id of the buyer: by our number for it, else its VAT id, else name and country; else it is new."""
    buyer = paper.buyer
    if buyer is None:
        raise paper.held("It names no buyer. Whose invoice is it?", asks="customer")
    for found in (_by_number(work, buyer), _by_vat_id(work, buyer), _by_name(work, buyer)):
        if len(found) > 1:
            names = ", ".join(sorted(customer.external_id for customer in found))
            raise paper.held(f"Its buyer “{buyer.name}” may be one of several customers: {names}.", asks="customer")
        if found:
            return found[0].external_id
    return _new_customer(work, paper, buyer, intake)


def _by_number(work: Work, buyer: Party) -> Sequence[Customer]:
    """Customers kept under one of the buyer's codes; the likeliest code decides. Another VAT id is another customer."""
    codes = identifiers_of(buyer)
    query = select(Customer).where(Customer.external_id.in_(codes))
    found = {customer.external_id: customer for customer in work.session.scalars(query)}
    for code in codes:
        customer = found.get(code)
        if customer and not (customer.vat_id and buyer.vat_id and compact(customer.vat_id) != compact(buyer.vat_id)):
            return [customer]
    return []


def _by_vat_id(work: Work, buyer: Party) -> Sequence[Customer]:
    if not compact(buyer.vat_id):
        return []
    exact = select(Customer).where(Customer.vat_id.in_({str(buyer.vat_id), compact(buyer.vat_id)}))
    stored = func.upper(func.replace(func.replace(func.replace(Customer.vat_id, " ", ""), ".", ""), "-", ""))
    found = (
        work.session.scalars(exact).all()
        or work.session.scalars(select(Customer).where(stored == compact(buyer.vat_id))).all()
    )
    named = [each for each in found if compact(each.name) in {compact(name) for name in names_of(buyer)}]
    return store.survivors(work.session, named if len(found) > 1 and named else found)


def _by_name(work: Work, buyer: Party) -> Sequence[Customer]:
    """The very name, in the same country as far as both say one; never where VAT ids differ."""
    names = names_of(buyer)
    lowered = func.lower(Customer.name).in_([name.lower() for name in names])
    query = select(Customer).where(or_(Customer.name.in_(names), lowered))
    if buyer.country:
        query = query.where(or_(Customer.country == buyer.country, Customer.country == ""))
    found = work.session.scalars(query).all()
    return store.survivors(work.session, [each for each in found if not (each.vat_id and buyer.vat_id)])


def _new_customer(work: Work, paper: Paper, buyer: Party, intake: Intake) -> str:
    row = row_of_party(buyer, paper.currency, paper.where)
    if row is None:
        name = buyer.name or "without a name"
        message = f"Its buyer “{name}” is no customer, and has no number or VAT id to be kept by."
        raise paper.held(message, asks="customer", buyer=buyer.name or "")
    number = str(row.values["customer_id"])
    if store.customers_by_external_id(work.session, [number]):
        message = f"Its buyer “{buyer.name}” has the number {number} of another customer, whose VAT id differs."
        raise paper.held(message, asks="customer", buyer=buyer.name or "")
    pushed = push_customer_rows(work, [row])
    if pushed.count("created") != 1:
        raise paper.held(" ".join(problem.message for problem in pushed.problems), asks="customer")
    message = f"There was no customer “{buyer.name}”; it was added from the document as {number}."
    intake.problems += [*pushed.problems, Problem(paper.where, message, severity="warning", field="customer_id")]
    return number
