"""What must hold of any bytes that a user may call an input; for tests and for `tests.batch.fuzz`."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from pathlib import Path

from taibao_cli.batch import Record, run
from taibao_cli.batch.forms.jsonl import to_line
from taibao_cli.batch.identity import Keys, run_facts
from taibao_cli.batch.runner import Overrides
from taibao_cli.batch.sources import open_source, read_source
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.errors import TaibaoError
from tests.batch.killed import MODEL

STREAMED = ("auto", "jsonl", "openai", "csv", "tsv", "lines", "text")
ENCODINGS = ("auto", "utf-8", "gb18030")
SUFFIXES = (".jsonl.gz", ".csv.xz", ".jsonl.bz2", ".jsonl.zst", ".xlsx", ".parquet")
KEYS = Keys(run_facts(MODEL, Overrides(), ctx=None, task=None))


def check_stream(data: bytes, form: str, encoding: str, maps: dict[str, str] | None = None) -> list[Record]:
    """Read bytes as a stream; the records, none when it is refused in one line."""
    try:
        records = list(read_source(io.BytesIO(data), "stream", form=form, encoding=encoding, maps=maps or {}))
    except TaibaoError as error:
        check_message(str(error))
        return []
    check_records(records)
    return records


def check_file(data: bytes, suffix: str) -> list[Record]:
    """The same of a file of that name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"in{suffix}")
        path.write_bytes(data)
        try:
            records = list(open_source(path))
        except TaibaoError as error:
            check_message(str(error))
            return []
    check_records(records)
    return records


def check_records(records: Sequence[Record]) -> None:
    """Every record is a row or says why it is none, in the order of the input; each gets one output row that can be
    written."""
    numbers = [record.number for record in records]
    assert numbers == sorted(set(numbers))
    assert all((record.row is None) == (record.error is not None) or record.service for record in records)
    for record in records:
        KEYS.of(record)
    rows = list(run(records, engine=FakeEngine(), model=MODEL, default_task="title"))
    assert [row["id"] for row in rows] == [record.id for record in records]
    for row in rows:
        to_line(row)
        if row["error"] is not None and isinstance(row["error"].get("message"), str):
            check_message(row["error"]["message"])


def check_message(message: str) -> None:
    assert message
    assert "\n" not in message
