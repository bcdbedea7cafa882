"""How many tokens a step may have: a step cannot be interrupted, so it must end soon after it began.

The speed of a model on this machine is seen while it works, and remembered for the next time it is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Final

from taibao_cli.engine.openvino.pipeline import BLOCK
from taibao_cli.models.remembered import recall, remember

SECONDS: Final = 0.12
"""How long a step may take."""

FIRST: Final = 128
"""Tokens of a step while nothing is known."""

MOST: Final = 512

UNHURRIED: Final = 192
"""Tokens of a step, at least, in a process of its own: to cancel means to end the process there, so that a step may be
as long as is fastest. On two cores of a Zen 4 a model of 0.5 billion parameters answers 1.56 rows/s with 64, 1.68 with
128, 1.80 with 192 and 1.79 with 256."""

_CACHE: Final = "openvino-steps"


def step_tokens(speed: float | None) -> int:
    """Most tokens of a step, in whole blocks, for a speed in tokens per second; None: not known."""
    return FIRST if speed is None else min(MOST, max(BLOCK, int(speed * SECONDS) // BLOCK * BLOCK))


class Pace:
    """The speed of one model with so many threads."""

    def __init__(self, folder: Path, threads: int, least: int = 0) -> None:
        """`least`: a step has room for so many tokens however long that takes."""
        status = (folder / "openvino_model.bin").stat()
        facts = (folder, status.st_size, status.st_mtime_ns, threads, version("openvino"))
        self._key = "|".join(map(str, facts))
        known = recall(_CACHE).get(self._key)
        self._known = float(known) if isinstance(known, int | float) else None
        self.tokens = max(least, step_tokens(self._known))

    def saw(self, seconds: float, *, note: Callable[[str, str, float], None] = remember) -> None:
        """Take the time of a step of `tokens` tokens. The best speed counts: other work on the machine only slows."""
        speed = round(self.tokens / seconds, 1)
        if self._known is None or speed > self._known:
            self._known = speed
            note(_CACHE, self._key, speed)
