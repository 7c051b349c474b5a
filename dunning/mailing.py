"""A letter as a mail: addressed, its PDF attached, in one thread with the letters before it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dunning.letter import Letter
from dunning.rendering import render_mail
from dunning.tables import Notice
from dunning.written import one_line
from runtime.mail import Attachment, Mail, Mailbox

LONGEST_THREAD: Final = 10
"""Former letters a mail names: the latest of them."""
LONGEST_NAME: Final = 200
LONGEST_SUBJECT: Final = 300


def mail_of(letter: Letter, *, message_id: str, at: datetime, pdf: bytes, former: Sequence[str] = (),
            enclosed: Sequence[Attachment] = ()) -> Mail:  # fmt: skip
    """The mail that carries a letter. `former` are the Message-IDs of the letters before it, the oldest first.

    Names of people and firms are cut to a line that fits a header; an address that is none is `Invalid`.
    """
    written = render_mail(letter)
    return Mail(
        message_id=message_id,
        at=at,
        sender=Mailbox(letter.sender.email, one_line(letter.sender.name)[:LONGEST_NAME]),
        recipients=(Mailbox(letter.recipient.email or "", one_line(letter.recipient.name)[:LONGEST_NAME]),),
        reply_to=Mailbox(letter.sender.reply_to) if letter.sender.reply_to else None,
        subject=written.subject[:LONGEST_SUBJECT],
        text=written.text,
        html=written.html,
        attachments=(Attachment(f"{one_line(letter.number)[:LONGEST_NAME]}.pdf", pdf), *enclosed),
        former=tuple(former),
    )


def former_message_ids(session: Session, notice: Notice) -> list[str]:
    """The Message-IDs of the letters that went to the same customer about the same company and currency before this
    one, the oldest first: the same whenever it is asked."""
    query = select(Notice.message_id).where(
        Notice.customer_id == notice.customer_id,
        Notice.company_id == notice.company_id,
        Notice.currency == notice.currency,
        Notice.number < notice.number,
        Notice.state == "sent",
        Notice.message_id.is_not(None),
    )
    found = session.scalars(query.order_by(Notice.number.desc()).limit(LONGEST_THREAD)).all()
    return [message_id for message_id in reversed(found) if message_id]
