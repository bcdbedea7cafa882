"""One batch run into a file: journal, output in the making, manifest. Killed anywhere, it goes on where it was.

OUT.journal        answers as they come; locked while a run is on; deleted when it is complete
OUT.part           the output in the making; becomes OUT
OUT.manifest.json  what made OUT: model, parameters, versions, counts, a digest of the input
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Final

import orjson

from taibao_cli.batch.finished import FORMAT, Finished, beside, manifest_of, shape_of
from taibao_cli.batch.forms.base import Form
from taibao_cli.batch.forms.jsonl import JSONL, jsonl, to_line
from taibao_cli.batch.identity import KEY_BYTES, Facts, Keys, differences
from taibao_cli.batch.journal import Journal
from taibao_cli.batch.output import errors_of, has_failed
from taibao_cli.batch.record import Record
from taibao_cli.batch.split import Split, refuse_foreign
from taibao_cli.batch.stats import Tally
from taibao_cli.batch.writer import FileWriter, part_of
from taibao_cli.errors import TaibaoError

Row = dict[str, Any]

NO_KEY: Final = bytes(KEY_BYTES)
"""Stands for a record that cannot be asked."""

LOOK_SECONDS: Final = 1.0
"""Between two looks whether the output in the making is still there."""


class Job:
    """A run in the making: enter it, `begin`, feed `records` to the runner with `on_row`, `write` what comes out."""

    def __init__(
        self,
        out: Path,
        *,
        form: Form = JSONL,
        errors_to: Path | None = None,
        in_order: bool = True,
        resume: bool = True,
        overwrite: bool = False,
        retry_errors: bool = False,
    ) -> None:
        """Take the output for this process.

        Args:
            out: the output file.
            form: how rows stand in it.
            errors_to: a JSONL file for all rows with an error; `out` then holds the rows with an answer.
            in_order: whether rows are written in the order of the input.
            resume: go on with what an interrupted run left; otherwise forget it.
            overwrite: forget an interrupted run and a finished output.
            retry_errors: ask again for what came out with an error.

        Raises:
            TaibaoError: another run is at work on `out`, or its folder cannot be written to.
        """
        if out.is_dir():
            raise TaibaoError(f"{out}: is a directory; an output is a file")
        self.out, self.tally = out, Tally()
        self.kept = 0
        """After the end: answers that the next run will find."""
        self._form, self._errors_to = form, errors_to
        self._shape = shape_of(form, out, errors_to, in_order)
        self._resume, self._overwrite, self._retry = resume, overwrite, retry_errors
        self._keys: dict[int, bytes] = {}
        """Of the rows that are being answered, by number."""
        self._digest = hashlib.blake2b(digest_size=KEY_BYTES)
        self._started, self._clock = time.time(), time.monotonic
        self._begun = self._looked = self._clock()
        self._facts: Facts = {}
        self._finished: Finished | None = None
        self._writer: FileWriter | None = None
        self._aside: FileWriter | None = None
        self._worthless = False
        self._renewed = False
        """Whether an answer of the finished output was replaced."""
        self._journal = Journal(beside(out, ".journal"))

    def begin(self, facts: Facts, made_with: Facts = MappingProxyType({})) -> None:
        """Look at what earlier runs left, and open the output in the making.

        Args:
            facts: `identity.run_facts`.
            made_with: what else the manifest is to say, such as the engine and its width.

        Raises:
            TaibaoError: what is there is not a part of this run.
        """
        journal = self._journal
        self._facts, self._keys_of, self._made_with = facts, Keys(facts), made_with
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
        self._writer = FileWriter(self.out, self._form)
        if self._errors_to is not None:
            self._aside = FileWriter(self._errors_to, jsonl(self._form.merge))
        self._split = Split(self._writer, self._aside)

    def _own_output(self, goes_on: bool) -> Finished | None:
        """The finished output when the same run made it; None when there is none that can be used."""
        out, aside = self.out, self._errors_to
        finished = Finished.of(out)
        before, now = ({**finished.facts, **finished.shape}, {**self._facts, **self._shape}) if finished else ({}, {})
        if different := differences(before, now):
            raise TaibaoError(f"{out} was made otherwise: {different}; overwrite it with --overwrite")
        if finished is None and aside is not None:
            refuse_foreign(aside)
        if goes_on:
            whole = finished is not None and finished.is_whole() and finished.can_be_read(self._form)
            return finished if whole else None
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
            TaibaoError: the finished output was made from another input, or has to change and cannot be read.
        """
        old = self._finished
        if old and not old.can_be_read(self._form):
            self._compare(old, records)
            return
        answers = old.answers(self._form) if old else iter(())
        count = 0
        for record in records:
            if record is None:
                yield None
                continue
            count += 1
            key = self._count(record)
            before = next(answers, None)
            if old and count == old.rows:
                self._check_input(old)
            kept = self._journal.find(key) if key is not None else None
            answer = kept or before
            if answer is not None and not (errors_of(answer) and (self._retry or kept)):
                self.tally.reused += 1
                self._renewed |= answer is not before or answer["id"] != record.id
                yield replace(record, answer={**answer, "id": record.id})
                continue
            if key is not None:
                self._keys[record.number] = key
            in_part = answer is not None and not has_failed(answer)
            yield replace(record, earlier=answer) if in_part else record
        if old and count < old.rows:
            self._check_input(old)

    def _count(self, record: Record) -> bytes | None:
        """Take a record into the digest of the input; its key."""
        key = self._keys_of.of(record)
        self._digest.update(key or NO_KEY)
        return key

    def _check_input(self, old: Finished) -> None:
        if self._digest.hexdigest() != old.digest:
            self._worthless = True
            raise TaibaoError(f"{self.out} was made from another input; choose another -o, or overwrite it")

    def _compare(self, old: Finished, records: Iterable[Record | None]) -> None:
        """See whether an output whose rows cannot be had back is complete for this input."""
        count = 0
        for record in records:
            if record is not None:
                count += 1
                self._count(record)
                if count == old.rows:
                    self._check_input(old)
        if count < old.rows:
            self._check_input(old)
        if count > old.rows or (self._retry and old.with_errors):
            self._worthless = True
            what = f"{count - old.rows} more rows" if count > old.rows else "answers to replace"
            raise TaibaoError(
                f"{self.out} is complete, and there are {what}, but rows cannot be read back from it; "
                "choose another -o, or compute all of them again with --overwrite"
            )
        self.tally = Tally(old.rows, old.rows, failed=old.failed, with_errors=old.with_errors)

    def on_row(self, record: Record, row: Row) -> None:
        """Journal an answer that has just come. What has an error is asked again when an interrupted run goes on."""
        key = self._keys.pop(record.number, None)
        if key is not None and not has_failed(row):
            self._journal.add(key, to_line(row))

    def write(self, row: Row, record: Record | None = None) -> None:
        """The next row of the output, and the record that it answers where the form asks for it."""
        self.tally.add(row)
        self._split.write(row, record)
        if (now := self._clock()) - self._looked >= LOOK_SECONDS:
            self._looked = now
            self._look()

    def _look(self) -> None:
        """Whether what is written can still be found.

        Raises:
            TaibaoError: somebody deleted it; the answers are in the journal.
        """
        for writer in self._writers:
            if not writer.is_there:
                raise TaibaoError(f"{writer.part} was deleted while the run was on; the same command makes it again")

    @property
    def _writers(self) -> list[FileWriter]:
        return [writer for writer in (self._writer, self._aside) if writer]

    def __enter__(self) -> Job:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        complete = False
        try:
            writers = self._writers
            if self._worthless or (kind is None and self.nothing_new) or (kind and not self.answered):
                for writer in writers:
                    writer.discard()
            elif kind is not None:
                for writer in writers:
                    writer.__exit__(kind, error, trace)
            elif self._writer:
                self._complete(self._writer)
            complete = kind is None
        finally:
            self.kept = self.answered if self._journal.is_there else 0
            self._journal.close(delete=complete or not self.answered)

    def _complete(self, writer: FileWriter) -> None:
        """All parts to disk, then each to its place; a run that is killed in between is made whole by its journal."""
        self._look()
        writer.finish()
        if self._aside is not None:
            self._aside.finish()
        writer.replace()
        part = beside(self.out, ".manifest.json.part")
        try:
            part.write_bytes(orjson.dumps(self._manifest(writer), option=orjson.OPT_INDENT_2) + b"\n")
            os.replace(part, manifest_of(self.out))
        except OSError as error:
            raise TaibaoError(f"{part}: cannot be written: {error.strerror}") from None
        if self._aside is not None:
            self._aside.replace()

    def _manifest(self, writer: FileWriter) -> Row:
        return {
            "manifest": FORMAT,
            "run": self._facts,
            "tasks": dict(sorted(self._keys_of.tasks.items())),
            "engine": dict(self._made_with),
            "shape": self._shape,
            "rows": self.tally.rows,
            "reused": self.tally.reused,
            "cached": self.tally.cached,
            "failed": self.tally.failed,
            "with_errors": self.tally.with_errors,
            "input": self._digest.hexdigest(),
            "output": writer.digest,
            "aside": self._aside.digest if self._aside is not None else None,
            "llama_cpp_python": version("llama_cpp_python"),
            "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._started)),
            "seconds": round(self._clock() - self._begun, 1),
        }
