"""A file, whatever its format -> patents. Formats are told by content first, by name where that does not tell."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from taibao_cli.errors import InputError
from taibao_cli.patents.document.patent import Form, Origin, Patent
from taibao_cli.patents.document.reading import Reading, Unread

MAX_TEXT: Final = 32 << 20
"""Bytes of one plain text."""

MAX_FILE: Final = 128 << 20
"""Bytes of a DOCX or PDF file."""

_HEAD: Final = 1 << 12
_MARKDOWN: Final = (".md", ".markdown")


def read_patents(path: Path, encoding: str = "utf-8") -> Iterator[Reading]:
    """The patents of a file, one by one, in bounded memory.

    Args:
        path: XML, a ZIP archive of XML, DOCX, PDF, Markdown or plain text.
        encoding: of a text; XML says its own.

    Raises:
        InputError: the file cannot be opened, or is no text in this encoding.
    """
    try:
        with path.open("rb") as stream:
            yield from map(refuse_empty, read_stream(stream, name_of(path), encoding))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None


def read_stream(stream: BinaryIO, name: str, encoding: str = "utf-8") -> Iterator[Reading]:
    """The patents of an open file; see `read_patents`."""
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream, _HEAD)  # type: ignore[type-var]
    if looks_like_xml(buffered.peek(_HEAD)[:_HEAD]):
        from taibao_cli.patents.document.xml.reader import read_xml

        yield from read_xml(buffered, name)
        return
    if buffered.peek(8)[:5] == b"%PDF-":
        from taibao_cli.patents.document.pdf.reader import read_pdf

        yield from _one(read_pdf, buffered, Origin(name, "pdf"))
        return
    if buffered.peek(8)[:4] == b"PK\x03\x04":
        yield from _archive(buffered, name)
        return
    from taibao_cli.patents.document.text import read_text

    form: Form = "markdown" if name.lower().endswith(_MARKDOWN) else "text"
    yield read_text(_text(buffered, name, encoding), Origin(name, form))


def _archive(stream: BinaryIO, name: str) -> Iterator[Reading]:
    """A Word document, or an archive of XML."""
    from taibao_cli.patents.document.archive import is_docx, read_archive
    from taibao_cli.patents.document.docx.reader import read_docx

    if not stream.seekable():
        stream = io.BytesIO(stream.read(MAX_FILE + 1))
    word = is_docx(stream)
    stream.seek(0)
    if word:
        yield from _one(read_docx, stream, Origin(name, "docx"))
    else:
        yield from read_archive(stream, name)


def _one(read: Callable[[BinaryIO, Origin], Patent], stream: BinaryIO, origin: Origin) -> Iterator[Reading]:
    data = stream.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        yield Unread(origin, f"{origin.file}: longer than {MAX_FILE >> 20} MB; no patent is that long")
        return
    try:
        yield read(io.BytesIO(data), origin)
    except InputError as error:
        yield Unread(origin, str(error))


def name_of(path: Path) -> str:
    """What messages and rows call a file; bytes of its name that are no UTF-8 become question marks."""
    return str(path).encode("utf-8", "replace").decode("utf-8")


def refuse_empty(reading: Reading) -> Reading:
    """`Unread` for a patent without any text."""
    if isinstance(reading, Unread) or not reading.empty:
        return reading
    origin = reading.origin or Origin("?", "text")
    return Unread(origin, f"{origin}: holds no text of a patent, perhaps only drawings", empty=True)


def looks_like_xml(head: bytes) -> bool:
    """Whether a file begins as XML does, in UTF-8, UTF-16 or an encoding based on ASCII."""
    for mark in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        head = head.removeprefix(mark)
    start = head.replace(b"\0", b"").lstrip()
    return start.startswith((b"<?xml", b"<!DOCTYPE", b"<!--")) or (start[:1] == b"<" and start[1:2].isalpha())


def _text(stream: BinaryIO, name: str, encoding: str) -> str:
    data = stream.read(MAX_TEXT + 1)
    if len(data) > MAX_TEXT:
        raise InputError(f"{name}: longer than {MAX_TEXT >> 20} MB; no patent is that long")
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        hint = "; for Chinese text in GB encodings use --encoding gb18030" if encoding == "utf-8" else ""
        raise InputError(f"{name}: not {encoding.upper()} at byte {error.start + 1}{hint}") from None
