"""What a row costs beside the engine, and where: `python -m tests.batch.overhead 10000 100000 1000000`.

Each number of rows is run by a process of its own, into a file, with an engine that answers at once. Times are of the
processor, for one core; a machine that does other things makes them longer too.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from taibao_cli.batch import Overrides, run
from taibao_cli.batch.forms.jsonl import to_line
from taibao_cli.batch.identity import Keys, run_facts
from taibao_cli.batch.job import Job
from taibao_cli.batch.journal import Journal
from taibao_cli.batch.record import Record
from taibao_cli.batch.runner import build_request
from taibao_cli.batch.same import request_digest
from taibao_cli.batch.sources import open_source
from taibao_cli.batch.writer import FileWriter
from taibao_cli.engine.base import Request, Result, Usage
from taibao_cli.tasks import get, prepare
from tests.batch.killed import MODEL

CHARACTERS = 200
WIDTH = 16
TEXT = "一种泵，包括壳体、叶轮和驱动轴，所述叶轮设于壳体内并与驱动轴相连。" * 7
FACTS = run_facts(MODEL, Overrides(), ctx=None, task=None)
PROFILED = 3000


class Instant:
    """Takes as many requests as a real engine does, and answers them at once."""

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        source = iter(requests)
        while True:
            held = list(iter_some(source))
            if not held:
                return
            for request in held:
                yield Result(request.key, "一种泵", "stop", Usage(150, 0, 3))


def iter_some(source: Iterator[Request | None]) -> Iterator[Request]:
    for request in islice(source, WIDTH):
        if request is None:
            return
        yield request


def make(path: Path, rows: int) -> Path:
    """Rows that are all different, each with a text of `CHARACTERS`."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            text = f"{number}{TEXT}"[:CHARACTERS]
            file.write(json.dumps({"id": f"p{number}", "text": text, "task": "title"}, ensure_ascii=False) + "\n")
    return path


def answer(source: Path, out: Path) -> None:
    with Job(out) as job:
        job.begin(FACTS)
        for row in run(job.records(open_source(source)), engine=Instant(), model=MODEL, width=WIDTH, on_row=job.on_row):
            job.write(row)


def measured(rows: int) -> dict[str, float]:
    """One run: processor time by row in µs, seconds by the clock, peak memory in MB."""
    with tempfile.TemporaryDirectory() as folder:
        source = make(Path(folder, "in.jsonl"), rows)
        begun, clock = time.process_time(), time.monotonic()
        answer(source, Path(folder, "out.jsonl"))
        spent, seconds = time.process_time() - begun, time.monotonic() - clock
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return {"rows": rows, "us": spent / rows * 1e6, "seconds": seconds, "peak_mb": peak / 1e6}


def apart(rows: int) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "tests.batch.overhead", "--one", str(rows)]
    found: dict[str, float] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return found


def stages(rows: int = PROFILED) -> dict[str, float]:
    """Processor time by row in µs of each stage alone, and of the rest: order, windows, bookkeeping."""
    task = get("title")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = make(folder / "in.jsonl", rows)
        records = list(open_source(source))
        inputs = [prepare(task, record.row or {}) for record in records]
        requests = [build_request("1/0/0", task, own, MODEL, Overrides()) for own in inputs]
        output = list(run(records, engine=Instant(), model=MODEL, width=WIDTH))
        keys = Keys(FACTS)
        found = {
            "parse": cpu(lambda: list(open_source(source))),
            "prepare (NFC, language)": cpu(lambda: [prepare(task, record.row or {}) for record in records]),
            "render": cpu(lambda: [build_request("1/0/0", task, own, MODEL, Overrides()) for own in inputs]),
            "hash": cpu(lambda: ([keys.of(record) for record in records], [request_digest(one) for one in requests])),
            "journal": cpu(lambda: journal(folder / "journal", records, output)),
            "write": cpu(lambda: write(folder / "written", output)),
        }
        whole = cpu(lambda: answer(source, folder / "out.jsonl"))
    found["order and the rest"] = whole - sum(found.values())
    return {name: seconds / rows * 1e6 for name, seconds in {**found, "all": whole}.items()}


def journal(path: Path, records: list[Record], rows: list[dict[str, Any]]) -> None:
    opened = Journal(path)
    opened.begin(FACTS)
    for record, row in zip(records, rows, strict=True):
        opened.add(record.number.to_bytes(16, "big"), to_line(row))
    opened.close(delete=True)


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    with FileWriter(path) as writer:
        for row in rows:
            writer.write(row)


def cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--one"]:
        say(json.dumps(measured(int(arguments[1]))))
        return
    found = stages()
    for name, micros in found.items():
        say(f"{name:<24} {micros:7.1f} µs a row  {micros / found['all']:6.1%}")
    for rows in map(int, arguments or ["10000", "100000"]):
        one = apart(rows)
        say(f"{rows:>9,} rows  {one['us']:6.1f} µs a row  {one['seconds']:7.1f} s  peak {one['peak_mb']:6.1f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
