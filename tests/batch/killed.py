"""A batch run that kills itself: `python -m tests.batch.killed IN OUT LOG AFTER` (AFTER -1: never).

Every request that is answered leaves a line in LOG. The engine answers six at a time, last first.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from taibao_cli.batch import Overrides, run
from taibao_cli.batch.identity import run_facts
from taibao_cli.batch.job import Job
from taibao_cli.batch.sources import open_source
from taibao_cli.engine.base import Request, Result
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.models.registry import Model

WIDTH = 6
MODEL = Model(name="fake", path=Path(), sha256="ab" * 32, prompt="full", lexicon=None, metadata={})


class Mortal(FakeEngine):
    def __init__(self, log: Path, after: int) -> None:
        super().__init__()
        self._log, self._left = log, after

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        source = iter(requests)
        held: list[Request] = []
        while True:
            while len(held) < WIDTH and (request := next(source, None)):
                held.append(request)
            if not held:
                return
            for result in reversed(list(super().run(held))):
                if self._left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                self._left -= 1
                with self._log.open("a") as log:
                    log.write(f"{result.key}\n")
                yield result
            held.clear()


def main(source: Path, out: Path, log: Path, after: int) -> None:
    with Job(out) as job:
        job.begin(run_facts(MODEL, Overrides(), ctx=None, task=None))
        records = job.records(open_source(source))
        for row in run(records, engine=Mortal(log, after), model=MODEL, width=WIDTH, on_row=job.on_row):
            job.write(row)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
