"""docs/bank-formats.md is what the readers say; only the counts of the corpus may be older."""

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_document_of_bank_formats_is_the_generated_one() -> None:
    generator = runpy.run_path(str(ROOT / "bin" / "bank-formats"))
    page = (ROOT / "docs" / "bank-formats.md").read_text("utf-8")
    assert page == generator["document"](generator["kept_section"](page)), "run `make docs`"
