"""What `taibao batch` says while it runs, and what it expects before."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from taibao_cli.batch.progress import lines
from taibao_cli.cli import batch
from taibao_cli.engine.llamacpp import probe
from taibao_cli.engine.llamacpp.tuning import Speeds
from taibao_cli.models import remembered
from tests.cli.shell import environment, taibao
from tests.tiny import make_tiny_gguf

ROW = '{{"text":"pump number {}","task":"title"}}\n'
LINE = re.compile(r"taibao: [\d,]+ rows \(\d+ %\), [\d,]+ tokens/s, \d:\d\d:\d\d left")


def source(folder: Path, rows: int) -> Path:
    path = folder / "in.jsonl"
    path.write_text("".join(ROW.format(n) for n in range(rows)), encoding="utf-8")
    return path


def test_plain_lines_where_stderr_is_no_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "lines", partial(lines, seconds=0.05))
    done = taibao("batch", source(tmp_path, 4000), "-o", "out.jsonl", home=tmp_path)
    *told, last = done.stderr.decode().splitlines()
    assert last.startswith("taibao: 4000 rows, 0 failed, ")
    assert told
    assert LINE.fullmatch(told[-1]), told[-1]


def test_short_runs_say_nothing_before_their_summary(tmp_path: Path) -> None:
    done = taibao("batch", source(tmp_path, 50), "-o", "out.jsonl", home=tmp_path)
    assert done.stderr.count(b"\n") == 1


def on_terminal(home: Path, *args: str, stdout: int | None = None, **variables: str) -> tuple[int, str]:
    """Exit code, and what the terminal shows that stderr (and stdout, unless given) is."""
    master, slave = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-m", "taibao_cli", "batch", *args],
        cwd=home,
        env={**environment(home), "TERM": "xterm-256color", "COLUMNS": "100", **variables},
        stdin=subprocess.DEVNULL,
        stdout=stdout or slave,
        stderr=slave,
    )
    os.close(slave)
    shown = b""
    try:
        while piece := os.read(master, 65536):
            shown += piece
    except OSError:  # the other side is closed
        pass
    os.close(master)
    return run.wait(60), shown.decode()


def test_a_bar_on_a_terminal_that_goes_at_the_end(tmp_path: Path) -> None:
    source(tmp_path, 3000)
    code, shown = on_terminal(tmp_path, "in.jsonl", "-o", "out.jsonl")
    assert code == 0
    assert re.search(r"[\d,]+ rows \(\d+ %\), [\d,]+ tokens/s, \d:\d\d:\d\d left", shown)
    assert shown.splitlines()[-1].endswith(" s")
    assert "taibao: 3000 rows, 0 failed, " in shown
    dumb = on_terminal(tmp_path, "in.jsonl", "--limit", "9", "-o", "dumb.jsonl", TERM="dumb")
    assert dumb[1].startswith("taibao: 9 rows, 0 failed, ")
    assert "\x1b" not in dumb[1]


def test_rows_on_a_terminal_come_with_a_word_on_files(tmp_path: Path) -> None:
    source(tmp_path, 2)
    code, shown = on_terminal(tmp_path, "in.jsonl")
    first, one, two, last = shown.splitlines()
    assert code == 0
    assert first == "taibao: rows go to the terminal; with -o FILE they are kept, and an interrupted run can go on"
    assert one.startswith('{"id":1,')
    assert two.startswith('{"id":2,')
    assert last.startswith("taibao: 2 rows, 0 failed")


def test_a_dry_run_says_how_long_a_run_takes_when_the_speed_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered.platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    model = make_tiny_gguf(tmp_path / "tiny.gguf")
    args = ("batch", source(tmp_path, 3), "--model", model, "--threads", "1", "--max-tokens", "30", "--dry-run")
    done = taibao(*args, home=tmp_path, TAIBAO_ENGINE="")
    first, last = done.stderr.decode().splitlines()
    tokens = int(first.split(" rows, ")[1].split(" ")[0])
    assert last.startswith("taibao: answers take at most 90 tokens; how fast this model is here is not known")
    probe.known_speeds(model, 1, lambda: Speeds({4: 1.0, 8: 3.0, 16: 2.0}, {512: 50.0}))
    for options, width, seconds in (((), 8, 90 / 3), (("--width", "5"), 4, 90), (("--width", "64"), 16, 90 / 2)):
        last = taibao(*args, *options, home=tmp_path, TAIBAO_ENGINE="").stderr.decode().splitlines()[-1]
        assert f" tokens/s at width {width})" in last
        minutes, rest = divmod(round(seconds + tokens / 50), 60)
        assert last.endswith(f"the run takes at most 0:{minutes:02}:{rest:02}")
