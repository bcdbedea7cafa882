"""SHA-256 of large files, computed once."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Final

import platformdirs

_CHUNK: Final = 1 << 20


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hex, from the user's cache when path, size and time of change are the same."""
    status = path.stat()
    stamp = [status.st_size, status.st_mtime_ns]
    cache = platformdirs.user_cache_path("taibao", appauthor=False) / "sha256.json"
    known = _read_cache(cache)
    entry = known.get(str(path))
    if isinstance(entry, list) and entry[:2] == stamp and isinstance(entry[-1], str):
        return entry[-1]
    digest = sha256_of(path)
    _write_cache(cache, known | {str(path): [*stamp, digest]})
    return digest


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file as hex, read now."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _read_cache(cache: Path) -> dict[str, Any]:
    try:
        known = json.loads(cache.read_bytes())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _write_cache(cache: Path, known: dict[str, Any]) -> None:
    """Write the cache; a folder that cannot be written only costs time."""
    draft = cache.with_suffix(f".{os.getpid()}")
    try:
        cache.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(known, file)
        draft.replace(cache)
    except OSError:
        return
