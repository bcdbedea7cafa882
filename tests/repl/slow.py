"""`taibao` with an engine that takes its time: a word every few hundredths of a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from taibao_cli.__main__ import main
from taibao_cli.engine.base import Request, Result, Usage
from taibao_cli.engine.fake import FakeEngine

WORDS = 200


class SlowEngine(FakeEngine):
    """Counts: `1 2 3 …`, with a line of its own for every ten."""

    def stream(self, request: Request, emit: Callable[[str], None]) -> Result:
        self._cancelled = False
        text = ""
        for number in range(1, WORDS + 1):
            if self._cancelled:
                return Result(request.key, text, "cancelled", Usage(10, 0, number))
            piece = f"{number}{' ' if number % 10 else chr(10) * 2}"
            text += piece
            emit(piece)
            time.sleep(0.02)
        return Result(request.key, text, "stop", Usage(10, 0, WORDS))


if __name__ == "__main__":
    import taibao_cli.engine.fake

    taibao_cli.engine.fake.FakeEngine = SlowEngine  # type: ignore[misc]
    sys.argv[0] = "taibao"
    main()
