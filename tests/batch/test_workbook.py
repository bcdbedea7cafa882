"""XLSX files as records."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taibao_cli.batch import workbook
from taibao_cli.batch.forms.clean import clean
from taibao_cli.batch.forms.workbook import workbook as written
from taibao_cli.batch.record import Record
from taibao_cli.batch.sources import open_source
from taibao_cli.batch.writer import FileWriter
from taibao_cli.errors import InputError, UsageError


def made(path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def read(path: Path, **options: Any) -> list[Record]:
    return list(open_source(path, **options))


def test_rows_below_the_header_with_the_numbers_of_the_sheet(tmp_path: Path) -> None:
    rows = [
        [None, None],
        ["公开号", "摘要", "申请日", "页数"],
        ["CN1", "一种泵。\n它转动。", datetime.datetime(2020, 1, 2), 7.0],
        [],
        ["CN2", 12.5, None, True],
        ["CN3", "x", None, 1, "surplus"],
    ]
    first, second, third = read(made(tmp_path / "in.xlsx", 检索结果=rows))
    assert (first.number, first.row) == (3, {"id": "CN1", "abstract": "一种泵。\n它转动。"})
    assert first.table == (["公开号", "摘要", "申请日", "页数"], ["CN1", "一种泵。\n它转动。", "2020-01-02", "7"])
    assert (second.number, second.row) == (5, {"id": "CN2", "abstract": "12.5"})
    assert third.error is not None
    assert third.at_place(str(third.error)) == "row 6: 5 cells under 4 columns"


def test_the_sheet_is_the_first_or_the_one_named(tmp_path: Path) -> None:
    path = made(tmp_path / "in.xlsx", a=[["text"], ["甲"]], b=[["text"], ["乙"]])
    found = {sheet: read(path, sheet=sheet)[0].row for sheet in (None, "b", "1", "2")}
    assert found == {None: {"text": "甲"}, "b": {"text": "乙"}, "1": {"text": "甲"}, "2": {"text": "乙"}}
    for sheet in ("c", "3", "0"):
        with pytest.raises(InputError, match=f"no sheet {sheet}; there are a, b"):
            read(path, sheet=sheet)


def test_columns_are_mapped_as_in_tables(tmp_path: Path) -> None:
    path = made(tmp_path / "in.xlsx", a=[["x", "y"], ["甲", "乙"]])
    (record,) = read(path, maps={"y": "text"})
    assert record.row == {"text": "乙"}
    with pytest.raises(InputError, match="sheet a: none of the columns x, y is known"):
        read(path)


def test_a_sheet_that_states_a_wrong_size_is_read_whole(tmp_path: Path) -> None:
    path = made(tmp_path / "in.xlsx", a=[["text", "id"], ["甲", 1], ["乙", 2]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    assert b'<dimension ref="A1:B3"' in parts[name]
    parts[name] = parts[name].replace(b'<dimension ref="A1:B3"', b'<dimension ref="A1"')
    with zipfile.ZipFile(path, "w") as archive:
        for part, data in parts.items():
            archive.writestr(part, data)
    assert [record.row for record in read(path)] == [{"text": "甲", "id": "1"}, {"text": "乙", "id": "2"}]


NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATION = '<Relationship Id="r{}" Type="{}" Target="{}"/>'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def shared(path: Path, *, before_strings: str = "", before_sheet: str = "") -> Path:
    """A workbook as Excel writes it: texts in a table that cells point into."""
    kinds = {
        "xl/workbook.xml": "spreadsheetml.sheet.main",
        "xl/worksheets/sheet1.xml": "spreadsheetml.worksheet",
        "xl/sharedStrings.xml": "spreadsheetml.sharedStrings",
    }
    types = "".join(
        f'<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-officedocument.{kind}+xml"/>'
        for part, kind in kinds.items()
    )
    inner = RELATION.format(1, OFFICE + "/worksheet", "worksheets/sheet1.xml")
    inner += RELATION.format(2, OFFICE + "/sharedStrings", "sharedStrings.xml")
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        + RELATION.format(1, OFFICE + "/officeDocument", "xl/workbook.xml")
        + "</Relationships>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>',
        "xl/workbook.xml": f'<workbook {NS} xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/sharedStrings.xml": f"{before_strings}<sst {NS}><si><t>text</t></si>"
        "<si><r><t>一种</t></r><r><t>泵</t></r></si></sst>",
        "xl/worksheets/sheet1.xml": f'{before_sheet}<worksheet {NS}><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c>'
        '</row><row r="3"><c r="A3" t="s"><v>1</v></c></row></sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def test_shared_strings_and_rows_that_are_left_out(tmp_path: Path) -> None:
    (record,) = read(shared(tmp_path / "in.xlsx"))
    assert (record.number, record.row) == (3, {"text": "一种泵"})


def test_a_table_of_strings_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_SHARED", 10)
    with pytest.raises(InputError, match=r"unpacked; save it as \.csv"):
        read(shared(tmp_path / "in.xlsx"))


@pytest.mark.parametrize("part", ["before_strings", "before_sheet"])
def test_entities_are_refused(tmp_path: Path, part: str) -> None:
    path = shared(tmp_path / "in.xlsx", **{part: '<!DOCTYPE x [<!ENTITY a "aaaaaaaa">]>'})
    with pytest.raises(InputError, match=r"in\.xlsx: not an XLSX file that can be read: Entit"):
        read(path)


def test_what_is_no_workbook_is_named(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    with pytest.raises(InputError, match="No such file"):
        read(path)
    path.write_bytes(b"id,text\n")
    with pytest.raises(InputError, match="not an XLSX file; save it as"):
        read(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", "b")
    with pytest.raises(InputError, match="not an XLSX file that can be read"):
        read(path)
    made(path, a=[["text"], ["甲"]])
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match="not an XLSX file"):
        read(path)


def test_a_blank_sheet_has_no_rows(tmp_path: Path) -> None:
    assert read(made(tmp_path / "in.xlsx", a=[])) == []


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(min_size=1), min_size=1, max_size=4))
def test_what_is_written_is_read_back(texts: list[str]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "out.xlsx"
        usage = {"prompt": 0, "cached": 0, "completion": 0}
        row = {"id": 1, "task": "title", "model": "m", "usage": usage, "finish": "stop", "error": None}
        with FileWriter(path, written((), merge=False)) as writer:
            for text in texts:
                writer.write({**row, "output": text})
        tables = [record.table for record in read(path, maps={"output": "text"})]
    assert [cells[2] for _, cells in filter(None, tables)] == [clean(text) for text in texts]


def test_a_sheet_is_for_workbooks(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("text\nx\n")
    with pytest.raises(UsageError, match="--sheet is for workbooks"):
        open_source(path, sheet="a")


def test_an_archive_of_an_unknown_version_is_no_xlsx_file(tmp_path: Path) -> None:
    path = tmp_path / "later.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", "b")
    changed = path.read_bytes()
    at = changed.index(b"PK\x01\x02") + 6  # version needed to extract, in the central directory
    path.write_bytes(changed[:at] + bytes([100]) + changed[at + 1 :])
    with pytest.raises(InputError, match="not an XLSX file"):
        next(workbook.read_workbook(path, sheet=None, maps={}))
