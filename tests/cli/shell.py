"""Runs the command line: in this process with streams of bytes, or as users do, with real pipes."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from taibao_cli.__main__ import run
from taibao_cli.console import prepare_streams

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: bytes
    stderr: bytes


def environment(home: Path, **extra: str) -> dict[str, str]:
    """The fake engine, an empty user directory, English messages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TAIBAO", "LC_", "XDG_"))}
    return {
        **kept,
        "HOME": str(home),
        "LANG": "en_US.UTF-8",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")])),
        "TAIBAO_ENGINE": "fake",
        **extra,
    }


def taibao(*args: str | Path, home: Path, stdin: bytes | str = b"", **extra: str) -> Done:
    """Run `taibao ARGS` in this process, in the folder `home`, with `stdin` piped in."""
    data = io.BytesIO(stdin.encode() if isinstance(stdin, str) else stdin)
    streams = [io.TextIOWrapper(buffer, encoding="ascii") for buffer in (data, io.BytesIO(), io.BytesIO())]
    before = Path.cwd()
    os.chdir(home)
    try:
        with (
            patch.dict(os.environ, environment(home, **extra), clear=True),
            patch.multiple(sys, stdin=streams[0], stdout=streams[1], stderr=streams[2]),
        ):
            prepare_streams()
            code = run([str(arg) for arg in args])
    finally:
        os.chdir(before)
    out, err = (_written(stream) for stream in streams[1:])
    return Done(code, out, err)


def _written(stream: io.TextIOWrapper) -> bytes:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue()


def process(*args: str | Path, home: Path, stdin: bytes | str = b"", **extra: str) -> Done:
    """Run `taibao ARGS` as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "taibao_cli", *map(str, args)],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        env=environment(home, **extra),
        cwd=home,
        timeout=60,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)
