"""PDF files made for the tests: text at given places, in Helvetica or in a Chinese font without its file."""

from __future__ import annotations

from collections.abc import Sequence

Line = tuple[float, float, str]
"""x and y in points from the lower left corner, text."""

WIDTH, HEIGHT, SIZE = 612, 792, 10


def pdf(pages: Sequence[Sequence[Line]], *, picture: bool = False) -> bytes:
    """A file of pages with these lines; `picture` puts an image on every page instead of its text."""
    objects: list[bytes] = [b"", b"", _FONT, _HAN, _HAN_PART, _DESCRIPTOR, _map(pages)]
    kids = []
    for page in pages:
        content = b"q 612 0 0 792 0 0 cm /I Do Q" if picture else b"".join(map(_line, page))
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        resources = b"<< /Font << /F 3 0 R /H 4 0 R >> /XObject << /I %d 0 R >> >>" % (len(objects) + 2)
        kids.append(len(objects) + 1)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R /Resources %s >>"
            % (len(objects), resources)
        )
        objects.append(
            b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 "
            b"/Length 1 >>\nstream\n\xff\nendstream"
        )
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(b"%d 0 R" % kid for kid in kids), len(kids))
    return _file(objects)


_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"
_HAN = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /SimSun /Encoding /Identity-H "
    b"/DescendantFonts [5 0 R] /ToUnicode 7 0 R >>"
)
_HAN_PART = (
    b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /SimSun /DW 1000 /FontDescriptor 6 0 R "
    b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
)
_DESCRIPTOR = (
    b"<< /Type /FontDescriptor /FontName /SimSun /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 900 "
    b"/Descent -100 /CapHeight 800 /StemV 80 >>"
)


def _line(line: Line) -> bytes:
    x, y, text = line
    if text.isascii():
        escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        shown = b"(" + escaped.encode() + b")"
    else:
        shown = b"<" + text.encode("utf-16-be").hex().encode() + b">"
    font = b"F" if text.isascii() else b"H"
    return b"BT /%s %d Tf 1 0 0 1 %.1f %.1f Tm %s Tj ET\n" % (font, SIZE, x, y, shown)


def _map(pages: Sequence[Sequence[Line]]) -> bytes:
    """The ToUnicode map: a character's code is its Unicode number."""
    used = sorted({char for page in pages for _, _, text in page if not text.isascii() for char in text})
    pairs = "\n".join(f"<{ord(char):04x}> <{ord(char):04x}>" for char in used)
    body = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n"
        "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{len(used)} beginbfchar\n{pairs}\nendbfchar\nendcmap end end"
    ).encode()
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(body), body)


def _file(objects: Sequence[bytes]) -> bytes:
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return data + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, len(data))
    )
