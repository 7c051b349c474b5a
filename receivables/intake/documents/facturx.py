"""Factur-X and ZUGFeRD: the invoice or order that travels as XML inside a PDF. Pure.

pypdf finds the embedded files. (The library factur-x stands on it too, but it parses what it finds without guard and
takes the first that looks like an invoice.) Here exactly one embedded file may be an invoice or an order by its own
root element, whatever its name; the printed pages are not read. A PDF that breaks pypdf's strict rules is read by its
lenient ones, with a warning, when the invoice in it is packed and keeps its own checksum. Sources: Factur-X 1.0,
section 6; ISO 32000-2, 7.9.6, 7.11.
"""

import io
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, NamedTuple

from pypdf import Configuration, PdfReader, apply_configuration
from pypdf.generic import ArrayObject, DictionaryObject, PdfObject, StreamObject, is_null_or_none

from core.problems import Problem
from receivables.intake.documents.cii import CiiReader
from receivables.intake.documents.elements import HEAD_BYTES, refusal, whole
from receivables.intake.documents.model import Document, DocumentReader, Unreadable
from receivables.intake.documents.ubl import UblReader

NAMES = {"factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "order-x.xml"}
"""What the standards call the embedded file; another name is taken with a warning."""
MOST_UNPACKED = 16_000_000
"""Bytes any one stream of the PDF may unpack to."""
MOST_FILES = 200
MOST_OBJECTS = 200_000
MOST_COPIES = 4
"""Equal copies of the invoice under other names; each has to be unpacked to see that it is equal."""
_DEEPEST = 8
"""Levels of the name tree that lists the embedded files."""
READERS: tuple[DocumentReader, ...] = (UblReader(), CiiReader())
_LIMITS = Configuration(
    stream_decoding_work_maximum_length=3_000_000,
    zlib_maximum_output_length=3_000_000,
    lzw_maximum_output_length=3_000_000,
    run_length_maximum_output_length=3_000_000,
    brotli_maximum_output_length=3_000_000,
    zlib_maximum_recovery_input_length=0,
    jbig2dec_binary=None,
)
"""What pypdf may spend on the PDF's own tables, packed in and unpacked; embedded files are unpacked here."""
_END = b"%%EOF"
_END_WITHIN = 2048


class FacturxReader:
    name = "facturx"
    title = "Factur-X or ZUGFeRD (PDF with an embedded invoice)"

    def recognises(self, head: bytes, filename: str) -> bool:
        """By the mark every PDF begins with."""
        return head[:1024].lstrip().startswith(b"%PDF-")

    def read(self, source: BinaryIO) -> tuple[Document, ...]:
        embedded = the_one_invoice(whole(source))
        warnings = tuple(Problem("the PDF", message, severity="warning") for message in _oddities(embedded))
        return tuple(
            replace(each, problems=(*each.problems, *warnings))
            for each in embedded.reader.read(io.BytesIO(embedded.content))
        )


class Embedded(NamedTuple):
    """An invoice or order inside the PDF, and who reads it."""

    name: str
    content: bytes
    reader: DocumentReader
    broken: str = ""
    """Which rule the PDF breaks that the lenient reading overlooked."""


def the_one_invoice(data: bytes) -> Embedded:
    """The embedded invoice or order of a PDF; `Unreadable` when there is none, more than one, or damage."""
    if _END not in data[-_END_WITHIN:]:
        raise refusal("end of file", "The PDF is cut short: its end is missing.")
    try:
        return _invoice_in(data, strict=True)
    except Unreadable:
        raise
    except Exception as reason:
        # pypdf answers a damaged file with whatever error its code ran into, RecursionError and KeyError included.
        broken = f"{type(reason).__name__}, {reason}"
    try:
        return _invoice_in(data, strict=False)._replace(broken=broken)
    except Exception:
        raise refusal("the PDF", f"The PDF is damaged or not harmless: {broken}.") from None


class _File(NamedTuple):
    name: str
    stream: StreamObject


def _invoice_in(data: bytes, *, strict: bool) -> Embedded:
    """The embedded file whose root element is an invoice or an order; copies of it may lie beside it."""
    with apply_configuration(_LIMITS):
        pdf = PdfReader(
            io.BytesIO(data),
            strict=strict,
            root_object_recovery_limit=MOST_FILES,
            xref_stream_maximum_entries=MOST_OBJECTS,
        )
        if pdf.is_encrypted:
            raise refusal("the PDF", "The PDF is encrypted.")
        files = _files(pdf.root_object)
        found = [(file, reader) for file in files if (reader := _reader_of(file))]
    if not found:
        raise _nothing_found(files)
    (file, reader), copies = found[0], [file for file, _ in found[1:]]
    if not strict and not _is_packed(file):
        raise refusal("the PDF", f"“{file.name}” is not packed: nothing proves it whole in a damaged PDF.")
    content = _content(file)
    if len(copies) > MOST_COPIES or any(_content(copy) != content for copy in copies):
        names = ", ".join(f"“{each.name[:40]}”" for each, _ in found[: MOST_COPIES + 1])
        raise refusal("the PDF", f"The PDF has several embedded invoices ({names}); one is allowed.")
    return Embedded(file.name, content, reader)


def _reader_of(file: _File) -> DocumentReader | None:
    head = _head(file)
    return next((each for each in READERS if each.recognises(head, file.name)), None)


def _nothing_found(files: list[_File]) -> Unreadable:
    for file in files:
        if file.name.lower() in NAMES:
            return refusal("the PDF", f"The embedded file “{file.name}” is no invoice of a format we read.")
    return refusal("the PDF", "The PDF has no embedded invoice (such as factur-x.xml); its pages are not read.")


def _head(file: _File) -> bytes:
    """Enough of a file to see what it is."""
    packed = _packed(file)
    return zlib.decompressobj().decompress(packed, HEAD_BYTES) if _is_packed(file) else packed[:HEAD_BYTES]


def _content(file: _File) -> bytes:
    """All of a file, with its checksum proven where it is packed: pypdf itself would forgive a wrong one."""
    packed = _packed(file)
    if not _is_packed(file):
        return packed
    unpacking = zlib.decompressobj()
    content = unpacking.decompress(packed, MOST_UNPACKED)
    if unpacking.unconsumed_tail:
        raise refusal("the PDF", f"“{file.name}” in the PDF is larger than {MOST_UNPACKED // 1_000_000} MB.")
    if not unpacking.eof:
        raise refusal("the PDF", f"“{file.name}” in the PDF is cut short.")
    return content


def _is_packed(file: _File) -> bool:
    return bool(_filters(file.stream))


def _packed(file: _File) -> bytes:
    """The bytes as they stand in the PDF; refused when packed in another way than the one everybody uses."""
    filters, parameters = _filters(file.stream), _resolved(file.stream.get("/DecodeParms"))
    if filters not in ([], ["/FlateDecode"]) or not is_null_or_none(parameters):
        raise refusal(
            "the PDF", f"“{file.name}” in the PDF is packed as {' '.join(filters)}; only FlateDecode is read."
        )
    return file.stream._data


def _filters(stream: StreamObject) -> list[str]:
    found = _resolved(stream.get("/Filter"))
    names = list(found) if isinstance(found, ArrayObject) else [found]
    return [str(_resolved(name)) for name in names if not is_null_or_none(_resolved(name))]


def _files(root: DictionaryObject) -> list[_File]:
    """Every file the catalog lists, in its name tree or among its associated files, each once."""
    found: dict[int, _File] = {}
    for specification in (*_named(root), *_associated(root)):
        embedded = _dictionary(specification.get("/EF"))
        stream = _resolved(embedded.get("/F", embedded.get("/UF")))
        if isinstance(stream, StreamObject):
            name = _resolved(specification.get("/UF", specification.get("/F")))
            found.setdefault(id(stream), _File(str(name or "a file without name"), stream))
        if len(found) > MOST_FILES:
            raise refusal("the PDF", f"The PDF has more than {MOST_FILES} embedded files.")
    return list(found.values())


def _named(root: DictionaryObject) -> Iterator[DictionaryObject]:
    """The file specifications in the name tree `/Names /EmbeddedFiles`."""
    level = [_dictionary(_dictionary(root.get("/Names")).get("/EmbeddedFiles"))]
    for _ in range(_DEEPEST):
        for node in level:
            yield from map(_dictionary, _array(node.get("/Names"))[1::2])
        level = [_dictionary(kid) for node in level for kid in _array(node.get("/Kids"))]
        if len(level) > MOST_FILES:
            break
    if level:
        raise refusal("the PDF", "The list of embedded files is too deep or too long.")


def _associated(root: DictionaryObject) -> Iterator[DictionaryObject]:
    """The file specifications in the catalog's `/AF`."""
    return map(_dictionary, _array(root.get("/AF")))


def _resolved(value: object) -> object:
    return value.get_object() if isinstance(value, PdfObject) else value


def _dictionary(value: object) -> DictionaryObject:
    resolved = _resolved(value)
    return resolved if isinstance(resolved, DictionaryObject) else DictionaryObject()


def _array(value: object) -> list[object]:
    resolved = _resolved(value)
    return list(resolved) if isinstance(resolved, ArrayObject) else []


def _oddities(embedded: Embedded) -> Iterator[str]:
    """What is odd about the PDF though its invoice is whole."""
    if embedded.name.lower() not in NAMES:
        yield f"The embedded file is called “{embedded.name[:60]}”, which no standard for invoices in PDF knows."
    if embedded.broken:
        yield f"The PDF breaks the rules of its format ({embedded.broken[:120]}); the invoice in it is whole."
