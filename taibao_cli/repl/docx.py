"""A plain Word document: headings and paragraphs. Format: ECMA-376 part 1 (WordprocessingML), the least of it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from io import BytesIO
from typing import Final
from xml.sax.saxutils import escape

_TYPES: Final = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS: Final = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_DOCUMENT: Final = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{body}'
    "</w:body></w:document>"
)
_NOT_XML: Final = re.compile(r"[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BOLD: Final = "<w:rPr><w:b/></w:rPr>"

Paragraph = tuple[str, bool]
"""Text, and whether it stands out."""


def docx(paragraphs: Iterable[Paragraph]) -> bytes:
    """The file. Line ends within a paragraph stay; characters that XML cannot hold are replaced."""
    body = "".join(_paragraph(text, bold) for text, bold in paragraphs)
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _RELATIONS)
        archive.writestr("word/document.xml", _DOCUMENT.format(body=body))
    return made.getvalue()


def _paragraph(text: str, bold: bool) -> str:
    lines = (escape(_NOT_XML.sub("\ufffd", line)) for line in text.split("\n"))
    runs = "<w:br/>".join(f'<w:t xml:space="preserve">{line}</w:t>' for line in lines)
    return f"<w:p><w:r>{_BOLD if bold else ''}{runs}</w:r></w:p>"
