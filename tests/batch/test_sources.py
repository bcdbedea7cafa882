"""Files of every kind as records."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.batch.columns import COLUMNS
from taibao_cli.batch.encoding import detect_encoding
from taibao_cli.batch.record import Record
from taibao_cli.batch.sources import open_source, read_source
from taibao_cli.errors import InputError

ROWS = '{"text":"一种泵"}\n{"text":"A valve"}\n'.encode()


def table(data: bytes, form: str = "csv", **options: Any) -> list[Record]:
    return list(read_source(io.BytesIO(data), "in", form=form, **options))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("一种电池".encode("gb18030"), "gb18030"),
        ("plain\n一种电池，包括壳体。\n".encode("gb18030"), "gb18030"),
        ("一种电池组件及其方法".encode("gb18030")[:-1], "gb18030"),
        ("一种电池".encode(), "utf-8"),
        ("一种电池".encode()[:-1], "utf-8"),
        ("一种电池\n".encode() + "一种电池".encode("gb18030"), "utf-8"),
        (b"id,title\n" + "1,一\n2,一种电池\n3,一种阀门\n".encode("gb18030"), "gb18030"),
        ("一种电池组\n".encode("gb18030") * 9 + b"\xd2\xbb", "gb18030"),
        ("élan vital, déjà vu".encode("latin-1"), "utf-8"),
        (b"plain", "utf-8"),
        (b"", "utf-8"),
        (b"\xff\xfea\x00", "utf-8"),
    ],
)
def test_gb18030_is_told_from_utf8_only_beyond_doubt(data: bytes, expected: str) -> None:
    assert detect_encoding(data) == expected


@pytest.mark.parametrize(
    ("suffix", "pack"), [("", bytes), (".gz", gzip.compress), (".xz", lzma.compress), (".bz2", bz2.compress)]
)
def test_compressed_files(tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / f"in.jsonl{suffix}"
    path.write_bytes(pack(ROWS))
    rows = [record.row for record in open_source(path)]
    assert rows == [{"text": "一种泵"}, {"text": "A valve"}]
    path.write_bytes(pack(ROWS * 5000)[:-20] if suffix else ROWS)
    if suffix:
        with pytest.raises(InputError, match=r"in\.jsonl"):
            list(open_source(path))


def test_a_table_keeps_the_lines_of_the_file_and_bad_rows_are_errors() -> None:
    data = 'id,摘要,标签\r\nA,"两行\n摘要",泵;阀\r\nB,x,,too many\r\n\r\n,"unclosed" quote,\r\nC,好,\r\n'.encode()
    first, second, third, last = table(data)
    assert (first.number, first.row) == (2, {"id": "A", "abstract": "两行\n摘要", "labels": ["泵", "阀"]})
    assert (second.number, str(second.error)) == (4, "4 cells under 3 columns")
    assert third.number == 6
    assert third.error is not None
    assert third.error.kind == "bad_row"
    assert last.row == {"id": "C", "abstract": "好"}


def test_a_byte_order_mark_before_a_quoted_header() -> None:
    (record,) = table('\ufeff"id","摘要"\n"A","一种泵"\n'.encode())
    assert record.row == {"id": "A", "abstract": "一种泵"}


def test_standard_input_as_one_text() -> None:
    (record,) = table("第一行\n第二行".encode(), form="text")
    assert record.row == {"id": "in", "text": "第一行\n第二行"}


def test_a_corrupt_archive_spoils_its_row_alone(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(b"A pump " * 4000))
    packed[30:40] = b"\xff" * 10
    (tmp_path / "a.txt.gz").write_bytes(packed)
    (tmp_path / "b.txt").write_text("A valve")
    bad, good = open_source(tmp_path)
    assert bad.error is not None
    assert good.row == {"id": "b.txt", "text": "A valve"}


def test_bytes_of_another_encoding_spoil_their_row_alone() -> None:
    bad, good = table(b"text\n\xff\xff\nok\n", encoding="utf-8")
    assert bad.error is not None
    assert (bad.error.kind, bad.number) == ("bad_encoding", 2)
    assert good.row == {"text": "ok"}


def test_of_two_columns_for_one_field_the_first_or_the_mapped_one_counts() -> None:
    header = ["摘要", "Abstract", "标题(中文)", "other"]
    assert COLUMNS.fields_of(header, {}, "in") == ["abstract", None, "title", None]
    assert COLUMNS.fields_of(header, {"other": "abstract"}, "in") == [None, None, "title", "abstract"]


def test_a_folder_gives_a_row_for_each_text(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "two.txt").write_bytes("一种电池组".encode("gb18030"))
    (tmp_path / "a.txt").write_bytes("A pump".encode("utf-8-sig"))
    (tmp_path / "c.txt").write_bytes(b"\xff\xff")
    (tmp_path / ".hidden").write_text("no")
    first, second, third = open_source(tmp_path)
    assert [first.row, second.row] == [{"id": "a.txt", "text": "A pump"}, {"id": "b/two.txt", "text": "一种电池组"}]
    assert third.at_place(str(third.error)) == "c.txt: not UTF-8 at byte 1"


CELL = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0\r"), max_size=12)


@given(st.lists(st.tuples(CELL, CELL), max_size=8))
def test_what_a_csv_writer_writes_is_read_back(cells: list[tuple[str, str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([("text", "id"), *cells])
    records = table(file.getvalue().encode(), encoding="utf-8")
    expected = [
        {field: cell for field, cell in (("text", text), ("id", own)) if cell.strip()}
        for text, own in cells
        if text.strip() or own.strip()
    ]
    assert [record.row for record in records] == expected


@given(st.binary(max_size=200), st.sampled_from(["jsonl", "csv", "tsv", "lines"]))
def test_any_bytes_give_records_or_an_input_error(data: bytes, form: str) -> None:
    try:
        records = table(data, form)
    except InputError:
        return
    assert all((record.row is None) != (record.error is None) for record in records)
