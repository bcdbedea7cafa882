from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from taibao_cli.batch.forms.jsonl import to_line
from taibao_cli.batch.output import errors_of, has_failed
from taibao_cli.batch.writer import FileWriter
from taibao_cli.errors import TaibaoError


def write_all(path: Path, *rows: dict[str, object]) -> None:
    with FileWriter(path) as writer:
        for row in rows:
            writer.write(row)


def test_a_line_is_one_line_for_everyone() -> None:
    row = {"output": "a\nb\u2028c\u0085d\x1b[31m\u009b\u202e电池"}
    line = to_line(row)
    assert json.loads(line) == row
    assert len(line.decode().splitlines()) == 1
    assert line.decode().rstrip("\n").isprintable()
    assert "电池" in line.decode()


def test_the_output_appears_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with FileWriter(path) as writer:
        writer.write({"id": 1})
        assert not path.exists()
        assert (tmp_path / "out.jsonl.part").read_bytes() == b'{"id":1}\n'
    assert path.read_bytes() == b'{"id":1}\n'
    assert os.listdir(tmp_path) == ["out.jsonl"]


def test_finished_rows_stay_when_the_block_fails(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("earlier")
    with pytest.raises(TypeError):
        write_all(path, {"id": 1}, {"id": object()})
    assert path.read_text() == "earlier"
    assert (tmp_path / "out.jsonl.part").read_bytes() == b'{"id":1}\n'


def test_nothing_stays_of_a_block_that_failed_at_once(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), FileWriter(tmp_path / "out.jsonl"):
        raise ZeroDivisionError
    assert os.listdir(tmp_path) == []


def test_a_device_is_written_to_directly() -> None:
    with FileWriter(Path(os.devnull)) as writer:
        writer.write({"id": 1})
    assert not Path(os.devnull + ".part").exists()


def test_a_full_disk_is_one_line() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(TaibaoError, match="/dev/full: cannot be written: No space left"), FileWriter(full) as writer:
        writer.write({"id": 1})


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(TaibaoError, match="is a directory"):
        FileWriter(tmp_path)
    with pytest.raises(TaibaoError, match="cannot be written: No such file or directory"):
        FileWriter(tmp_path / "none" / "out.jsonl")


def test_when_a_row_counts_as_failed() -> None:
    error = {"type": "too_long", "message": "", "retryable": False}
    done = {"finish": "stop", "error": None}
    one = {"finish": "error", "error": error}
    half = {"finish": {"type": "label", "title": "error"}, "error": {"type": None, "title": error}}
    half_type = {"finish": {"type": "error", "title": "stop"}, "error": {"type": error, "title": None}}
    both = {"finish": {"type": "error", "title": "error"}, "error": {"type": error, "title": error}}
    rows = (done, one, half, half_type, both)
    assert [len(errors_of(row)) for row in rows] == [0, 1, 1, 1, 2]
    assert [has_failed(row) for row in rows] == [False, True, False, False, True]
