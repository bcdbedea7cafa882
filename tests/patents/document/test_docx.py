"""Word documents: numbers that only Word shows, tracked changes, tables; what is no such file is refused."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from taibao_cli.patents.document.docx.numbering import Level, Numbering
from taibao_cli.patents.document.patent import Patent
from taibao_cli.patents.document.read import read_stream
from taibao_cli.patents.document.reading import Reading, Unread

docx = pytest.importorskip("docx")

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
LISTS = f"""<w:numbering {W}>
<w:abstractNum w:abstractNumId="91">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%2)"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="92"><w:lvl w:ilvl="0"><w:start w:val="1"/>
<w:numFmt w:val="custom" w:format="0001, 0002, ..."/><w:lvlText w:val="[%1]"/></w:lvl></w:abstractNum>
<w:num w:numId="91"><w:abstractNumId w:val="91"/></w:num><w:num w:numId="92"><w:abstractNumId w:val="92"/></w:num>
</w:numbering>"""


def document() -> Any:
    made = docx.Document()
    lists = made.part.numbering_part.element
    for element in docx.oxml.parse_xml(LISTS):
        lists.insert(0, element) if element.tag.endswith("abstractNum") else lists.append(element)
    return made


def numbered(made: Any, text: str, number: int, depth: int = 0) -> Any:
    paragraph = made.add_paragraph(text)
    mark = f'<w:numPr {W}><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>'
    paragraph._p.get_or_add_pPr().append(docx.oxml.parse_xml(mark))
    return paragraph


def changed(paragraph: Any, kind: str, text: str) -> None:
    tag = "delText" if kind == "del" else "t"
    run = f'<w:{kind} {W} w:id="1" w:author="A"><w:r><w:{tag}>{text}</w:{tag}></w:r></w:{kind}>'
    paragraph._p.append(docx.oxml.parse_xml(run))


def saved(made: Any) -> bytes:
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def read(data: bytes) -> Reading:
    (found,) = read_stream(io.BytesIO(data), "a.docx")
    return found


def patent(made: Any) -> Patent:
    found = read(saved(made))
    assert isinstance(found, Patent), found
    return found


def test_numbers_of_claims_and_paragraphs_that_word_counts() -> None:
    made = document()
    for line in ("一种水泵", "权利要求书"):
        made.add_paragraph(line)
    numbered(made, "一种水泵，包括：", 91)
    numbered(made, "泵壳；", 91, 1)
    numbered(made, "叶轮。", 91, 1)
    numbered(made, "根据权利要求1所述的水泵，还包括阀。", 91)
    made.add_paragraph("说明书")
    made.add_heading("技术领域", 1)
    numbered(made, "本发明涉及水泵。", 92)
    numbered(made, "它很安静。", 92)
    found = patent(made)
    assert found.title == "一种水泵"
    assert [(claim.number, claim.text, claim.refers) for claim in found.claims] == [
        (1, "一种水泵，包括：\na) 泵壳；\nb) 叶轮。", ()),
        (2, "根据权利要求1所述的水泵，还包括阀。", (1,)),
    ]
    assert [(s.kind, [(p.id, p.text) for p in s.paragraphs]) for s in found.description] == [
        ("field", [("0001", "本发明涉及水泵。"), ("0002", "它很安静。")])
    ]
    assert (found.counted, found.notes) == (False, ())


def test_tracked_changes_are_read_as_accepted_and_said() -> None:
    made = document()
    made.add_paragraph("Claims")
    first = numbered(made, "A pump comprising a casing", 91)
    changed(first, "del", " and a valve")
    changed(first, "ins", " and an impeller")
    changed(numbered(made, "", 91), "del", "The pump of claim 1, which is red.")
    numbered(made, "The pump of claim 1, which is blue.", 91)
    found = patent(made)
    assert [(claim.number, claim.text) for claim in found.claims] == [
        (1, "A pump comprising a casing and an impeller"),
        (2, "The pump of claim 1, which is blue."),
    ]
    assert found.notes == ("tracked changes: 1 insertions, 2 deletions; read as if all were accepted",)


def test_tables_are_read_row_by_row_in_their_place() -> None:
    made = document()
    made.add_paragraph("[0001] Results:")
    table = made.add_table(2, 2)
    for row, texts in zip(table.rows, (("Speed", "Noise"), ("10", "2")), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    made.add_paragraph("[0002] They are good.")
    assert patent(made).by_id["0001"].text == "Results:\nSpeed | Noise\n10 | 2"


def test_numbers_are_written_as_word_writes_them() -> None:
    forms = {"upperRoman": "XIV", "lowerLetter": "n", "chineseCounting": "十四", "decimalZero": "14", "zeros4": "0014"}
    for form, shown in forms.items():
        numbering = Numbering({("1", 0): Level(form, "%1", 14), ("1", 1): Level("decimal", "%1.%2", 1)}, {})
        assert [numbering.label("1", 0), numbering.label("1", 1)] == [shown, f"{shown}.1"]
    assert Numbering({("1", 0): Level("bullet", "•", 1)}, {}).label("1", 0) == ""


@pytest.mark.parametrize("part", ["word/document.xml", "word/numbering.xml", "word/styles.xml"])
def test_entities_in_any_part_are_refused(part: str) -> None:
    whole, made = io.BytesIO(saved(document())), io.BytesIO()
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            bomb = b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
            new.writestr(entry, data.replace(b"?>", b"?>" + bomb, 1) if entry.filename == part else data)
    found = read(made.getvalue())
    assert isinstance(found, Unread)
    assert "has a document type" in found.reason


def test_archives_that_unpack_to_too_much_are_refused() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr("word/document.xml", b" " * (40 << 20))
    found = read(made.getvalue())
    assert isinstance(found, Unread)
    assert "more than 32 MB unpacked" in found.reason


def test_damaged_files_are_refused() -> None:
    data = saved(document())
    inside = bytearray(data)
    at = inside.index(b"word/document.xml") + 60
    inside[at : at + 40] = b"\xff" * 40
    found = read(bytes(inside))
    assert isinstance(found, Unread)
    assert "not a DOCX file" in found.reason
    for cut in (4, 100, len(data) // 2, len(data) - 10):
        found = read(data[:cut])
        assert isinstance(found, Unread)
        assert "not a DOCX file" in found.reason
