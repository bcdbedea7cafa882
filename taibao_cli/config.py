"""Where the program keeps its files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import platformdirs


def state_dir() -> Path:
    """The user's state directory, made on first use and closed to others."""
    folder = Path(platformdirs.user_state_dir("taibao", appauthor=False))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def history_file() -> Path:
    """Lines typed in the session; readable by the user alone."""
    path = state_dir() / "history"
    path.touch(mode=0o600)
    path.chmod(0o600)
    return path


def talks_file() -> Path:
    """Conversations of the session; `Talks` closes it to others."""
    return state_dir() / "talks.sqlite"


def answers_file() -> Path:
    """The answer cache, in the user's cache directory; neither is made here."""
    return platformdirs.user_cache_path("taibao", appauthor=False) / "answers.sqlite"


def law_store() -> Path:
    """The file of the statute store, in the user's data directory; neither is made here."""
    return Path(platformdirs.user_data_dir("taibao", appauthor=False)) / "law.sqlite"


def settings_file() -> Path:
    """What the user has settled once and for all, as one JSON object."""
    return platformdirs.user_config_path("taibao", appauthor=False) / "settings.json"


def read_settings() -> dict[str, Any]:
    """Nothing when the file is missing or no JSON object."""
    try:
        found = json.loads(settings_file().read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_settings(settings: dict[str, Any]) -> None:
    """Whole or not at all."""
    file = settings_file()
    draft = file.with_suffix(f".{os.getpid()}")
    file.parent.mkdir(parents=True, exist_ok=True)
    draft.write_text(json.dumps(settings, indent=2) + "\n", "utf-8")
    draft.replace(file)
