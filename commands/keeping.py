"""Commands that keep a system: backup, restore, doctor."""

import ctypes
import shutil
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.data import AsJson
from commands.output import finish
from commands.system import System
from core.errors import CollectionsError
from runtime.backup import backup, restore
from runtime.pdf import APT_LINE


def register(cli: Any) -> None:
    cli.command("backup")(make_backup)
    cli.command("restore")(put_back)
    cli.command("doctor")(doctor)


def make_backup(system: System, file: Annotated[Path, typer.Argument()], as_json: AsJson = False) -> None:
    """Writes database, archive and key into one file, while the system runs."""
    size = backup(system.house.database.url, system.house.var_dir, file)
    finish({"file": str(file), "bytes": size}, as_json=as_json, sentence=f"{file} holds {size // 1024} kB.")


def put_back(system: System, file: Annotated[Path, typer.Argument()], as_json: AsJson = False) -> None:
    """Puts a backup into an empty var dir or database; sending stays locked until `unlock-sending`."""
    reason = f"Restored from {file.name}. Check what was sent since, then run `main.py unlock-sending`."
    restore(system.house.database.url, system.house.var_dir, file, reason, system.house.clock.now())
    system.migrate()
    finish({"restored": str(file), "sending": "locked"}, as_json=as_json, sentence=reason)


def doctor(system: System, as_json: AsJson = False) -> None:
    """What is missing on this machine, and the exact command that mends it."""
    findings = [finding for check in (_pango, _disk, _database) for finding in check(system)]
    sentence = "\n".join(f"{each['what']}\n    {each['mend']}" for each in findings) or "Nothing is missing."
    finish({"missing": findings}, as_json=as_json, sentence=sentence, is_refused=bool(findings))


Finding = dict[str, str]


def _pango(_: System) -> list[Finding]:
    try:
        ctypes.CDLL("libpango-1.0.so.0")
        ctypes.CDLL("libpangoft2-1.0.so.0")
    except OSError:
        return [{"what": "Letters cannot be drawn: Pango is missing.", "mend": APT_LINE}]
    return []


def _disk(system: System) -> list[Finding]:
    free = shutil.disk_usage(system.house.var_dir).free // 1024**2
    if free >= 500:
        return []
    return [{"what": f"Only {free} MB are free in {system.house.var_dir}.", "mend": "free some space there"}]


def _database(system: System) -> list[Finding]:
    try:
        is_current = system.is_migrated()
    except CollectionsError as error:
        return [{"what": str(error), "mend": "start the database, or correct DUECOURSE_DATABASE_URL"}]
    return [] if is_current else [{"what": "The database schema is not current.", "mend": "main.py migrate"}]
