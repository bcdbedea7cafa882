"""One run at a time on one output. The kernel gives the lock back when the process ends, however it ends."""

from __future__ import annotations

import errno
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

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        taken = error.errno in (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)
        why = "is in use: another run is writing this output" if taken else f"cannot be locked: {error.strerror}"
        raise TaibaoError(f"{path} {why}") from None
