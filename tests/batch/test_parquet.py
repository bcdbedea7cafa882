"""Parquet in."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from taibao_cli.batch.readers import MAX_ROW_BYTES
from taibao_cli.batch.sources import open_source
from taibao_cli.errors import InputError
from tests.cli.shell import taibao

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


def written(folder: Path, columns: dict[str, Any], **options: Any) -> Path:
    path = folder / "in.parquet"
    parquet.write_table(pa.table(columns), path, **options)
    return path


def test_rows_and_columns_as_in_a_table(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {
            "公开号": ["CN1", "CN2", None],
            "发明名称": ["泵", None, "阀"],
            "claims": [["1. 一种泵。", "2. 根据权利要求1所述的泵。"], None, []],
            "申请日": [datetime.date(2020, 1, 2), None, datetime.date(2021, 1, 1)],
            "费用": [Decimal("1.50"), None, Decimal("2.00")],
        },
    )
    first, second, third = open_source(path)
    assert first.row == {"id": "CN1", "title": "泵", "claims": ["1. 一种泵。", "2. 根据权利要求1所述的泵。"]}
    assert first.table is not None
    assert first.table[1] == ["CN1", "泵", '["1. 一种泵。", "2. 根据权利要求1所述的泵。"]', "2020-01-02", "1.50"]
    assert (second.row, second.id) == ({"id": "CN2"}, "CN2")
    assert (third.row, third.id) == ({"title": "阀", "claims": []}, 3)


def test_a_file_of_many_row_groups(tmp_path: Path) -> None:
    path = written(tmp_path, {"id": list(range(2000)), "text": [f"t{n}" for n in range(2000)]}, row_group_size=300)
    assert [record.row for record in open_source(path)] == [{"id": n, "text": f"t{n}"} for n in range(2000)]


def test_bad_rows_are_errors_between_good_ones(tmp_path: Path) -> None:
    texts = pa.array([b"pump", b"\xff\xfe", b"x" * (MAX_ROW_BYTES + 1), b"valve"], pa.binary())
    path = written(tmp_path, {"text": pa.Array.from_buffers(pa.string(), 4, texts.buffers())})
    records = list(open_source(path))
    assert [record.error and record.error.kind for record in records] == [None, "bad_encoding", "too_large", None]
    assert records[1].at_place(str(records[1].error)) == "row 2: column text is not UTF-8"


def test_through_the_command(tmp_path: Path) -> None:
    written(tmp_path, {"Nr": [1, 2], "Body": ["a pump", None], "own": [{"x": 1}, None]})
    args = ("batch", "in.parquet", "--task", "title", "--map", "id=Nr", "--map", "text=Body")
    done = taibao(*args, "--merge", home=tmp_path)
    first, second = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 3
    assert (first["id"], first["output"]) == (1, "echo: a pump Title:")
    assert first["input"] == {"Nr": "1", "Body": "a pump", "own": '{"x": 1}'}
    assert second["error"]["message"].startswith("row 2: ")
    kept = taibao(*args, "-o", "out.jsonl", home=tmp_path)
    assert kept.returncode == 3
    assert b"already complete: 2 rows" in taibao(*args, "-o", "out.jsonl", home=tmp_path).stderr


@pytest.mark.parametrize("data", [b"", b"PAR1", b"not parquet at all", b"PAR1" + b"\0" * 100 + b"PAR1"])
def test_what_is_no_parquet_file_is_said_in_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"a\.parquet: .") as refused:
        list(open_source(path))
    assert "\n" not in str(refused.value)


def test_refusals(tmp_path: Path) -> None:
    written(tmp_path, {"甲": ["x"]})
    unknown = taibao("batch", "in.parquet", home=tmp_path)
    assert unknown.returncode == 4
    assert "in.parquet: none of the columns 甲 is known" in unknown.stderr.decode()
    for args, message in (
        (("in.parquet", "--sheet", "1"), "--sheet is for workbooks"),
        (("-", "--format", "parquet"), "a Parquet file cannot be read from stdin"),
    ):
        done = taibao("batch", *args, home=tmp_path)
        assert (done.returncode, message in done.stderr.decode()) == (2, True)
    assert taibao("batch", "none.parquet", home=tmp_path).returncode == 4
