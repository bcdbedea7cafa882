"""ZIP archives of XML, as electronic applications are filed and weekly publications come."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, Final

from taibao_cli.errors import InputError, UsageError
from taibao_cli.patents.document.merge import merge
from taibao_cli.patents.document.patent import Origin, Patent
from taibao_cli.patents.document.reading import Reading, Unread
from taibao_cli.patents.document.xml.parse import MAX_BYTES
from taibao_cli.patents.document.xml.reader import read_xml

MAX_MEMBERS: Final = 20_000
_WORD: Final = "word/document.xml"


def is_docx(stream: BinaryIO) -> bool:
    """Whether an archive is a Word document; True for what is no sound archive: its reader says what is wrong."""
    try:
        with zipfile.ZipFile(stream) as archive:
            return _WORD in archive.namelist() or not any(map(_is_xml, archive.infolist()))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError):
        return True


def read_archive(stream: BinaryIO, name: str) -> Iterator[Reading]:
    """The patents of the XML files of an archive, in the order of their names; one by one, each unpacked in bounded
    memory. The parts of one CNIPA application become one patent."""
    with zipfile.ZipFile(stream) as archive:
        members = sorted(filter(_is_xml, archive.infolist()), key=lambda member: member.filename)
        if len(members) > MAX_MEMBERS:
            yield Unread(Origin(name, "xml"), f"{name}: more than {MAX_MEMBERS:,} files of XML")
            return
        parts: list[Patent] = []
        for member in members:
            for reading in _member(archive, member, name):
                if isinstance(reading, Patent) and _is_part(reading):
                    parts.append(reading)
                else:
                    yield reading
        yield from _together(parts, name)


def _is_xml(member: zipfile.ZipInfo) -> bool:
    return member.filename.lower().endswith(".xml") and not member.is_dir()


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> Iterator[Reading]:
    where = f"{name}/{member.filename}"
    try:
        with archive.open(member) as file:
            data = file.read(MAX_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, RuntimeError, ValueError) as error:
        yield Unread(Origin(where, "xml"), f"{where}: cannot be unpacked: {str(error)[:200]}")
        return
    if len(data) > MAX_BYTES:
        yield Unread(Origin(where, "xml"), f"{where}: longer than {MAX_BYTES >> 20} MB")
        return
    yield from read_xml(io.BytesIO(data), where)


def _is_part(patent: Patent) -> bool:
    """Whether it is a piece of an application: CNIPA files them without any number."""
    return patent.origin is not None and patent.origin.form == "cnipa" and patent.publication is None


def _together(parts: list[Patent], name: str) -> Iterator[Reading]:
    whole = [part for part in parts if not part.empty]
    try:
        if whole:
            yield replace(merge(whole), origin=Origin(name, "cnipa"))
    except (InputError, UsageError):
        yield from whole
