"""Whatever is called an input: no traceback reaches a user, and no row is lost."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taibao_cli.batch.readers import MAX_ROW_BYTES
from tests.batch.fuzzing import ENCODINGS, STREAMED, SUFFIXES, check_file, check_records, check_stream
from tests.cli.shell import taibao

BROKEN = Path(__file__).parents[1] / "fixtures" / "broken"

quick = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
words = st.sampled_from(
    [
        '"',
        ",",
        ";",
        "\t",
        "\n",
        "\r\n",
        "\0",
        "{",
        "}",
        "[",
        "\\",
        ":",
        "text",
        "摘要",
        "泵",
        "\ufeff",
        "id",
        "1e999",
        "=1",
    ]
)
texts = st.lists(words | st.text(max_size=5)).map("".join)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
NAMES = ("id", "task", "text", "title", "claims", "a", "b", "question", "messages", "labels", "lang", "to", "level")
TASKS = ("title", "ipc", "labels", "similarity", "chat", "ask", "translate,title", "type", "nope", "")

READ = ("nul_bytes.csv", "same_column_twice.csv")
READ_IN_PART = (
    *("array.jsonl", "deep.jsonl", "half_a_surrogate_pair.jsonl", "half_gb18030_half_utf8.jsonl", "nul_bytes.jsonl"),
    *("odd_values.jsonl", "old_mac_line_ends.jsonl", "one_endless_line.jsonl.gz", "ragged.csv", "torn_end.jsonl"),
    "unclosed_quote.csv",
)
CODES = {**dict.fromkeys(READ, 0), **dict.fromkeys(READ_IN_PART, 3)}
"""All others are refused with 4."""


@pytest.mark.parametrize("path", sorted(BROKEN.iterdir()), ids=lambda path: path.name)
def test_broken_files(tmp_path: Path, path: Path) -> None:
    done = taibao("batch", path, "--task", "title", home=tmp_path)
    said = done.stderr.decode().splitlines()
    assert done.returncode == CODES.get(path.name, 4), said
    assert all(line.startswith("taibao: ") and "unexpected" not in line for line in said)
    if done.returncode == 4:
        assert done.stdout == b""
        assert len(said) == 1
        assert path.name in said[0]


def test_rows_of_broken_files_are_counted_one_by_one(tmp_path: Path) -> None:
    kinds = {
        "torn_end.jsonl": [None, None, "bad_json"],
        "nul_bytes.jsonl": [None, "bad_json", None],
        "half_gb18030_half_utf8.jsonl": ["bad_encoding", None],
        "one_endless_line.jsonl.gz": ["too_large", None],
        "ragged.csv": ["bad_row", "missing_field", None],
        "unclosed_quote.csv": [None, "bad_row"],
    }
    for name, expected in kinds.items():
        done = taibao("batch", BROKEN / name, "--task", "title", home=tmp_path)
        errors = [json.loads(line)["error"] for line in done.stdout.splitlines()]
        assert [error and error["type"] for error in errors] == expected, name


@quick
@given(st.binary(max_size=200) | texts.map(str.encode), st.sampled_from(STREAMED), st.sampled_from(ENCODINGS))
def test_any_bytes(data: bytes, form: str, encoding: str) -> None:
    check_stream(data, form, encoding)


@quick
@given(st.lists(st.dictionaries(st.sampled_from(NAMES), values, max_size=5), max_size=5), st.sampled_from(TASKS))
def test_any_rows(rows: list[dict[str, Any]], task: str) -> None:
    data = b"".join(json.dumps({"task": task, **row}).encode() + b"\n" for row in rows)
    assert len(check_stream(data, "jsonl", "utf-8")) == len(rows)


@quick
@given(st.lists(st.lists(texts, min_size=2, max_size=2), max_size=6), st.sampled_from([",", "\t"]))
def test_every_line_of_a_table_is_a_row(lines: list[list[str]], delimiter: str) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([["id", "text"], *lines])
    data = file.getvalue().encode("utf-8")
    form = "csv" if delimiter == "," else "tsv"
    found = check_stream(data, form, "utf-8")
    expected = [cells for cells in lines if any(cell.strip() for cell in cells)]
    assert [record.table and list(record.table[1]) for record in found] == expected


@quick
@given(st.data(), st.sampled_from(sorted(path.name for path in BROKEN.iterdir() if path.stat().st_size < 3000)))
def test_files_with_bytes_changed(data: st.DataObject, name: str) -> None:
    content = bytearray((BROKEN / name).read_bytes())
    for _ in range(data.draw(st.integers(0, 4)) if content else 0):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    suffix = "".join(Path(name).suffixes)
    check_file(bytes(content), suffix if suffix in SUFFIXES else ".jsonl")


@settings(deadline=None, max_examples=15)
@given(st.binary(max_size=60), st.sampled_from(SUFFIXES))
def test_any_bytes_by_any_name(data: bytes, suffix: str) -> None:
    check_file(data, suffix)


def test_rows_around_the_largest_one() -> None:
    for size in (MAX_ROW_BYTES - 1, MAX_ROW_BYTES, MAX_ROW_BYTES + 1):
        line = b'{"text":"' + b"x" * (size - 11) + b'"}'
        assert len(line) == size
        records = check_stream(line + b"\n{}\n", "jsonl", "utf-8")
        assert [record.error is None for record in records] == [size <= MAX_ROW_BYTES, True]
    check_records([])
