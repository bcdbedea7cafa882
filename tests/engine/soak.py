"""Hours of use in minutes: texts, labels, JSON, empty and over-long prompts, cancels, abandoned runs, restarts.

    python -m tests.engine.soak MINUTES [MODEL]

prints what was done and, for each tenth of the time, the most memory that the process held after a round, and what it
held when an engine had just been closed.
"""

from __future__ import annotations

import ctypes
import faulthandler
import gc
import math
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median

from taibao_cli.engine.base import Engine, Message, Request, Sampling

AGAIN = 60
"""Rounds after which the same come again: only then can memory be compared, since a round may need twice what another
does. What grows with ever new shapes or texts is not seen."""

HANG_SECONDS = 120
"""A round that takes longer ends the process with the stacks of its threads."""

SCHEMA = '{"type":"object","properties":{"novel":{"type":"boolean"}},"required":["novel"],"additionalProperties":false}'
WORDS = [
    "所述壳体",
    "通过螺栓",
    "a sensor 12 ",
    "固定在",
    "said housing ",
    "并与控制器电连接，",
    "thereby ",
    "提高效率。",
]


@dataclass
class Report:
    """What happened. In each tenth of the time `memory` is the most megabytes held after a round, and `left` the median
    of those held when an engine had just been closed (nan: none was)."""

    rounds: int = 0
    restarts: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    memory: list[float] = field(default_factory=list)
    left: list[float] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """Most memory in the second half of the time over that in the first, the first fifth left out."""
        return _growth(self.memory)

    @property
    def leak(self) -> float:
        """The same of what closed engines leave."""
        return _growth(self.left)


def _growth(tenths: list[float]) -> float:
    fifth, half = len(tenths) // 5, len(tenths) // 2
    first, second = (max(held for held in part if not math.isnan(held)) for part in (tenths[fifth:half], tenths[half:]))
    return second / first


def soak(make: Callable[[], Engine], *, seconds: float, rounds: float = math.inf, seed: int = 0) -> Report:
    """Use engines that `make` makes for so long, or for so many rounds."""
    report, begun, most, left = Report(), time.monotonic(), 0.0, list[float]()
    engine = make()
    while (passed := time.monotonic() - begun) < seconds and report.rounds < rounds:
        faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
        _round(engine, Random(f"{seed} {report.rounds % AGAIN}"), report)
        report.rounds += 1
        most = max(most, _held())
        if report.rounds % 20 == 0:
            engine.close()
            left.append(_held())
            engine = make()
            report.restarts += 1
        if passed >= seconds * (len(report.memory) + 1) / 10:
            report.memory.append(most)
            report.left.append(median(left) if left else math.nan)
            most, left = 0.0, []
    engine.close()
    faulthandler.cancel_dump_traceback_later()
    return report


def _round(engine: Engine, rng: Random, report: Report) -> None:
    """Some rows; some runs are cancelled by another thread, some abandoned, the others must answer every row."""
    rows = [_request(str(number), rng, engine.context) for number in range(rng.randrange(1, 40))]
    fate = rng.choice(["ends", "ends", "ends", "cancelled", "abandoned"])
    timer = threading.Timer(rng.uniform(0, 0.2), engine.cancel)
    if fate == "cancelled":
        timer.start()
    answered = []
    for result in _limited(engine.run(iter(rows)), rng.randrange(3) if fate == "abandoned" else len(rows)):
        answered.append(result.key)
        report.ends[result.error.kind if result.error else result.finish] += 1
    timer.cancel()
    assert len(set(answered)) == len(answered), "a row was answered twice"
    assert fate != "ends" or sorted(answered) == sorted(row.key for row in rows), "a row was lost"


def _limited(results: Iterator[object], count: int) -> Iterator[object]:
    for _, result in zip(range(count), results, strict=False):
        yield result


def _request(key: str, rng: Random, context: int) -> Request:
    kind = rng.choice(["text"] * 6 + ["sampled", "penalised", "labels", "schema", "empty", "long"])
    text = "".join(rng.choices(WORDS, k=rng.randrange(1, 12)))
    text = {"empty": "", "long": text * context}.get(kind, text)
    sampling = {"sampled": Sampling(0.8, seed=rng.randrange(99)), "penalised": Sampling(repeat_penalty=1.3)}
    return Request(
        key,
        (Message("system", "Answer briefly, and keep to the facts that the text states."), Message("user", text)),
        rng.randrange(1, 40),
        sampling.get(kind, Sampling()),
        labels=("H01M", "H04L", "A61K") if kind == "labels" else None,
        schema=SCHEMA if kind == "schema" else None,
    )


def _held() -> float:
    """Megabytes that this process holds and the allocator does not merely keep for later."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return resident()


def resident() -> float:
    """Megabytes that this process holds (Linux)."""
    status = Path("/proc/self/status").read_text("ascii")
    found = re.search(r"^VmRSS:\s*(\d+) kB", status, re.MULTILINE)
    assert found
    return int(found[1]) / 1000


def main() -> None:
    from taibao_cli.engine.load import load_engine
    from taibao_cli.models.registry import builtin_file, resolve

    minutes, model = float(sys.argv[1]), resolve(sys.argv[2] if len(sys.argv) > 2 else str(builtin_file()))
    report = soak(lambda: load_engine(model, ctx=1024, width=16), seconds=60 * minutes)
    sys.stdout.write(f"{report.rounds} rounds, {report.restarts} restarts, rows: {dict(sorted(report.ends.items()))}\n")
    for name, tenths, growth in (("at most", report.memory, report.growth), ("closed", report.left, report.leak)):
        sys.stdout.write(f"MB {name}: {' '.join(f'{megabytes:.0f}' for megabytes in tenths)}; growth {growth:.3f}\n")


if __name__ == "__main__":
    main()
