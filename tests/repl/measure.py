"""How quick the session is: `python -m tests.repl.measure`, in an idle checkout with the built-in model."""

from __future__ import annotations

import io
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from taibao_cli.engine.base import Request, Result, Usage
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.repl.session import Session
from taibao_cli.repl.store import Talks
from taibao_cli.repl.talk import Talk, Turn
from taibao_cli.repl.view import RichView
from tests.repl.screen import Screen
from tests.repl.talking import MODEL

TOKENS = 20_000
"""Of the conversation in which the redraw is measured."""
ANSWER = 2_000
"""Tokens of the answer that is drawn."""
LONG = "1. 一种锂离子电池，包括壳体、正极片和设于所述壳体内的隔膜，所述隔膜的厚度为20微米。\n" * 60


class Writer(FakeEngine):
    """Writes Markdown, a token of two characters at a time."""

    def stream(self, request: Request, emit: Callable[[str], None]) -> Result:
        text = "".join("词语" if n % 40 else "。\n\n- **要点**：" for n in range(ANSWER))
        for at in range(0, len(text), 2):
            emit(text[at : at + 2])
        return Result(request.key, text, "stop", Usage(TOKENS, 0, len(text) // 2))


def redraw(home: Path) -> tuple[float, int]:
    """Processor seconds per token of an answer that is drawn and kept, and its tokens."""
    console = Console(file=io.StringIO(), width=100, height=40, force_terminal=True)
    talks = Talks(home / "talks.sqlite")
    session = Session(Writer(context=1 << 20), MODEL, "zh", view=RichView(console), talks=talks)
    said = [Turn("user" if n % 2 == 0 else "assistant", "一种泵。" * 250) for n in range(TOKENS // 500)]
    session.start(Talk(turns=said))
    for place in range(len(said)):
        talks.keep(session.talk, place)
    begun = time.process_time()
    session.handle("继续")
    tokens = session.timing.usage.completion if session.timing else 0
    return (time.process_time() - begun) / tokens, tokens


def to_prompt(home: Path, *args: str) -> float:
    begun = time.perf_counter()
    with Screen(home, *args, TAIBAO_ENGINE="") as screen:
        screen.prompt()
        return time.perf_counter() - begun


def to_first_token(home: Path) -> float:
    """From Enter to the first sign of a title, of a model that is loaded."""
    with Screen(home, TAIBAO_ENGINE="") as screen:
        screen.say("/title 一种泵，包括壳体。")
        screen.type("/title 一种电池，包括壳体和散热片。\r")
        screen.wait("散热片。\n", 5)
        begun, line = time.perf_counter(), screen.text.index("散热片。\n") + 5
        while not screen.read()[line:].split("\n")[0].strip(" ❯"):
            assert time.perf_counter() - begun < 10
        return time.perf_counter() - begun


def to_stop_in_prefill(home: Path) -> float:
    """From Ctrl-C, half a second into the reading of a long text, to the words that say that it stopped."""
    (home / "long.txt").write_text(LONG, "utf-8")
    with Screen(home, TAIBAO_ENGINE="") as screen:
        screen.say("/title 一种泵，包括壳体。")
        screen.type("/summarize @long.txt\r")
        screen.read(0.5)
        begun = time.perf_counter()
        screen.type("\x03")
        screen.wait("(stopped)")
        return time.perf_counter() - begun


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name, measured in (
            ("to the prompt, s", [to_prompt(home) for _ in range(7)]),
            ("to the prompt with -c, s", [to_prompt(home, "-c") for _ in range(7)]),
            ("to the first token, s", [to_first_token(home) for _ in range(5)]),
            ("from Ctrl-C in prefill, s", [to_stop_in_prefill(home) for _ in range(5)]),
        ):
            print(f"{name:<28} median {statistics.median(measured):.2f}, worst {max(measured):.2f}")  # noqa: T201
        cost, tokens = redraw(home)
        print(f"{'redraw, ms a token':<28} {1000 * cost:.2f} ({tokens:,} tokens, {TOKENS:,} before)")  # noqa: T201


if __name__ == "__main__":
    main()
