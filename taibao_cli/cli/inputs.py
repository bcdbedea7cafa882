"""Texts from files and stdin."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import click

from taibao_cli.batch.encoding import detect_encoding
from taibao_cli.batch.readers import MAX_ROW_BYTES
from taibao_cli.cli.root import settings
from taibao_cli.console import is_terminal, note
from taibao_cli.errors import InputError, UsageError
from taibao_cli.messages import say

STDIN: Final = Path("-")


@dataclass(frozen=True, slots=True)
class Source:
    """A text and the name of where it came from."""

    name: str
    text: str


def read_text(path: Path, encoding: str = "auto") -> str:
    """The text of a file, or of stdin for `-`; a byte order mark is dropped. A guessed GB18030 is said on stderr.

    Raises:
        InputError: missing, unreadable, longer than a row may be, or in another encoding.
    """
    name = _name(path)
    try:
        if path == STDIN:
            data = sys.stdin.buffer.read(MAX_ROW_BYTES + 1)
        else:
            with path.open("rb") as stream:
                data = stream.read(MAX_ROW_BYTES + 1)
    except OSError as error:
        raise InputError(f"{name}: {error.strerror or error}") from None
    if len(data) > MAX_ROW_BYTES:
        raise InputError(f"{name}: longer than {MAX_ROW_BYTES // 1024 // 1024} MB; split it")
    if encoding == "auto":
        encoding = detect_encoding(data)
        if encoding != "utf-8":
            note(say("guessed", settings().lang, where=name, encoding=encoding.upper()))
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        hint = "; for Chinese text in GB encodings use --encoding gb18030" if encoding == "utf-8" else ""
        raise InputError(f"{name}: not {encoding.upper()} at byte {error.start + 1}{hint}") from None


def read_sources(files: tuple[Path, ...], encoding: str) -> list[Source]:
    """All texts that a command works on, read before anything is computed; stdin when no file is named.

    Raises:
        UsageError: no file, and stdin is a terminal.
        InputError: one of them cannot be read, or is empty.
    """
    if not files:
        refuse_terminal()
    return [_nonempty(path, encoding) for path in files or (STDIN,)]


def refuse_terminal() -> None:
    """Nobody is asked to type a text.

    Raises:
        UsageError: stdin is a terminal.
    """
    if is_terminal(sys.stdin):
        command = click.get_current_context().info_name
        raise UsageError(say("files-and-text", settings().lang, command=command))


def own_stdin() -> BinaryIO:
    """Standard input for a thread: the interpreter, when it ends, waits for whoever reads its own object."""
    try:
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    except (OSError, ValueError):  # not a file of the system
        return sys.stdin.buffer


def _nonempty(path: Path, encoding: str) -> Source:
    text, name = read_text(path, encoding), _name(path)
    if not text.strip():
        raise InputError(say("no-text", settings().lang, where=name))
    return Source(name, text)


def _name(path: Path) -> str:
    """What messages and rows call a file; bytes of its name that are no UTF-8 become question marks."""
    return "stdin" if path == STDIN else str(path).encode("utf-8", "replace").decode("utf-8")


def words_and_stdin(words: tuple[str, ...], encoding: str = "auto") -> str:
    """`words`, then a blank line, then what is piped in; either may be missing, not both.

    Raises:
        InputError: neither.
    """
    said = " ".join(words).strip()
    piped = "" if sys.stdin is None or is_terminal(sys.stdin) else read_text(STDIN, encoding).strip()
    if not said and not piped:
        raise InputError(say("no-text", settings().lang, where="stdin"))
    return "\n\n".join(part for part in (said, piped) if part)


def argument_or_stdin(argument: str | None, encoding: str) -> str:
    """The argument, or stdin when it is missing or `-`.

    Raises:
        InputError: it is blank, or stdin cannot be read.
    """
    if argument is not None and argument != str(STDIN):
        if not argument.strip():
            raise InputError(say("no-text", settings().lang, where=click.get_current_context().info_name))
        return argument
    return read_sources((), encoding)[0].text
