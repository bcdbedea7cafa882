"""What was typed, kept for the next session: a pasted text as it was pasted, nothing of what is typed in private."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from taibao_cli.config import history_file
from taibao_cli.repl.pasted import Pasted

if TYPE_CHECKING:
    from taibao_cli.repl.session import Session


class TypedLines(FileHistory):
    """The user's history file. What cannot be written is kept until the session ends."""

    def __init__(self, path: str, session: Session, pasted: Pasted) -> None:
        super().__init__(path)
        self._session, self._pasted = session, pasted

    def store_string(self, string: str) -> None:
        if self._session.talks.path is not None:
            with suppress(OSError):
                super().store_string(self._pasted.unfold(string))


def typed_lines(session: Session, pasted: Pasted) -> History:
    """In memory for private sessions and where there can be no file."""
    if session.talks.path is None:
        return InMemoryHistory()
    try:
        return TypedLines(os.fspath(history_file()), session, pasted)
    except OSError:
        return InMemoryHistory()
