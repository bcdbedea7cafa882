"""Hours of use in minutes: texts, labels, JSON, empty and over-long prompts, cancels, abandoned runs, restarts.

    python -m tests.engine.soak MINUTES [MODEL]

prints what was done and, for each engine, the most memory that the process held after a round, and what it held when
the engine had just been closed.

Engines of two kinds take turns. One has rounds that never came before; the next has the same rounds as all of its kind.
The same rounds need the same memory, so theirs is compared; what new shapes and texts leave behind shows in it too.
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

from taibao_cli.engine.base import Engine, Message, Request, Sampling

LIFE = 20
"""Rounds of one engine."""

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
    """What happened, and for each engine the megabytes: the most held after one of its `repeated` or `new` rounds,
    and those `left` when it had been closed."""

    rounds: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    repeated: list[float] = field(default_factory=list)
    new: list[float] = field(default_factory=list)
    left: list[float] = field(default_factory=list)


def growth(held: list[float]) -> float:
    """Most memory in the second half of the time over that in the first, the first fifth left out."""
    fifth, half = len(held) // 5, len(held) // 2
    return max(held[half:]) / max(held[fifth:half])


def soak(make: Callable[[], Engine], *, seconds: float, rounds: float = math.inf, seed: int = 0) -> Report:
    """Use engines that `make` makes, `LIFE` rounds each, until so much time has passed or so many rounds are over."""
    report, begun = Report(), time.monotonic()
    while time.monotonic() - begun < seconds and report.rounds < rounds:
        is_new = len(report.left) % 2 == 0
        most, engine = 0.0, make()
        for number in range(LIFE):
            faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
            _round(engine, Random(f"{seed} {report.rounds if is_new else number}"), report)
            report.rounds += 1
            most = max(most, _held())
        engine.close()
        report.left.append(_held())
        (report.new if is_new else report.repeated).append(most)
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
    sys.stdout.write(f"{report.rounds} rounds, {len(report.left)} engines, rows: {dict(sorted(report.ends.items()))}\n")
    for name in ("repeated", "new", "left"):
        held: list[float] = getattr(report, name)
        figures = " ".join(f"{megabytes:.0f}" for megabytes in held)
        sys.stdout.write(f"MB {name}: {figures}; growth {growth(held):.3f}\n")


if __name__ == "__main__":
    main()
