"""Documents written by `make docs` say what the code says; only the counts of the corpus may be older."""

import runpy
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def _generator(name: str) -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "bin" / name))


def test_the_document_of_bank_formats_is_the_generated_one() -> None:
    generator = _generator("bank-formats")
    page = (ROOT / "docs" / "bank-formats.md").read_text("utf-8")
    assert page == generator["document"](generator["kept_section"](page)), "run `make docs`"


def test_the_reference_names_every_setting_command_job_and_right_there_is() -> None:
    page = (ROOT / "docs" / "reference.md").read_text("utf-8")
    assert page == _generator("reference")["document"](), "run `make docs`"


def test_nothing_in_the_reference_is_left_undescribed() -> None:
    page = (ROOT / "docs" / "reference.md").read_text("utf-8")
    assert [line for line in page.splitlines() if line.startswith("| `") and line.endswith("|  |")] == []
