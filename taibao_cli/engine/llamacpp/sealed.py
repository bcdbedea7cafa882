"""Files that end with the hash of what is before it. llama.cpp aborts on a state file that is damaged, so that none may
reach it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

_SIZE: Final = hashlib.sha256().digest_size


def seal(path: Path) -> None:
    """Append the hash of the file."""
    digest = _hash(path, path.stat().st_size)
    with path.open("ab") as file:
        file.write(digest)


def is_whole(path: Path) -> bool:
    """Whether a sealed file is there and as it was."""
    size = path.stat().st_size - _SIZE if path.is_file() else 0
    if size <= 0:
        return False
    with path.open("rb") as file:
        file.seek(size)
        return file.read() == _hash(path, size)


def _hash(path: Path, size: int) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while size > 0 and (chunk := file.read(min(size, 1 << 20))):
            digest.update(chunk)
            size -= len(chunk)
    return digest.digest()
