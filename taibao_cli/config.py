"""Where the program keeps its files."""

from __future__ import annotations

from pathlib import Path

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


def law_store() -> Path:
    """The file of the statute store, in the user's data directory; neither is made here."""
    return Path(platformdirs.user_data_dir("taibao", appauthor=False)) / "law.sqlite"
