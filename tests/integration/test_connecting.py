"""docs/how-to/connect-an-erp.md, followed by somebody who has only that: every example runs against a server."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from exchange.signing import headers, secret_of

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-to" / "connect-an-erp.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(sh|json|python)\n(.*?)^```$", PAGE, re.M | re.S)
PYTHON = ".venv/bin/python"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of somebody who follows the page, beside a server that runs."""
    if not shutil.which("curl"):
        pytest.skip("curl is not on this machine, so its examples cannot be tried")
    port = _free_port()
    given = {name: value for name, value in os.environ.items() if not name.startswith("DUECOURSE_")}
    env = {**given, "DUECOURSE_VAR_DIR": str(tmp_path), "BASE": f"http://127.0.0.1:{port}", "TMPDIR": str(tmp_path)}
    with (tmp_path / "serve.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "main.py", "serve", "--port", str(port)], cwd=ROOT, env=env, stdout=log, stderr=log
        )
    try:
        _wait_for(env["BASE"], server)
        yield env
    finally:
        server.terminate()
        server.wait(60)


def _wait_for(base: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        assert server.poll() is None, "the server ended"
        try:
            urllib.request.urlopen(f"{base}/health/ready", timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("the server did not come up")


def _run(script: str, env: dict[str, str]) -> str:
    script = script.replace(PYTHON, sys.executable)
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _holds(said: Any, got: Any) -> bool:
    """Whether an answer says at least what the page says of it."""
    if isinstance(said, dict):
        return isinstance(got, dict) and all(name in got and _holds(said[name], got[name]) for name in said)
    if isinstance(said, list):
        return isinstance(got, list) and len(said) == len(got) and all(map(_holds, said, got))
    return bool(said == got)


def test_every_example_of_the_page_does_what_the_page_says(shell: dict[str, str]) -> None:
    tried, printed = 0, ""
    for language, block in BLOCKS:
        if language == "sh":
            printed = _run(block, shell)
            tried += block.count("curl ")
            assert '"rejected"' not in re.sub(r'"rejected":\s*0', "", printed), printed
            if "--role erp" in block:
                shell["KEY"] = json.loads(printed.splitlines()[-1])["key"]
                made = _run(f"{PYTHON} main.py apikey create --name chief --role admin --json", shell)
                shell["ADMIN_KEY"] = json.loads(made.splitlines()[-1])["key"]
        elif language == "json":
            said, got = json.loads(block), _last_json(printed)
            assert _holds(said, got), f"the page says {said}, the server {got}"
    assert tried == PAGE.count("curl --fail-with-body") >= 12


def _last_json(printed: str) -> Any:
    """The last of the answers that curl printed one behind the other."""
    decoder, at, found = json.JSONDecoder(), 0, None
    while at < len(printed.rstrip()):
        found, at = decoder.raw_decode(printed, at)
    return found


def test_the_ten_lines_of_the_page_tell_a_genuine_message_from_a_forged_one() -> None:
    (code,) = [block for language, block in BLOCKS if language == "python"]
    names: dict[str, Any] = {}
    exec(code, names)
    is_genuine = names["is_genuine"]
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    secret, other = (secret_of(b"the house", UUID(int=1), version) for version in (1, 2))
    body, now = b'{"type":"payment.applied"}', int(time.time())
    signed = headers([other, secret], "change_1", now, body)
    assert is_genuine(secret, signed, body)
    assert is_genuine(other, signed, body)
    assert not is_genuine(secret, signed, body + b" ")
    assert not is_genuine(secret, {**signed, "webhook-id": "change_2"}, body)
    assert not is_genuine(secret_of(b"the house", UUID(int=2), 1), signed, body)
    old = headers([secret], "change_1", now - 600, body)
    assert not is_genuine(secret, old, body)


def test_every_kind_of_change_stands_on_the_page() -> None:
    from exchange.kinds import KINDS

    table = PAGE[PAGE.index("| kind |") : PAGE.index("Kinds are added")]
    for kind in KINDS:
        subject, _, verb = kind.partition(".")
        assert subject in table, kind
        assert verb in table, kind
