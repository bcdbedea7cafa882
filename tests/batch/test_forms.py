"""Outputs that are no JSON Lines: tables, workbooks, translation memories."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.batch.forms import workbook as workbook_form
from taibao_cli.batch.forms.base import Form
from taibao_cli.batch.forms.choose import form_for
from taibao_cli.batch.forms.clean import clean
from taibao_cli.batch.forms.delimited import delimited, guarded
from taibao_cli.batch.forms.jsonl import with_input
from taibao_cli.batch.forms.tmx import pairs, tmx
from taibao_cli.batch.forms.workbook import workbook
from taibao_cli.batch.record import Record
from taibao_cli.batch.writer import FileWriter
from taibao_cli.errors import UsageError
from taibao_cli.tasks import get

USAGE = {"prompt": 9, "cached": 1, "completion": 4}
ERROR = {"type": "too_long", "message": "line 2: too long", "retryable": False}
LABELS = [{"label": "H04L", "p": 0.61}, {"label": "H04W", "p": 0.2}]


def answer(**fields: Any) -> dict[str, Any]:
    row = {"id": 1, "task": "title", "model": "m", "output": "泵", "usage": USAGE, "finish": "stop", "error": None}
    return {**row, **fields}


Pairs = list[tuple[dict[str, Any], Record | None]]


def written(form: Form, rows: Pairs) -> bytes:
    out = io.BytesIO()
    writer = form.open(out)
    for row, record in rows:
        writer.write(row, record)
    writer.finish()
    return out.getvalue()


def table(form: Form, rows: Pairs) -> list[list[str]]:
    data = written(form, rows)
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=",\t"[form.name == "tsv"]))


@pytest.mark.parametrize("name", ["csv", "tsv"])
def test_a_table_has_a_line_for_each_row(name: str) -> None:
    rows: Pairs = [
        (answer(output="两行\n标题,\t逗号"), None),
        (answer(id="b", task="ipc", output="H04L", labels=LABELS, finish="label"), None),
        (answer(id=3, output=None, finish="error", error=ERROR), None),
        (answer(id=4, task="judge", output={"state": "GROUNDED"}), None),
    ]
    assert table(delimited(name, (), merge=False), rows) == [
        ["id", "task", "output", "p", "labels", "finish", "error", "prompt", "cached", "completion", "model"],
        ["1", "title", "两行\n标题,\t逗号", "", "", "stop", "", "9", "1", "4", "m"],
        ["b", "ipc", "H04L", "0.61", "H04L 0.6100; H04W 0.2000", "label", "", "9", "1", "4", "m"],
        ["3", "title", "", "", "", "error", "too_long: line 2: too long", "9", "1", "4", "m"],
        ["4", "judge", '{"state":"GROUNDED"}', "", "", "stop", "", "9", "1", "4", "m"],
    ]


def test_no_rows_still_have_a_header() -> None:
    assert [line[0] for line in table(delimited("csv", (), merge=True), [])] == ["id"]


def test_several_tasks_have_columns_of_their_own() -> None:
    both = answer(
        task="title,ipc",
        output={"title": None, "ipc": "H04L"},
        labels={"ipc": LABELS},
        finish={"title": "error", "ipc": "label"},
        error={"title": ERROR, "ipc": None},
    )
    unread = answer(task=None, output=None, finish="error", error={**ERROR, "type": "bad_json"})
    header, first, second = table(delimited("csv", ("title", "ipc"), merge=False), [(both, None), (unread, None)])
    assert dict(zip(header, first, strict=True)) == {
        "id": "1",
        "task": "title,ipc",
        "prompt": "9",
        "cached": "1",
        "completion": "4",
        "model": "m",
        "title.output": "",
        "title.p": "",
        "title.labels": "",
        "title.finish": "error",
        "title.error": "too_long: line 2: too long",
        "ipc.output": "H04L",
        "ipc.p": "0.61",
        "ipc.labels": "H04L 0.6100; H04W 0.2000",
        "ipc.finish": "label",
        "ipc.error": "",
    }
    assert dict(zip(header, second, strict=True))["ipc.error"] == "bad_json: line 2: too long"


def test_merged_tables_keep_columns_and_cells_as_they_were() -> None:
    header = ["公开号", "output", "申请日"]
    rows: Pairs = [
        (answer(), Record(2, {"id": "CN1"}, table=(header, ["CN1", "old", "2020"]))),
        (answer(), Record(3, {"id": "CN2"}, table=(header, ["CN2"]))),
    ]
    first, second, third = table(delimited("csv", (), merge=True), rows)
    assert first[:6] == ["公开号", "output", "申请日", "id", "task", "taibao.output"]
    assert [second[:6], third[:6]] == [["CN1", "old", "2020", "1", "title", "泵"], ["CN2", "", "", "1", "title", "泵"]]


def test_merged_rows_of_json_lose_no_field() -> None:
    rows: Pairs = [
        (answer(), Record(1, {"id": "x", "text": "甲", "year": 2020})),
        (answer(), Record(2, {"text": "乙", "claims": ["1. 一种泵。"]})),
    ]
    first, second, third = table(delimited("csv", (), merge=True), rows)
    assert first[:4] == ["text", "year", "others", "id"]
    assert second[:4] == ["甲", "2020", "", "1"]
    assert third[:4] == ["乙", "", '{"claims":["1. 一种泵。"]}', "1"]


def test_merged_json_lines_carry_the_row() -> None:
    assert with_input(answer(), Record(1, {"text": "甲"}))["input"] == {"text": "甲"}
    twice = Record(2, {}, table=(["摘要", "摘要", "b"], ["1", "2", "3"]))
    assert with_input(answer(), twice)["input"] == {"摘要": "1", "摘要 (2)": "2", "b": "3"}


FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-x", "@SUM(A1)", "\t=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_texts(text: str, tmp_path: Path) -> None:
    rows: Pairs = [(answer(output=text), None)]
    assert table(delimited("csv", (), merge=False), rows)[1][2] == "'" + text
    cell = sheets(written(workbook((), merge=False), rows))["rows"][1][2]
    assert (cell.value, cell.data_type) == (text, "s")
    assert cell.quotePrefix == (not text.startswith("\t"))


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_a_csv_reader_gets_every_text_back(texts: list[str]) -> None:
    lines = table(delimited("csv", (), merge=False), [(answer(output=text), None) for text in texts])
    assert [line[2] for line in lines[1:]] == [guarded(clean(text)) for text in texts]


def test_numbers_are_no_formulas() -> None:
    assert [guarded(cell) for cell in ("-5", "+1.5", "-3%", -5, "-5℃")] == ["-5", "+1.5", "-3%", -5, "'-5℃"]


def sheets(data: bytes) -> dict[str, list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {sheet.title: list(sheet.iter_rows()) for sheet in book.worksheets}


def values(rows: list[Any]) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in rows]


def test_a_workbook_holds_texts_and_numbers() -> None:
    rows: Pairs = [(answer(task="ipc", output="H04L", labels=LABELS), None), (answer(output="a\x1bb"), None)]
    header, first, second = values(sheets(written(workbook((), merge=False), rows))["rows"])
    assert header[:5] == ["id", "task", "output", "p", "labels"]
    assert first[:5] == [1, "ipc", "H04L", 0.61, "H04L 0.6100; H04W 0.2000"]
    assert second[2] == "a␛b"


def test_a_long_text_stands_in_pieces_on_its_own_sheet() -> None:
    long = "电" * 40_000
    found = sheets(written(workbook((), merge=False), [(answer(), None), (answer(output=long), None)]))
    assert found["rows"][2][2].value == "[40000 characters: sheet long, rows 2-4]"
    header, *pieces = values(found["long"])
    assert header == ["sheet", "row", "column", "piece", "text"]
    assert [piece[:4] for piece in pieces] == [["rows", 3, "output", number] for number in (1, 2, 3)]
    assert "".join(piece[4] for piece in pieces) == long


def test_a_full_sheet_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_form, "MAX_ROWS", 3)
    found = sheets(written(workbook((), merge=False), [(answer(id=number), None) for number in range(5)]))
    ids = {title: [row[0] for row in values(rows)] for title, rows in found.items()}
    assert ids == {"rows": ["id", 0, 1], "rows 2": ["id", 2, 3], "rows 3": ["id", 4]}


def test_nothing_stays_of_a_workbook_that_was_not_finished(tmp_path: Path) -> None:
    def unfinished() -> None:
        with FileWriter(tmp_path / "out.xlsx", workbook((), merge=False)) as writer:
            writer.write(answer())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        unfinished()
    assert list(tmp_path.iterdir()) == []


def test_numbers_too_long_for_excel_are_texts() -> None:
    _, line = sheets(written(workbook((), merge=False), [(answer(id=202010123456789012), None)]))["rows"]
    assert line[0].value == "202010123456789012"


def units(rows: Pairs) -> list[list[str]]:
    root = ElementTree.fromstring(written(tmx(get("translate")), rows))
    assert (root.tag, root.get("version")) == ("tmx", "1.4")
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    return [[f"{tuv.get(lang)}: {tuv.findtext('seg')}" for tuv in unit.iter("tuv")] for unit in root.iter("tu")]


def translation(source: str, output: str | None, **fields: Any) -> tuple[dict[str, Any], Record]:
    record = Record(1, {"text": source, "task": "translate"})
    return answer(task="translate", output=output, **fields), record


def test_translations_are_units_line_by_line() -> None:
    rows: Pairs = [
        translation("1. 一种泵。\n2. 一种<阀>。", "1. A pump.\n\n2. A <valve> & more."),
        translation("A pump.\nA valve.", "一种泵和阀。"),
        translation("坏", None, finish="error", error=ERROR),
    ]
    assert units(rows) == [
        ["zh-CN: 1. 一种泵。", "en: 1. A pump."],
        ["zh-CN: 2. 一种<阀>。", "en: 2. A <valve> & more."],
        ["en: A pump.\nA valve.", "zh-CN: 一种泵和阀。"],
    ]


@given(st.text(min_size=1), st.text(min_size=1))
def test_any_texts_make_well_formed_xml(source: str, output: str) -> None:
    rows: Pairs = [translation(f"A pump {source}", output)]
    assert len(units(rows)) == len(list(pairs(f"A pump {source}".strip(), output)))


@pytest.mark.parametrize(
    ("out", "asked", "options", "why"),
    [
        ("out.csv.gz", "auto", {}, "outputs are not compressed; leave out .gz"),
        ("out.tmx", "auto", {}, "tmx holds translations; give --task translate"),
        ("out.tmx", "auto", {"tasks": ("translate", "ipc")}, "tmx holds translations"),
        ("out.tmx", "auto", {"tasks": ("title",)}, "tmx holds translations"),
        ("out.tmx", "auto", {"tasks": ("translate",), "merge": True}, "--merge does not go with tmx"),
        ("out.csv", "auto", {"checked": True}, "--check goes with jsonl; csv has no place for findings"),
        ("out.jsonl", "openai", {}, "openai is the form of answers to lines of an OpenAI batch"),
    ],
)
def test_forms_that_do_not_fit(out: str, asked: str, options: dict[str, Any], why: str) -> None:
    fitting: dict[str, Any] = {"tasks": (), "merge": False, "checked": False, "service": False, **options}
    with pytest.raises(UsageError, match=why):
        form_for(Path(out), asked, **fitting)


@pytest.mark.parametrize(
    ("out", "asked", "service", "name"),
    [
        ("out.jsonl", "auto", False, "jsonl"),
        ("out.txt", "auto", False, "jsonl"),
        (None, "auto", False, "jsonl"),
        ("out.jsonl", "auto", True, "openai"),
        ("out.jsonl", "jsonl", True, "jsonl"),
        ("OUT.CSV", "auto", True, "csv"),
        ("out.tsv", "auto", False, "tsv"),
        ("out.xlsx", "auto", False, "xlsx"),
        ("out.xlsx", "csv", False, "csv"),
    ],
)
def test_the_name_tells_the_form_unless_said(out: str | None, asked: str, service: bool, name: str) -> None:
    path = Path(out) if out else None
    assert form_for(path, asked, tasks=(), merge=False, checked=False, service=service).name == name
