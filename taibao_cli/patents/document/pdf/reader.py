"""A PDF file with text -> a patent. Pages without any are named; a scanned file is refused."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import BinaryIO, Final

from taibao_cli.errors import InputError, MissingExtraError
from taibao_cli.patents.document.patent import Origin, Patent
from taibao_cli.patents.document.pdf.order import ordered
from taibao_cli.patents.document.pdf.unwrap import paragraphs
from taibao_cli.patents.document.text import read_text

MAX_PAGES: Final = 3000
MAX_PAGE_TEXT: Final = 1 << 20
"""Characters that a page may hold."""

_FEWEST: Final = 20
"""Characters on a page, on average, below which a file is a scan."""


def read_pdf(stream: BinaryIO, origin: Origin) -> Patent:
    """The patent in a file; see `pdf_lines`, whose notes it carries."""
    pages, notes = pdf_lines(stream, origin.file)
    return replace(read_text(paragraphs(pages), origin), notes=notes)


def pdf_lines(stream: BinaryIO, name: str) -> tuple[list[list[str]], tuple[str, ...]]:
    """The lines of each page, columns in reading order, line numbers and running heads left out. The notes name pages
    without text.

    Raises:
        InputError: no PDF file, damaged, locked by a password, of too many pages, or pictures of pages without text.
        MissingExtraError: pypdf is not installed.
    """
    try:
        from pypdf import PdfReader
    except ImportError:
        raise MissingExtraError("pypdf", "documents") from None
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(stream)
        if reader.is_encrypted and not reader.decrypt(""):
            raise InputError(f"{name}: is locked by a password; save it without one")
        if len(reader.pages) > MAX_PAGES:
            raise InputError(f"{name}: more than {MAX_PAGES} pages")
        pages = [
            page.extract_text(extraction_mode="layout", layout_mode_space_vertically=False) for page in reader.pages
        ]
    except InputError:
        raise
    except Exception as error:  # whatever the library meets in a file that is damaged or made up
        why = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"{name}: not a PDF file that can be read: {why}") from None
    return _lines(pages, name)


def _lines(pages: list[str], name: str) -> tuple[list[list[str]], tuple[str, ...]]:
    if any(len(page) > MAX_PAGE_TEXT for page in pages):
        raise InputError(f"{name}: a page of more than {MAX_PAGE_TEXT} characters")
    lengths = [len("".join(page.split())) for page in pages]
    if sum(lengths) < _FEWEST * max(1, len(pages)):
        raise InputError(f"{name}: {len(pages)} pages without text, probably scanned; run OCR over it first")
    empty = [str(number) for number, length in enumerate(lengths, 1) if length == 0]
    note = f"pages without text, drawings or scans: {', '.join(empty)}"
    return ordered(pages), (note,) if empty else ()
