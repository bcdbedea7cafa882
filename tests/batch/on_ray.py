"""A batch run on four local workers: `python -m tests.batch.on_ray IN OUT AFTER`.

After so many answers the process kills itself (AFTER -1: never). The engine is the fake one, and the run is the same as
that of `tests.batch.killed`, so that either goes on with what the other left.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from taibao_cli.batch import Overrides, run
from taibao_cli.batch.identity import run_facts
from taibao_cli.batch.job import Job
from taibao_cli.batch.ray.cluster import connected
from taibao_cli.batch.ray.engine import RayEngine
from taibao_cli.batch.ray.worker import Plan
from taibao_cli.batch.sources import open_source
from taibao_cli.engine.base import Request, Result
from tests.batch.killed import MODEL

WORKERS = 4
WIDTH = 4


def plan() -> Plan:
    os.environ["TAIBAO_ENGINE"] = "fake"
    return Plan.of(MODEL, ctx=None, threads=None, width=WIDTH, gpu_layers=0)


@contextmanager
def on_workers(plan: Plan, on_loss: Callable[[str, str], None] = lambda address, why: None) -> Iterator[RayEngine]:
    with connected("local"):
        engine = RayEngine(plan, per_machine=WORKERS, on_loss=on_loss)
        try:
            yield engine
        finally:
            engine.close()


class Mortal:
    """Kills this process after so many answers."""

    def __init__(self, engine: RayEngine, after: int) -> None:
        self._engine, self._left = engine, after

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        for result in self._engine.run(requests):
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            self._left -= 1
            yield result


def main(source: Path, out: Path, after: int) -> None:
    with Job(out) as job, on_workers(plan()) as engine:
        job.begin(run_facts(MODEL, Overrides(), ctx=None, task=None))
        records = job.records(open_source(source))
        for row in run(records, engine=Mortal(engine, after), model=MODEL, width=engine.width, on_row=job.on_row):
            job.write(row)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
