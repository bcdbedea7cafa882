"""One run at a time on one output. The kernel gives the lock back when the process ends, however it ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

from taibao_cli.errors import TaibaoError


def lock(file: BinaryIO, path: Path) -> None:
    """Lock an open file for this process.

    Raises:
        TaibaoError: another process has it.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise TaibaoError(f"{path} is in use: another run is writing this output") from None
