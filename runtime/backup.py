"""Backup and restore. A backup is one file: database, archive and the key that seals the audit log.

SQLite is copied by its online backup API, PostgreSQL by `pg_dump`; both may be in use meanwhile. A restored database
starts with sending locked (D15): the copy must not send again what the original has sent since. On SQLite the lock is
written before the database is put in its place, so there is no moment in which the copy could send.
"""

import shutil
import sqlite3
import subprocess
import tarfile
from contextlib import closing
from datetime import datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from sqlalchemy import URL, Insert, create_engine, insert, select

from core.errors import Invalid, Refused, Unavailable
from runtime.tables import SENDING_SWITCH, Switch

DATABASE_FILE = "duecourse.db"
DUMP_FILE = "duecourse.dump"
KEPT = ("archive", "outbox", "secret.key")
"""What of the var dir goes into a backup besides the database."""


def backup(url: URL, var_dir: Path, target: Path) -> int:
    """Writes a backup and returns its size in bytes. An existing file is not overwritten."""
    if target.exists():
        raise Refused(f"{target.name} exists already; name another file.")
    with TemporaryDirectory(dir=var_dir) as folder:
        dumped = _dump(url, Path(folder))
        part = target.with_name(target.name + ".part")
        with tarfile.open(part, "w:gz") as archive:
            archive.add(dumped, dumped.name)
            for name in KEPT:
                if (var_dir / name).exists():
                    archive.add(var_dir / name, name)
        part.rename(target)
    return target.stat().st_size


def _dump(url: URL, folder: Path) -> Path:
    if url.get_backend_name() == "sqlite":
        target = folder / DATABASE_FILE
        with closing(sqlite3.connect(str(url.database))) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
        return target
    target = folder / DUMP_FILE
    _run("pg_dump", "--format=custom", f"--file={target}", f"--dbname={_libpq(url)}")
    return target


def restore(url: URL, var_dir: Path, source: Path, reason: str, at: datetime) -> None:
    """Puts a backup back into an empty var dir or, on PostgreSQL, an empty database, and locks sending for a reason."""
    with TemporaryDirectory(dir=var_dir) as folder:
        _unpack(source, Path(folder))
        if url.get_backend_name() == "sqlite":
            _restore_sqlite(Path(str(url.database)), Path(folder) / DATABASE_FILE, _locking(reason, at))
        else:
            dump = Path(folder) / DUMP_FILE
            _require(dump, "SQLite")
            _run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={_libpq(url)}", str(dump))
            _lock(url, _locking(reason, at))
        for name in KEPT:
            _put_back(Path(folder) / name, var_dir / name)


def _unpack(source: Path, folder: Path) -> None:
    """Unpacks what `backup` writes: files and folders below this one, and nothing else a tar file could hold.

    Written out, because tarfile's own filters are missing from Python before 3.11.4, which Debian 12 brings.
    """
    try:
        with tarfile.open(source, "r:gz") as archive:
            for member in archive:
                _unpack_member(archive, member, folder)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise Invalid.because(str(source), f"This is no backup of ours: {error}.") from error


def _unpack_member(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    inside = PurePosixPath(member.name)
    content = archive.extractfile(member) if member.isfile() else None
    if inside.is_absolute() or ".." in inside.parts or (content is None and not member.isdir()):
        raise tarfile.TarError(f"it holds “{member.name[:60]}”")
    target = folder / inside
    if content is None:
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with content, target.open("wb") as file:
        shutil.copyfileobj(content, file)
    target.chmod(member.mode & 0o755 | 0o600)


def _locking(reason: str, at: datetime) -> Insert:
    return insert(Switch).values(name=SENDING_SWITCH, reason=reason, at=at)


def _lock(url: URL, locking: Insert) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        if connection.scalar(select(Switch.name).where(Switch.name == SENDING_SWITCH)) is None:
            connection.execute(locking)
    engine.dispose()


def _restore_sqlite(target: Path, dump: Path, locking: Insert) -> None:
    _require(dump, "PostgreSQL")
    if target.exists():
        raise Refused(f"There is a database at {target.name} already. Restore into an empty var dir.")
    target.parent.mkdir(parents=True, exist_ok=True)
    _lock(URL.create("sqlite", database=str(dump)), locking)
    shutil.move(dump, target)


def _require(dump: Path, other: str) -> None:
    if not dump.exists():
        raise Invalid.because("backup", f"This backup is of a {other} database; it does not fit the one configured.")


def _put_back(source: Path, target: Path) -> None:
    if not source.exists():
        return
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target)


def _libpq(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise Unavailable(f"{command[0]} is missing. As root: apt-get install -y postgresql-client") from error
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"{command[0]} failed: {error.stderr.strip()[:300]}") from error
