"""A bank file as the fence runs it: a path and a format's name in, pieces out."""

from collections.abc import Iterator

from payments.readers.model import Assumed, Piece
from payments.readers.registry import reader_named


def pieces_of_file(path: str, format_name: str, assumed: Assumed) -> Iterator[Piece]:
    """The pieces of the file at `path`, as the reader of that format yields them."""
    with open(path, "rb") as source:
        yield from reader_named(format_name).read(source, assumed)
