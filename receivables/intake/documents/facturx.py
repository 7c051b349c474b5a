"""Factur-X and ZUGFeRD: the invoice or order that travels as XML inside a PDF. Pure.

pypdf finds the embedded files; the library factur-x stands on it too, but parses what it finds without guard and takes
the first that looks like an invoice. Here exactly one embedded file may be an invoice or an order by its own root
element, whatever its name; the printed pages are not read. Nothing damaged is mended: a stream whose checksum fails is
refused. Source: Factur-X 1.0, section 6; ISO 32000-2, sections 7.9.6 and 7.11.
"""

import io
import zlib
from typing import BinaryIO

from pypdf import PdfReader, apply_configuration
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject, StreamObject

from receivables.intake.documents import cii, ubl
from receivables.intake.documents.elements import refusal, root_name, root_of, whole
from receivables.intake.documents.model import Document, Unreadable
