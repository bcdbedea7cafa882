"""Runs the command line as users do: another process, real pipes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


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


def taibao(*args: str | Path, home: Path, stdin: bytes | str = b"", **extra: str) -> subprocess.CompletedProcess[bytes]:
    """Run `taibao ARGS` with `stdin` piped in."""
    return subprocess.run(
        [sys.executable, "-m", "taibao_cli", *map(str, args)],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        env=environment(home, **extra),
        cwd=home,
        timeout=60,
        check=False,
    )
