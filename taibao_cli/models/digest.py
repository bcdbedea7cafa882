"""SHA-256 of large files, computed once."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from taibao_cli.models.remembered import recall, remember

_CHUNK: Final = 1 << 20


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hex, from the user's cache when path, size and time of change are the same."""
    status = path.stat()
    stamp = [status.st_size, status.st_mtime_ns]
    entry = recall("sha256").get(str(path))
    if isinstance(entry, list) and entry[:2] == stamp and isinstance(entry[-1], str):
        return entry[-1]
    digest = sha256_of(path)
    remember("sha256", str(path), [*stamp, digest])
    return digest


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file as hex, read now."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def note_sha256(path: Path, digest: str) -> None:
    """Remember the SHA-256 of a file that was just read, so that it need not be read again."""
    status = path.stat()
    remember("sha256", str(path), [status.st_size, status.st_mtime_ns, digest])
