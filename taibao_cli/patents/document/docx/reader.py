"""A Word document -> a patent."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO, Final

from lxml import etree

from taibao_cli.errors import InputError, MissingExtraError
from taibao_cli.patents.document.docx.numbering import Numbering, W, read_numbering
from taibao_cli.patents.document.patent import Origin, Patent
from taibao_cli.patents.document.text import read_text

MAX_UNPACKED: Final = 128 << 20
"""Bytes of all parts of the archive, unpacked."""

MAX_XML: Final = 32 << 20
"""Bytes of one part of XML, unpacked."""

_HEADINGS: Final = ("heading", "标题", "title")


def read_docx(stream: BinaryIO, origin: Origin) -> Patent:
    """The patent in a document; see `docx_text`, whose notes it carries."""
    text, notes = docx_text(stream, origin.file)
    return replace(read_text(text, origin), notes=notes)


def docx_text(stream: BinaryIO, name: str) -> tuple[str, tuple[str, ...]]:
    """The document as Word shows it with all changes accepted; numbers of lists are written out, tables row by row. The
    notes say how many changes are tracked, and that there are comments.

    Raises:
        InputError: no DOCX file, damaged, too large unpacked, or with entities in its XML.
        MissingExtraError: python-docx is not installed.
    """
    try:
        import docx
    except ImportError:
        raise MissingExtraError("python-docx", "documents") from None
    _check(stream, name)
    stream.seek(0)
    try:
        document: Any = docx.Document(stream)
        body: etree._Element = document.element.body
        numbering = read_numbering(_part(document, "numbering"))
        styles = _styles(document)
    except Exception as error:  # whatever the library meets in a file that is damaged or made up
        raise InputError(f"{name}: not a DOCX file that can be read: {_why(error)}") from None
    return "\n".join(_lines(body, numbering, styles)), tuple(_notes(body))


def _check(stream: BinaryIO, name: str) -> None:
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise InputError(f"{name}: more than {MAX_UNPACKED >> 20} MB unpacked")
            for entry in entries:
                if not entry.filename.lower().endswith((".xml", ".rels")):
                    continue
                if entry.file_size > MAX_XML:
                    raise InputError(f"{name}: {entry.filename} takes more than {MAX_XML >> 20} MB unpacked")
                with archive.open(entry) as part:
                    data = part.read(MAX_XML + 1)
                if len(data) > MAX_XML:
                    raise InputError(f"{name}: {entry.filename} is larger than it says")
                if b"<!" in data.replace(b"<!--", b"").replace(b"<![CDATA[", b"") or data[:2] in (
                    b"\xff\xfe",
                    b"\xfe\xff",
                ):
                    raise InputError(f"{name}: {entry.filename} has a document type, which Word never writes")
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, RuntimeError, ValueError) as error:
        raise InputError(f"{name}: not a DOCX file: {_why(error)}") from None


def _why(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _part(document: Any, kind: str) -> etree._Element | None:
    for relation in document.part.rels.values():
        if relation.reltype.endswith("/" + kind) and not relation.is_external:
            return etree.fromstring(relation.target_part.blob, etree.XMLParser(resolve_entities=False, no_network=True))
    return None


def _styles(document: Any) -> dict[str, tuple[str, str, int]]:
    """Style id -> its name in lower case, and the list it numbers by, with the level."""
    found: dict[str, tuple[str, str, int]] = {}
    for style in document.styles.element.iter(f"{W}style"):
        name = style.find(f"{W}name")
        found[style.get(f"{W}styleId", "")] = (
            (name.get(f"{W}val", "") if name is not None else "").lower(),
            *_list_of(style),
        )
    return found


def _list_of(element: etree._Element) -> tuple[str, int]:
    """The list and level of the `numPr` below an element; an empty list when there is none."""
    properties = next(element.iter(f"{W}numPr"), None)
    if properties is None:
        return "", 0
    number, depth = properties.find(f"{W}numId"), properties.find(f"{W}ilvl")
    level = str(depth.get(f"{W}val", "0")) if depth is not None else "0"
    return str(number.get(f"{W}val", "")) if number is not None else "", int(level) if level.isdecimal() else 0


def _lines(body: etree._Element, numbering: Numbering, styles: dict[str, tuple[str, str, int]]) -> Iterator[str]:
    for child in body:
        if child.tag == f"{W}p":
            yield from _paragraph(child, numbering, styles)
        elif child.tag == f"{W}tbl":
            for row in child.iter(f"{W}tr"):
                yield " | ".join(_text(cell) for cell in row if cell.tag == f"{W}tc")
        elif child.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}customXml"):
            yield from _lines(child, numbering, styles)


def _paragraph(
    paragraph: etree._Element, numbering: Numbering, styles: dict[str, tuple[str, str, int]]
) -> Iterator[str]:
    """The lines of a paragraph, the first one with its number; a deleted paragraph has none and counts for nothing."""
    text = _text(paragraph)
    properties = paragraph.find(f"{W}pPr")
    style = properties.find(f"{W}pStyle") if properties is not None else None
    name, inherited, inherited_depth = styles.get(style.get(f"{W}val", "") if style is not None else "", ("", "", 0))
    number, depth = _list_of(properties) if properties is not None else ("", 0)
    if not number:
        number, depth = inherited, inherited_depth
    if not text.strip():
        yield ""
        return
    label = numbering.label(number, depth) if number and number != "0" else ""
    heading = "## " if name.startswith(_HEADINGS) and name != "title" else ""
    yield f"{heading}{label} {text}" if label else heading + text


def _text(element: etree._Element) -> str:
    """The text of runs, insertions included, deletions and what was moved away left out."""
    return "".join(_pieces(element)).strip("\n")


def _pieces(element: etree._Element) -> Iterator[str]:
    for child in element:
        tag = child.tag
        if tag in (f"{W}del", f"{W}moveFrom", f"{W}pPr", f"{W}instrText"):
            continue
        if tag == f"{W}t":
            yield child.text or ""
        elif tag == f"{W}tab":
            yield "\t"
        elif tag in (f"{W}br", f"{W}cr"):
            yield "\n"
        elif tag == f"{W}noBreakHyphen":
            yield "-"
        elif tag == f"{W}p":
            yield from (*_pieces(child), "\n")
        elif tag in (f"{W}drawing", f"{W}pict", f"{W}object"):
            yield "[image]"
        elif isinstance(tag, str) and tag.endswith("}t"):  # formulas of Office
            yield child.text or ""
        elif isinstance(tag, str):
            yield from _pieces(child)


def _notes(body: etree._Element) -> Iterator[str]:
    added = sum(1 for _ in body.iter(f"{W}ins", f"{W}moveTo"))
    gone = sum(1 for _ in body.iter(f"{W}del", f"{W}moveFrom"))
    if added or gone:
        yield f"tracked changes: {added} insertions, {gone} deletions; read as if all were accepted"
    if any(True for _ in body.iter(f"{W}commentReference")):
        yield "comments in the margin were not read"
