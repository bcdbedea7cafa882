"""Small facts that cost time to find out, kept in the user's cache. Losing them costs only that time."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs


def recall(name: str) -> dict[str, Any]:
    """What is remembered under that name; nothing when the file is missing or damaged."""
    try:
        known = json.loads(_file(name).read_bytes())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def remember(name: str, key: str, value: Any) -> None:
    """Add to what is remembered, whole or not at all, for the user's eyes alone."""
    file = _file(name)
    draft = file.with_suffix(f".{os.getpid()}")
    known: Mapping[str, Any] = recall(name) | {key: value}
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
            json.dump(known, stream)
        draft.replace(file)
    except OSError:
        return


def _file(name: str) -> Path:
    return platformdirs.user_cache_path("taibao", appauthor=False) / f"{name}.json"
