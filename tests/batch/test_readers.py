from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.batch.compressed import open_rows
from taibao_cli.batch.readers import read_lines, read_records
from taibao_cli.errors import InputError


def records(data: bytes, encoding: str = "utf-8", limit: int = 1000) -> list[tuple[int, object]]:
    read = read_records(read_lines(io.BytesIO(data), limit), encoding)
    return [(record.number, record.error.kind if record.error else record.row) for record in read]


def test_blank_lines_are_left_out_and_counted() -> None:
    assert records(b'{"a":1}\n\n  \r\n{"a":2}') == [(1, {"a": 1}), (4, {"a": 2})]


def test_windows_line_ends_and_a_byte_order_mark() -> None:
    assert records(b'\xef\xbb\xbf{"a":1}\r\n{"a":2}\r\n') == [(1, {"a": 1}), (2, {"a": 2})]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"nonsense", "bad_json"),
        (b"[1]", "bad_json"),
        (b'"text"', "bad_json"),
        (b"null", "bad_json"),
        (b'{"a":NaN}', "bad_json"),
        (b'{"a":1', "bad_json"),
        (b'{"a":"\\ud800"}', "bad_json"),
        (b"[" * 900, "bad_json"),
        (b'{"a":"\xff"}', "bad_encoding"),
        (b'{"a":"\xb5\xe7\xb3\xd8"}', "bad_encoding"),
    ],
)
def test_a_bad_line_is_an_error_between_good_ones(line: bytes, kind: str) -> None:
    assert records(b'{"a":1}\n' + line + b'\n{"a":3}\n') == [(1, {"a": 1}), (2, kind), (3, {"a": 3})]


def test_gb18030() -> None:
    assert records('{"text":"电池𠮷"}\n'.encode("gb18030"), "gb18030") == [(1, {"text": "电池𠮷"})]


def test_a_line_at_the_limit_is_read_and_one_over_it_is_not() -> None:
    fits = b'{"a":"' + b"x" * 92 + b'"}'
    assert len(fits) == 100
    assert [kind for _, kind in records(fits + b"\n" + fits, limit=100)] == [json.loads(fits)] * 2
    assert records(fits + b" \n" + fits + b"\r\n" + fits + b" ", limit=100) == [
        (1, "too_large"),
        (2, json.loads(fits)),
        (3, "too_large"),
    ]


def test_a_huge_line_is_skipped_in_pieces() -> None:
    class Counting(io.BytesIO):
        longest = 0

        def readline(self, size: int | None = -1, /) -> bytes:
            line = super().readline(size)
            self.longest = max(self.longest, len(line))
            return line

    stream = Counting(b'{"a":"' + b"x" * 100_000 + b'"}\n{"a":2}\n')
    assert [number for number, line in read_lines(stream, 1000) if line is None] == [1]
    assert stream.longest == 1002


@given(st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b" ").replace(b"\r", b" ")), max_size=20))
def test_every_line_that_is_not_blank_becomes_one_record(lines: list[bytes]) -> None:
    data = b"\n".join(lines)
    if data.startswith(b"\xef\xbb\xbf"):
        return
    expected = [number for number, line in enumerate(lines, 1) if line.strip()]
    assert [number for number, _ in records(data)] == expected


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.jsonl: No such file"):
        open_rows(tmp_path / "nowhere.jsonl")
