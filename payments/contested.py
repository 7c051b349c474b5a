"""Which open items are in dispute, as the packages above know it."""

from collections.abc import Set as AbstractSet
from uuid import UUID

from payments.events import DifferencesJudged
from runtime.work import Work


def contested_items(work: Work, company_id: UUID) -> AbstractSet[UUID]:
    """The open items of a company a case not closed is about: on them no difference is forgiven without a person."""
    asked = DifferencesJudged(company_id)
    work.announce(asked)
    return asked.contested
