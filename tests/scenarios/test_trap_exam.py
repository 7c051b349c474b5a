"""The exam of traps: written against cash application by an examiner who had not read it, one nasty case a receipt.

The book and the receipts stand in `trap_exam/*.txt`, one theme a file; `exam_files` says how to read them. Where a line
begins with ~ a clerk would post just that, and a question is no fault.
"""

from pathlib import Path

from commands.system import System
from tests.scenarios.exam_files import exam
from tests.scenarios.exam_room import fails, outcomes, sit


def test_no_trap_is_walked_into(system: System, tmp_path: Path) -> None:
    read = exam("trap_exam")
    assert len(read.receipts) >= 170
    sit(system, read, tmp_path)
    found = outcomes(system, tmp_path)
    amiss = [
        f"{each.ref} {each.what}: {why}; said {found[each.ref].said} ({each.bank}) {found[each.ref].reasons[:1]}"
        for each in read.receipts
        if (why := fails(each, found[each.ref]))
    ]
    assert not amiss, f"{len(amiss)} of {len(read.receipts)}\n" + "\n".join(amiss)
