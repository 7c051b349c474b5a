"""The cash exam: more than two hundred receipts through the public commands, judged by what a careful clerk would do.

The book and the receipts stand in `cash_exam/*.txt`, one theme a file; `exam_files` says how to read them. Nothing may
be posted that a clerk would not post, and what a clerk would post is posted.
"""

from pathlib import Path

import pytest

from commands.system import System
from tests.scenarios.exam_files import exam
from tests.scenarios.exam_room import fails, outcomes, sit


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_careful_clerk_would_have_done_the_same(system: System, tmp_path: Path) -> None:
    read = exam("cash_exam")
    assert len(read.receipts) >= 230
    sit(system, read, tmp_path)
    found = outcomes(system, tmp_path)
    amiss = [
        f"{each.ref} {each.what}: {why}; said {found[each.ref].said} ({each.bank}) {found[each.ref].reasons[:1]}"
        for each in read.receipts
        if (why := fails(each, found[each.ref]))
    ]
    assert not amiss, f"{len(amiss)} of {len(read.receipts)}\n" + "\n".join(amiss)
