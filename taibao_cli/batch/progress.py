"""Progress on stderr: a bar with the time left on a terminal; elsewhere a line from time to time, or nothing."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from taibao_cli.batch.meter import Meter, State
from taibao_cli.console import is_terminal, note
from taibao_cli.messages import say
from taibao_cli.patents.language import Lang

LINE_SECONDS: Final = 30.0
"""Between two plain lines."""


@contextmanager
def progress(title: str, total: int | None, *, visible: bool) -> Iterator[Callable[[], None]]:
    """Show steps done of `total` on stderr while the block runs; the block calls the value once for each step."""
    if not visible:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(elapsed_when_finished=True))
    with Progress(*columns, console=Console(file=sys.stderr), transient=True, redirect_stdout=False) as bar:
        row = bar.add_task(title, total=total)
        yield lambda: bar.advance(row)


@contextmanager
def bar(meter: Meter, lang: Lang) -> Iterator[None]:
    """The state of a run on the last line of the terminal while the block runs; it goes when the block ends."""
    from rich.console import Console
    from rich.live import Live
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    def drawn() -> Table:
        state = meter.state()
        line = Table.grid(padding=(0, 1))
        share = None if state.share is None else 100 * state.share
        line.add_row(ProgressBar(completed=share or 0, pulse=share is None, width=30), in_words(state, lang))
        return line

    console = Console(file=sys.stderr)
    with Live(console=console, get_renderable=drawn, transient=True, redirect_stdout=False):
        yield


@contextmanager
def lines(meter: Meter, lang: Lang, *, seconds: float = LINE_SECONDS) -> Iterator[None]:
    """A line with the state of a run every so many seconds while the block runs, whether rows come or not."""
    over = threading.Event()

    def tell() -> None:
        while not over.wait(seconds):
            note(in_words(meter.state(), lang))

    teller = threading.Thread(target=tell, name="taibao-progress", daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


@contextmanager
def transfer(lang: Lang, *, seconds: float = LINE_SECONDS) -> Iterator[Callable[[int, int], Callable[[int], None]]]:
    """Bytes on their way: the block calls the value with the bytes in all and those that are here, then what it gets
    with the bytes of each piece. A bar with speed and time left on a terminal, else a line every so many seconds."""
    if not is_terminal(sys.stderr):
        yield lambda total, here: _Told(total, here, lang, seconds).add
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True, redirect_stdout=False) as shown:

        def start(total: int, here: int) -> Callable[[int], None]:
            row = shown.add_task("", total=total, completed=here)
            return lambda size: shown.advance(row, size)

        yield start


class _Told:
    """Says from time to time how far it is."""

    def __init__(self, total: int, here: int, lang: Lang, seconds: float) -> None:
        self._total, self._here, self._lang, self._seconds = total, here, lang, seconds
        self._last = time.monotonic()

    def add(self, size: int) -> None:
        self._here += size
        if time.monotonic() - self._last >= self._seconds:
            self._last = time.monotonic()
            megabytes = {"here": f"{self._here / 1e6:,.1f}", "total": f"{self._total / 1e6:,.1f}"}
            note(say("pull-progress", self._lang, percent=f"{100 * self._here / self._total:.0f}", **megabytes))


def in_words(state: State, lang: Lang) -> str:
    """`1,234 rows (37 %), 3 failed, 12 known, 850 tokens/s, 0:12:33 left`; what is nothing or not known is left out."""
    share = "" if state.share is None else f" ({100 * state.share:.0f} %)"
    parts = [say("progress-rows", lang, rows=f"{state.rows:,}", share=share)]
    if state.failed:
        parts.append(say("progress-failed", lang, rows=f"{state.failed:,}"))
    if state.known:
        parts.append(say("progress-known", lang, rows=f"{state.known:,}"))
    if state.rate is not None:
        parts.append(say("progress-rate", lang, rate=f"{state.rate:,.0f}"))
    if state.seconds_left is not None:
        parts.append(say("progress-left", lang, time=clock_time(state.seconds_left)))
    return ("，" if lang == "zh" else ", ").join(parts)


def clock_time(seconds: float) -> str:
    """Hours, minutes and seconds: `1:02:03`."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
