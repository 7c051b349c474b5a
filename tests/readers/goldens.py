"""One or more small whole files of every format, written by us: `golden/<format>/…`."""

from pathlib import Path

from payments.readers.registry import READERS

FOLDER = Path(__file__).parent / "golden"

GOLDENS = {
    reader.name: {path.name: path.read_bytes() for path in sorted((FOLDER / reader.name).glob("*"))}
    for reader in READERS
}
"""Format → file name → bytes."""
