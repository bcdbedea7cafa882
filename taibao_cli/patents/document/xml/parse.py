"""Bytes of one XML document -> its root element, in bounded memory and time.

No entity that a document declares is ever expanded, nothing is fetched, and what is too large, too deep or too finely
cut is refused before or while it is parsed.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

from lxml import etree

from taibao_cli.errors import InputError

MAX_BYTES: Final = 32 << 20
"""Of one document; the largest published ones are below."""

MAX_MARKS: Final = 3_000_000
"""Signs < and = in one document: bounds elements and attributes, which take a hundred bytes of memory each."""

_ENCODING: Final = re.compile(rb"""<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION: Final = re.compile(r"<\?xml\s[^>]{0,200}?\?>")
_ENTITY: Final = re.compile(rb"<!ENTITY\s(?![^>]{1,2000}\sNDATA\s)")
"""A declaration of anything but an unparsed entity, as older American files declare their pictures."""

_ASCII_BASED: Final = {
    "utf-8",
    "ascii",
    "iso8859-1",
    "cp1252",
    "gb2312",
    "gbk",
    "gb18030",
    "big5",
    "shift_jis",
    "euc_jp",
    "euc_kr",
}
"""Encodings in which the byte < is always a <; an unknown one is refused."""


def parse(data: bytes, where: str) -> etree._Element:
    """The root of a document.

    Args:
        data: the whole document.
        where: what messages call it.

    Raises:
        InputError: not well-formed, cut off, too large, nested deeper than 256 elements, in an encoding not known
            here, or declaring entities.
    """
    if len(data) > MAX_BYTES:
        raise InputError(f"{where}: more than {MAX_BYTES >> 20} MB; no patent document is that long")
    data, encoding = _ascii_based(data, where)
    if data.count(b"<") + data.count(b"=") > MAX_MARKS:
        raise InputError(f"{where}: more than {MAX_MARKS:,} elements and attributes; no patent document has so many")
    if _ENTITY.search(data):
        raise InputError(
            f"{where}: declares XML entities, which are not read; resolve them first if you trust the file"
        )
    try:
        parser = etree.XMLParser(
            encoding=encoding,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            huge_tree=False,
            remove_comments=True,
        )
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise InputError(f"{where}: not well-formed XML: {_why(error)}") from None


def _ascii_based(data: bytes, where: str) -> tuple[bytes, str]:
    """The data in an encoding where markup is ASCII, and the name of that encoding."""
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"<\0", b"\0<")):
        return _from_utf16(data, where), "utf-8"
    declared = _ENCODING.match(data.lstrip()[:300])
    name = declared[1].decode() if declared else "utf-8"
    try:
        known = codecs.lookup(name).name
    except LookupError:
        known = ""
    if known not in _ASCII_BASED:
        raise InputError(f"{where}: in the encoding {name}, which is not read; save it as UTF-8")
    return data.lstrip(), known if known == "utf-8" else name


def _from_utf16(data: bytes, where: str) -> bytes:
    guess = "utf-16" if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-16-le"
    try:
        text = data.decode("utf-16-be" if data.startswith(b"\0<") else guess)
    except UnicodeDecodeError as error:
        raise InputError(f"{where}: not UTF-16 at byte {error.start + 1}") from None
    return _DECLARATION.sub("", text, count=1).lstrip().encode("utf-8", "surrogatepass")


def _why(error: Exception) -> str:
    """What libxml2 says, on one line and bounded; it quotes the document."""
    return " ".join(str(error).split())[:200]
