"""One batch run into a file: journal, output in the making, manifest. Killed anywhere, it goes on where it was.

OUT.journal        answers as they come; locked while a run is on; deleted when it is complete
OUT.part           the output in the making, in the order of the input; becomes OUT
OUT.manifest.json  what made OUT: model, parameters, versions, counts, a digest of the input
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import orjson

from taibao_cli.batch.identity import KEY_BYTES, Facts, differences, key_maker
from taibao_cli.batch.journal import Journal
from taibao_cli.batch.output import errors_of, has_failed
from taibao_cli.batch.record import Record
from taibao_cli.batch.writer import FileWriter, part_of, to_line
from taibao_cli.errors import TaibaoError

Row = dict[str, Any]

_CHUNK: Final = 1 << 20

FORMAT: Final = 1
"""Of the manifest."""

NO_KEY: Final = bytes(KEY_BYTES)
"""Stands for a record that cannot be asked."""


@dataclass
class Tally:
    """Rows written; of them taken over from before, without any answer, and with at least one failed task."""

    rows: int = 0
    reused: int = 0
    failed: int = 0
    with_errors: int = 0

    def add(self, row: Row) -> None:
        self.rows += 1
        self.failed += has_failed(row)
        self.with_errors += bool(errors_of(row))


class Job:
    """A run in the making: enter it, `begin`, feed `records` to the runner with `on_row`, `write` what comes out."""

    def __init__(self, out: Path, *, resume: bool = True, overwrite: bool = False, retry_errors: bool = False) -> None:
        """Take the output for this process.

        Args:
            out: the output file.
            resume: go on with what an interrupted run left; otherwise forget it.
            overwrite: forget an interrupted run and a finished output.
            retry_errors: ask again for rows that came out with an error.

        Raises:
            TaibaoError: another run is at work on `out`, or its folder cannot be written to.
        """
        if out.is_dir():
            raise TaibaoError(f"{out}: is a directory; an output is a file")
        self.out, self.tally = out, Tally()
        self._resume, self._overwrite, self._retry = resume, overwrite, retry_errors
        self._keys: dict[int, bytes] = {}
        """Of the rows that are being answered, by number."""
        self._digest = hashlib.blake2b(digest_size=KEY_BYTES)
        self._started = time.time()
        self._facts: Facts = {}
        self._finished: Finished | None = None
        self._writer: FileWriter | None = None
        self._worthless = False
        self._renewed = False
        """Whether an answer of the finished output was replaced."""
        self._journal = Journal(beside(out, ".journal"))

    def begin(self, facts: Facts) -> None:
        """Look at what earlier runs left, and open the output in the making.

        Args:
            facts: `identity.run_facts`.

        Raises:
            TaibaoError: what is there is not a part of this run.
        """
        journal = self._journal
        self._facts, self._key = facts, key_maker(facts)
        goes_on = journal.facts is not None and self._resume and not self._overwrite
        if goes_on and (different := differences(journal.facts or {}, facts)):
            raise TaibaoError(
                f"{journal.path} is of an interrupted run: {different}; "
                "give the same options, or --no-resume to start anew"
            )
        if not self._overwrite:
            self._finished = self._own_output(goes_on)
        if not goes_on:
            journal.begin(facts)
        self._writer = FileWriter(self.out)

    def _own_output(self, goes_on: bool) -> Finished | None:
        """The finished output when the same run made it; None when there is none that can be used."""
        out = self.out
        finished = Finished.of(out)
        if finished and (different := differences(finished.facts, self._facts)):
            raise TaibaoError(f"{out} was made otherwise: {different}; overwrite it with --overwrite")
        if goes_on:
            return finished if finished and finished.is_whole() else None
        if finished is None and out.is_file():
            raise TaibaoError(f"{out} exists already; choose another -o, or overwrite it with --overwrite")
        if finished and not finished.is_whole():
            raise TaibaoError(
                f"{out} was changed since it was made; choose another -o, or overwrite it with --overwrite"
            )
        if self._journal.facts is None and part_of(out).exists():
            raise TaibaoError(f"{part_of(out)} is there without a journal; move it away, or give --overwrite")
        return finished

    @property
    def taken_over(self) -> int:
        """Answers of an interrupted run."""
        return self._journal.answers

    @property
    def answered(self) -> int:
        """Answers that the journal holds by now."""
        return self._journal.answers + self._journal.added

    @property
    def began(self) -> bool:
        """Whether answers could be added."""
        return self._writer is not None and not self._worthless

    @property
    def nothing_new(self) -> bool:
        """Whether the output that is there already holds all of this run, ids included."""
        old = self._finished
        return old is not None and not self._renewed and self.tally.rows == self.tally.reused == old.rows

    def records(self, records: Iterable[Record | None]) -> Iterator[Record | None]:
        """The same records; those whose answer is known bring it. None (not arrived yet) is passed on.

        Raises:
            TaibaoError: the finished output was made from another input.
        """
        old = self._finished
        answers = old.answers() if old else iter(())
        count = 0
        for record in records:
            if record is None:
                yield None
                continue
            count += 1
            key = self._key(record)
            self._digest.update(key or NO_KEY)
            before = next(answers, None)
            if old and count == old.rows:
                self._check_input(old)
            answer = (self._journal.find(key) if key is not None else None) or before
            if answer is not None and not (self._retry and errors_of(answer)):
                self.tally.reused += 1
                self._renewed |= answer is not before or answer["id"] != record.id
                yield replace(record, answer={**answer, "id": record.id})
                continue
            if key is not None:
                self._keys[record.number] = key
            yield record
        if old and count < old.rows:
            self._check_input(old)

    def _check_input(self, old: Finished) -> None:
        if self._digest.hexdigest() != old.digest:
            self._worthless = True
            raise TaibaoError(f"{self.out} was made from another input; choose another -o, or overwrite it")

    def on_row(self, record: Record, row: Row) -> None:
        """Journal an answer that has just come. A row with an error is asked again when an interrupted run goes on."""
        key = self._keys.pop(record.number, None)
        if key is not None and not errors_of(row):
            self._journal.add(key, to_line(row))

    def write(self, row: Row) -> None:
        """The next row of the output."""
        assert self._writer
        self._writer.write(row)
        self.tally.add(row)

    def __enter__(self) -> Job:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer and (self._worthless or (kind is None and self.nothing_new) or (kind and not self.answered)):
            self._writer.discard()
        elif self._writer:
            self._writer.__exit__(kind, error, trace)
            if kind is None:
                self._write_manifest(self._writer)
        self._journal.close(delete=kind is None or not self.answered)

    def _write_manifest(self, writer: FileWriter) -> None:
        part = beside(self.out, ".manifest.json.part")
        part.write_bytes(orjson.dumps(self._manifest(writer), option=orjson.OPT_INDENT_2) + b"\n")
        os.replace(part, beside(self.out, ".manifest.json"))

    def _manifest(self, writer: FileWriter) -> Row:
        return {
            "manifest": FORMAT,
            "run": self._facts,
            "rows": self.tally.rows,
            "failed": self.tally.failed,
            "with_errors": self.tally.with_errors,
            "input": self._digest.hexdigest(),
            "output": writer.digest,
            "llama_cpp_python": version("llama_cpp_python"),
            "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._started)),
            "seconds": round(time.time() - self._started, 1),
        }


@dataclass(frozen=True)
class Finished:
    """An output that is complete, and what its manifest says."""

    path: Path
    facts: Facts
    rows: int
    digest: str
    output: str

    @classmethod
    def of(cls, out: Path) -> Finished | None:
        """None when the output or its manifest is missing or no manifest of this version."""
        try:
            manifest = orjson.loads(beside(out, ".manifest.json").read_bytes())
            if manifest["manifest"] == FORMAT and out.is_file():
                return cls(out, manifest["run"], int(manifest["rows"]), manifest["input"], manifest["output"])
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return None

    def is_whole(self) -> bool:
        """Whether the output is still what the run wrote."""
        found = hashlib.blake2b(digest_size=KEY_BYTES)
        with self.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                found.update(chunk)
        return found.hexdigest() == self.output

    def answers(self) -> Iterator[Row]:
        """The rows of the output, one after the other."""
        with self.path.open("rb") as file:
            for line in file:
                yield orjson.loads(line)


def beside(out: Path, suffix: str) -> Path:
    return out.with_name(out.name + suffix)
