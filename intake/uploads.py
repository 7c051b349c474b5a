"""An uploaded file on its way to disk, a piece at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile

from fastapi import UploadFile

from core.errors import Invalid, Unavailable
from runtime.house import House

_PIECE = 1024 * 1024


@contextmanager
def spooled(house: House, upload: UploadFile) -> Iterator[Path]:
    """The upload as a file of our own, as long as the block runs; `Unavailable` when the disk is full."""
    try:
        with NamedTemporaryFile(dir=house.var_dir, prefix="upload-") as file:
            while piece := upload.file.read(_PIECE):
                file.write(piece)
            file.flush()
            yield Path(file.name)
    except OSError as error:
        raise Unavailable(f"The upload cannot be stored: {error.strerror}.") from error


def name_of(upload: UploadFile) -> str:
    """The file's own name, without folders and without what does not print."""
    name = PurePosixPath((upload.filename or "").replace("\\", "/")).name
    return "".join(character for character in name if character.isprintable()) or "file"


def plain(field: str, text: str | None) -> str | None:
    """A form field as text; nothing when empty. A NUL or the like, which one database would store, is refused."""
    if text and not text.isprintable():
        raise Invalid.because(f"/{field}", "The text has characters that do not print.", field=field)
    return (text or "").strip() or None
