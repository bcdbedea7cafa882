"""What can come next: commands that make sense now, files, tasks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document

from taibao_cli.repl.commands.table import TABLE
from taibao_cli.tasks import all_tasks

if TYPE_CHECKING:
    from taibao_cli.repl.session import Session

_FILES: Final = ("/doc", "/save", "/export", "/model")
_FIXED: Final = {
    "/doc": ("claims", "summary", "title", "abstract", "ipc", "type", "close"),
    "/lang": ("zh", "en"),
    "/set": ("temperature", "max_tokens", "seed"),
    "/system": ("none",),
}
_AT: Final = re.compile(r"(?<!\S)@(\S*)$")


class SessionCompleter(Completer):
    def __init__(self, session: Session) -> None:
        self._session = session
        self._paths = PathCompleter(expanduser=True)

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        before = document.text_before_cursor
        word, space, rest = before.partition(" ")
        if at := _AT.search(before):
            yield from self._files(at[1], complete_event)
        elif before.startswith("/") and not space:
            yield from self._commands(word)
        elif word in TABLE and " " not in rest:
            choices = sorted(all_tasks()) if word == "/task" else _FIXED.get(word, ())
            yield from (Completion(choice, -len(rest)) for choice in choices if choice.startswith(rest))
            if word in _FILES:
                yield from self._files(rest, complete_event)

    def _commands(self, word: str) -> Iterable[Completion]:
        for command in TABLE.values():
            if command.name.startswith(word) and not command.when(self._session):
                yield Completion(command.name, -len(word), display_meta=command.about(self._session.lang))

    def _files(self, typed: str, event: CompleteEvent) -> Iterable[Completion]:
        return self._paths.get_completions(Document(typed), event)
