"""A notice on its way out: written from the facts, checked at the gate, its outcome recorded.

The gate's question is simple: would the letter written now, under the customer's lock, say exactly what the rendered
one says? Any payment, dispute, promise or hold committed before it changes the letter, and then it is written anew or
withdrawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from core.calendar import is_business_day
from core.errors import Unavailable
from dunning import claim_store, store
from dunning.claims import Accrued, accrued, charge_rows
from dunning.editing import Person, addressee, spoken_level
from dunning.enclosures import contents_of, enclosed, files_of, note_enclosures, sent_with
from dunning.escalation import ItemFacts, first_day, is_bank_data_poor, resuming
from dunning.facts import SUSPECTED, PauseLedger, bank_data
from dunning.fees import fee_of, mark_fee
from dunning.letter import Letter, LetterRow, Recipient, Sender, language_of
from dunning.mailing import former_message_ids, mail_of
from dunning.policy import Level, Policy
from dunning.reachable import is_dead
from dunning.recipients import ON_PAPER
from dunning.rendering import render_letter_pdf
from dunning.run import message_id, withdraw
from dunning.sent import business_day, late, mark_sent
from dunning.tables import WRITTEN_ANEW, DunningRun, Notice, NoticeLine
from dunning.texts import note_wording, own_text
from payments.store import unapplied_cash
from payments.suspected import unplaced_money
from receivables import store as receivables
from receivables.letter_accounts import account_on_letters
from receivables.tables import Company, Contact, Customer, Invoice, OpenItem
from runtime.dispatch import Prepared, Withdrawn
from runtime.documents import Archive
from runtime.mail import Attachment, Mail
from runtime.mail import compose as compose_mail
from runtime.pdf import PdfRenderer
from runtime.tables import Document
from runtime.work import Work

NOTHING_LEFT = "Nothing is left to remind of now: paid or perhaps paid, disputed, on hold or just resumed."
POOR_BANK_DATA = "Bank data is too old or has a gap: nobody knows what was paid meanwhile."
COVERED = "The customer's credits cover it."
NO_ADDRESS = "The customer has no e-mail address."
CAME_BACK = "Mail to the customer's address came back; find another one."
NO_POSTAL_ADDRESS = "The customer has no postal address."
RECENT_CONTACT = "Another notice went out to the customer meanwhile; the next run takes it up."


@dataclass(frozen=True, slots=True)
class Standing:
    """A line of a notice as it stands now."""

    line: NoticeLine
    item: OpenItem
    invoice: Invoice
    disputed: int


def standing_lines(work: Work, notice: Notice, today: date) -> list[Standing]:
    """The lines that may still be claimed today, each with the part of it that may not."""
    ledger = PauseLedger.of(store.pauses(work.session, {notice.customer_id}))
    country = work.session.get_one(Customer, notice.customer_id).country
    policies = store.policies_by_id(work.session)
    unplaced = unplaced_money(work.session, {notice.customer_id})
    party = (notice.customer_id, notice.company_id, notice.currency)
    found = []
    for line, item, invoice in store.lines_with_items(work.session, notice.id):
        policy = policies[line.policy_id]
        stops, ended = ledger.about(item.id, item.customer_id, today)
        if unplaced.may_cover(item.id, party, item.open):
            stops += (SUSPECTED,)
        facts = ItemFacts(item.due_on, item.open, item.currency, country, stops=stops, ended=ended)
        is_enough = facts.claimable >= policy.minimum_of(item.currency, line.level, item.gross)
        if is_enough and _is_its_time(line, facts, policy, today):
            found.append(Standing(line, item, invoice, facts.paused))
    return found


def _is_its_time(line: NoticeLine, facts: ItemFacts, policy: Policy, today: date) -> bool:
    """Due dates move, cases close, and letters may wait for a server: never early, never on the heels of a pause, and
    no courtesy note about what is overdue by now."""
    level = policy.level(line.level)
    if level is None or today < first_day(facts.due_on, policy, level) or resuming(facts, policy, today):
        return False
    return level.number > 0 or today <= facts.due_on


def compose(work: Work, notice: Notice, sender_address: str = "") -> Letter | Withdrawn:
    """The letter as the facts stand in this transaction, or why there is none to write.

    `sender_address` stands in for a company that has no e-mail address of its own.
    """
    run = store.run(work.session, notice.run_id)
    today = business_day(work, run)
    standing = standing_lines(work, notice, today)
    customer = work.session.get_one(Customer, notice.customer_id, populate_existing=True)
    if not standing or customer.is_insolvent:
        return Withdrawn(NOTHING_LEFT)
    level = max(each.line.level for each in standing)
    policy = _policy(work, standing, level)
    spoken = spoken_level(notice, level)
    step = policy.level(spoken) or Level(spoken, 0)
    person = addressee(work.session, notice, step)
    if missing := _missing_address(work, notice, customer, person):
        return Withdrawn(missing)
    credits = _credits(work, notice)
    if credits >= sum(each.item.open - each.disputed for each in standing):
        return Withdrawn(COVERED)
    if level and _is_bank_data_poor(work, notice, policy):
        return Withdrawn(POOR_BANK_DATA)
    gap = timedelta(days=policy.min_gap_days)
    if store.is_another_near(work.session, notice, today - gap, work.now - gap):
        return Withdrawn(RECENT_CONTACT)
    due = _due_for_lateness(work, notice, standing, today)
    language = language_of((person and person.language) or notice.language)
    letter = Letter(
        number=notice_number(notice, run),
        level=min(spoken, 3),
        language=language,
        on=today,
        currency=notice.currency,
        sender=sender_of(work, store.company(work.session, notice.company_id), sender_address),
        recipient=_recipient(customer, person),
        rows=tuple(_row(each, today) for each in standing),
        pay_by=_pay_by(standing, today, level, step.pay_within_days),
        credits_minor=credits,
        fee_minor=fee_of(step, policy, notice.currency, customer.debtor_type),
        payment_reference=_reference(standing),
        previous_on=_previous(work, standing),
        charges=tuple(row for each in due for row in charge_rows(each)),
        charges_claimed=any(each.late.interest == "claim" for each in due),
        charges_before_minor=claim_store.open_charges(
            work.session, notice.customer_id, notice.company_id, notice.currency
        ),
        text=own_text(work.session, min(spoken, 3), language),
        charge_sources=tuple(dict.fromkeys(source for each in due for source in each.sheet.sources)),
    )
    return enclosed(work, notice, step, [each.invoice.id for each in standing], letter)


def _missing_address(work: Work, notice: Notice, customer: Customer, person: Contact | Person | None) -> str | None:
    """What there is no address for on the notice's way; a call needs none of ours."""
    if notice.channel == "email" and not (person or customer.email):
        return NO_ADDRESS
    if notice.channel == "email" and is_dead(work.session, person.email if person else customer.email):
        return CAME_BACK
    if notice.channel in ON_PAPER and not (customer.street and customer.city):
        return NO_POSTAL_ADDRESS
    return None


def _policy(work: Work, standing: Sequence[Standing], level: int) -> Policy:
    """The policy of the first line that stands at the letter's level: what it says counts for the letter."""
    leading = next(each.line for each in standing if each.line.level == level)
    return store.policies_by_id(work.session)[leading.policy_id]


def _is_bank_data_poor(work: Work, notice: Notice, policy: Policy) -> bool:
    if policy.bank_data_max_age_business_days is None:
        return False
    return is_bank_data_poor(bank_data(work).get(notice.company_id), policy)


def _due_for_lateness(work: Work, notice: Notice, standing: Sequence[Standing], today: date) -> list[Accrued]:
    """What the letter claims for lateness; where no line claims, what it warns of."""
    items = late(work, notice, [(each.line, each.item, each.invoice) for each in standing])
    claiming = [each for each in items if each.interest == "claim"]
    return accrued(work, claiming or items, today)[0]


def notice_number(notice: Notice, run: DunningRun) -> str:
    """What people call the notice."""
    return f"N-{run.on.year}-{notice.number:05d}"


def _credits(work: Work, notice: Notice) -> int:
    party = (notice.customer_id, notice.company_id, notice.currency)
    cash = unapplied_cash(work.session, notice.customer_id).get(party, 0)
    return cash + store.open_credits_of(work.session, *party)


def sender_of(work: Work, company: Company, stand_in: str) -> Sender:
    """The company as it writes; `stand_in` is its address where it has none."""
    address = company.email or stand_in
    account = account_on_letters(work.session, company, work.now)
    if not address:
        raise Unavailable(f"Company {company.code} has no e-mail address to send from.")
    return Sender(
        name=company.name,
        legal_name=company.legal_name,
        address=address_lines(company.street, company.postal_code, company.city),
        email=address,
        country=company.country or None,
        vat_id=company.vat_id or None,
        iban=account.iban or None,
        bic=account.bic or None,
        phone=company.phone or None,
        signatory=company.signatory or None,
        reply_to=company.reply_to or None,
    )


def _recipient(customer: Customer, person: Contact | Person | None) -> Recipient:
    return Recipient(
        name=customer.name,
        customer_id=customer.external_id,
        address=address_lines(customer.street, customer.postal_code, customer.city),
        attention=(person and person.name) or None,
        country=customer.country or None,
        email=person.email if person else customer.email,
    )


def address_lines(street: str, postal_code: str, city: str) -> tuple[str, ...]:
    """The lines of an address that are known."""
    return tuple(line for line in (street, f"{postal_code} {city}".strip()) if line)


def _row(standing: Standing, today: date) -> LetterRow:
    return LetterRow(
        number=standing.invoice.number,
        issued_on=standing.invoice.issued_on,
        due_on=standing.item.due_on,
        days_overdue=max(0, (today - standing.item.due_on).days),
        level=standing.line.level,
        open_minor=standing.item.open,
        disputed_minor=standing.disputed,
    )


def _pay_by(standing: Sequence[Standing], today: date, level: int, within_days: int) -> date:
    """A courtesy note asks for the due date itself; a reminder gives some days."""
    if level == 0:
        return max(today, min(each.item.due_on for each in standing))
    return today + timedelta(days=within_days)


def _reference(standing: Sequence[Standing]) -> str | None:
    """The payment reference, when the letter is about one invoice that has one."""
    references = {each.invoice.payment_reference for each in standing}
    return next(iter(references)) or None if len(references) == 1 else None


def _previous(work: Work, standing: Sequence[Standing]) -> date | None:
    reminded = store.reminders(work.session, {each.item.id for each in standing})
    days = [reminder.last_sent_on for reminder in reminded.values() if reminder.level > 0]
    return max(days, default=None)


def _wait_for_business_day(work: Work, notice: Notice) -> None:
    """Puts a letter off that leaves on business days only, and this is none for the customer or for us."""
    policies = store.policies_by_id(work.session)
    steps = [policies[line.policy_id].level(line.level) for line in store.lines(work.session, notice.id)]
    countries = (
        work.session.get_one(Customer, notice.customer_id).country,
        store.company(work.session, notice.company_id).country,
    )
    today = business_day(work, store.run(work.session, notice.run_id))
    if any(step and step.business_days_only for step in steps) and not all(
        is_business_day(today, country) for country in countries
    ):
        raise Unavailable(f"It leaves on a business day; {today} is none.")


def _mail(work: Work, notice: Notice, letter: Letter, pdf: bytes, files: Sequence[Attachment]) -> Mail:
    return mail_of(
        letter,
        message_id=notice.message_id or message_id(work, notice),
        at=work.now,
        pdf=pdf,
        enclosed=files,
        former=former_message_ids(work.session, notice),
    )


class NoticeKind:
    """Notices, for the dispatcher."""

    def __init__(self, renderer: PdfRenderer, archive: Archive, sender_address: str = "") -> None:
        self._renderer, self._archive, self._sender_address = renderer, archive, sender_address

    def letter_pdf(self, work: Work, notice: Notice) -> bytes | Withdrawn:
        """The letter as it was handed over; before that, as it would be written from the facts of this transaction."""
        if notice.document_id is not None and notice.state not in WRITTEN_ANEW:
            return self._archive.content(work.session.get_one(Document, notice.document_id))
        letter = compose(work, notice, self._sender_address)
        return letter if isinstance(letter, Withdrawn) else render_letter_pdf(letter, self._renderer)

    def draw(self, letter: Letter) -> bytes:
        """A letter as pages, whoever asks for it."""
        return render_letter_pdf(letter, self._renderer)

    def printed(self, html: str) -> bytes:
        """A page set like our letters, as PDF; it may name nothing outside itself."""
        return self._renderer.render(html)

    def prepare(self, work: Work, subject_id: UUID) -> Prepared | Withdrawn:
        notice = store.notice(work.session, subject_id)
        letter = compose(work, notice, self._sender_address)
        if isinstance(letter, Withdrawn):
            return letter
        _wait_for_business_day(work, notice)
        pdf = render_letter_pdf(letter, self._renderer)
        files = files_of(work.session, self._archive, self._renderer, letter)
        for content in (pdf, *(each.content for each in files)):
            self._archive.keep(content)
        mail = compose_mail(_mail(work, notice, letter, pdf, files))
        return Prepared((letter, pdf, files), mail, letter.sender.email, (letter.recipient.email or "",))

    def on_paper(self, work: Work, notice: Notice) -> Prepared | Withdrawn:
        """The letter of a notice that goes by hand, as the facts stand, for the gate."""
        letter = compose(work, notice, self._sender_address)
        if isinstance(letter, Withdrawn):
            return letter
        files = files_of(work.session, self._archive, self._renderer, letter)
        return Prepared((letter, self.draw(letter), files), b"", "", ())

    def told(self, work: Work, notice: Notice) -> Letter | Withdrawn:
        """What a call said: its items stand with the figures of this moment. Under the customer's lock."""
        letter = compose(work, notice, self._sender_address)
        if not isinstance(letter, Withdrawn):
            self._mark_lines(work, notice)
            notice.gated_at, notice.total = work.now, letter.to_pay.minor
        return letter

    def contents_of(self, work: Work, notice: Notice) -> list[bytes]:
        """The very bytes of a letter that was printed or sent, and of what went with it."""
        letter = self._archive.content(work.session.get_one(Document, notice.document_id))
        return [letter, *contents_of(work.session, self._archive, notice.id)]

    def enclosures(self, work: Work, notice: Notice) -> list[Attachment]:
        """What went with a letter; before that, what would go with it now."""
        if notice.document_id is not None and notice.state not in WRITTEN_ANEW:
            found = sent_with(work.session, notice.id)
            return [Attachment(each.name, self._archive.content(each), each.media_type) for each in found]
        letter = compose(work, notice, self._sender_address)
        if isinstance(letter, Withdrawn):
            return []
        return list(files_of(work.session, self._archive, self._renderer, letter))

    def gate(self, work: Work, subject_id: UUID, prepared: Prepared) -> bool | Withdrawn:
        notice = store.notice(work.session, subject_id)
        receivables.lock_customer(work.session, notice.customer_id)
        letter, pdf, files = prepared.content
        now = compose(work, notice, self._sender_address)
        if isinstance(now, Withdrawn):
            return now
        if now != letter:
            return False
        self._mark_sending(work, notice, letter, pdf)
        note_enclosures(work, self._archive, notice, files)
        return True

    @staticmethod
    def _mark_lines(work: Work, notice: Notice) -> list[NoticeLine]:
        """Writes the figures of this moment on the lines that stand, and lets the others go."""
        run = store.run(work.session, notice.run_id)
        standing = {each.item.id: each for each in standing_lines(work, notice, business_day(work, run))}
        for line in store.lines(work.session, notice.id):
            if line.open_item_id in standing:
                stands = standing[line.open_item_id]
                line.open, line.disputed = stands.item.open, stands.disputed
            else:
                line.is_released = True
        notice.level = max(each.line.level for each in standing.values())
        return [each.line for each in standing.values()]

    def _mark_sending(self, work: Work, notice: Notice, letter: Letter, pdf: bytes) -> None:
        lines = self._mark_lines(work, notice)
        document = self._archive.record(
            work, pdf, kind="letter", name=f"{letter.number}.pdf", media_type="application/pdf",
            subject=f"notice:{notice.number}",
        )  # fmt: skip
        notice.document_id = document.id
        notice.state, notice.gated_at = "sending", work.now
        notice.total = letter.to_pay.minor
        note_wording(work, notice, letter)
        mark_fee(lines, letter.fee_minor)

    def finished(self, work: Work, subject_id: UUID, state: str, detail: str) -> None:
        notice = store.notice(work.session, subject_id)
        receivables.lock_customer(work.session, notice.customer_id)
        if state == "cancelled":
            withdraw(work, notice, detail)
        else:
            notice.state, notice.state_reason = state, detail[:200]
        if state == "sent":
            mark_sent(work, notice)
        work.record(f"notice.{state}", f"notice:{notice.number}", {"level": notice.level}, reason=detail[:200])
