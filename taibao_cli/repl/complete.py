"""What can come next: commands that make sense now, files, tasks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document

from taibao_cli.console import safe
from taibao_cli.models.own import BUILTIN_NAME, read_own_models
from taibao_cli.patents import ipc as scheme
from taibao_cli.repl.commands.table import TABLE
from taibao_cli.repl.preferences import CHOICES
from taibao_cli.tasks import all_tasks

if TYPE_CHECKING:
    from taibao_cli.repl.session import Session

_FILES: Final = ("/doc", "/file", "/save", "/export", "/model")
_FIXED: Final[dict[str, tuple[str, ...]]] = {
    "/doc": ("claims", "summary", "title", "abstract", "ipc", "type", "close"),
    "/file": ("none",),
    "/lang": ("zh", "en"),
    "/set": ("temperature", "max_tokens", "seed", *CHOICES),
    "/system": ("none",),
}
_SYMBOLS: Final = 40
"""IPC symbols that are offered at a time."""
_AT: Final = re.compile(r"(?<![A-Za-z0-9._%+-])@([^\s@]*)$")


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
        elif word == "/set" and rest.partition(" ")[0] in CHOICES and " " in rest:
            name, _, given = rest.partition(" ")
            yield from _beginning(CHOICES[name], given)
        elif word in TABLE and " " not in rest:
            yield from _beginning(self._words(word), rest)
            if word == "/ipc":
                yield from self._symbols(rest)
            if word in ("/resume", "/forget"):
                yield from self._talks(rest)
            if word in _FILES:
                yield from self._files(rest, complete_event)

    def _words(self, command: str) -> Sequence[str]:
        if command == "/task":
            return sorted(all_tasks())
        if command == "/model":
            return [BUILTIN_NAME, *read_own_models().models]
        return _FIXED.get(command, ())

    def _symbols(self, typed: str) -> Iterable[Completion]:
        """IPC symbols down to the subclass, with their titles."""
        begun = typed.upper()
        found = [row for symbol, row in scheme.table().items() if begun and symbol.startswith(begun)]
        for row in found[:_SYMBOLS]:
            title = row.zh if self._session.lang == "zh" else row.en
            yield Completion(row.symbol, -len(typed), display_meta=title[:60])

    def _talks(self, typed: str) -> Iterable[Completion]:
        for kept in self._session.kept_numbers():
            if str(kept.number).startswith(typed):
                yield Completion(str(kept.number), -len(typed), display_meta=safe(kept.title))

    def _commands(self, word: str) -> Iterable[Completion]:
        for command in TABLE.values():
            if command.name.startswith(word) and not command.when(self._session):
                yield Completion(command.name, -len(word), display_meta=command.about(self._session.lang))

    def _files(self, typed: str, event: CompleteEvent) -> Iterable[Completion]:
        """Files; a name that could drive the terminal is not offered."""
        for found in self._paths.get_completions(Document(typed), event):
            if safe(found.text) == found.text:
                yield found


def _beginning(words: Iterable[str], typed: str) -> Iterable[Completion]:
    return (Completion(word, -len(typed)) for word in words if word.startswith(typed))
