"""docs/how-to/start-with-your-own-books.md, followed line by line by somebody who has only that."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

GUIDE = (Path(__file__).parents[2] / "docs/how-to/start-with-your-own-books.md").read_text("utf-8")
ENDLESS = "main.py serve"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def test_the_guide_leads_from_an_empty_folder_to_the_first_letters(tmp_path: Path) -> None:
    for name, content in zip(("customers.csv", "invoices.csv"), blocks("csv"), strict=True):
        (tmp_path / name).write_text(content, "utf-8")
    settings = {**os.environ, "DUECOURSE_VAR_DIR": str(tmp_path / "var")}
    root = Path(__file__).parents[2]
    said = {}
    for line in "".join(blocks("sh")).splitlines():
        if line.endswith(ENDLESS):
            continue
        program, *words = shlex.split(line)
        assert program == ".venv/bin/python"
        words = [str(tmp_path / word) if word.endswith(".csv") else word for word in words]
        done = subprocess.run(
            [sys.executable, *words], cwd=root, env=settings, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        said[" ".join(words[1:3])] = done.stdout
    assert "2 notices" in said["dun"]
    assert "1000.00" in said["export open-items"]
    assert "password" in said["user add"]
