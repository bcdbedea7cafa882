"""The commands as a page of Markdown and as a manual page: `python -m taibao_cli.cli.reference FOLDER` writes both."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from taibao_cli.cli.root import COMMANDS, SESSION, Settings, root
from taibao_cli.configured import KINDS, variable_of

PAGE: Final = "commands.md"
MANUAL: Final = "taibao.1"

_INTRO: Final = (
    "# Commands\n\nMade from the commands themselves (`python -m taibao_cli.cli.reference docs`); a test compares it.\n"
    "Options before the command: `--lang zh|en`, `--profile NAME`, `--debug`, `--version`.\n"
    "Without a command `taibao` opens [the session](session.md).\n"
)
_FILES: Final = (
    ("config.toml", "settings and profiles, in the user's configuration directory; see `taibao config path`"),
    ("models.json", "names of models"),
    ("talks.sqlite", "conversations, in the user's state directory; not written with --private"),
)


def all_commands() -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its words: `models pull`. The session is `taibao` alone."""
    ctx = click.Context(root, info_name="taibao", obj=Settings(lang="en"))
    for name in COMMANDS:
        command = root.get_command(ctx, name)
        assert command is not None
        yield from _below("" if name == SESSION else name, command)


def _below(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group) or command.invoke_without_command:
        yield name, command
    if not isinstance(command, click.Group):
        return
    for inner in command.list_commands(click.Context(command)):
        found = command.get_command(click.Context(command), inner)
        assert found is not None
        yield from _below(f"{name} {inner}", found)


def markdown() -> str:
    """The page of all commands."""
    parts = [_INTRO]
    for name, command in all_commands():
        english, chinese = _help(command)
        parts.append("\n\n".join(filter(None, [f"## taibao {name}".rstrip(), english, chinese])) + "\n")
        parts.append(f"    taibao {_usage(name, command)}\n")
        rows = [f"| `{_cell(flags)}` | {_cell(words)} |" for flags, words in _options(command)]
        if rows:
            parts.append("\n".join(["| option | |", "|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def manual() -> str:
    """The manual page, in troff's man macros."""
    lines = [
        '.TH TAIBAO 1 "" "taibao" "User Commands"',
        ".SH NAME",
        "taibao \\- a local, bilingual (Chinese/English) patent assistant",
        ".SH SYNOPSIS",
        ".B taibao",
        "[\\-\\-lang zh|en] [\\-\\-profile NAME] [COMMAND] ...",
        ".SH COMMANDS",
    ]
    for name, command in all_commands():
        lines += [".SS " + _troff(f"taibao {_usage(name, command)}"), _troff(_help(command)[0])]
        for flags, words in _options(command):
            lines += [".TP", ".B " + _troff(flags), _troff(words)]
    lines.append(".SH ENVIRONMENT")
    for name in KINDS:
        lines += [".TP", f".B {variable_of(name)}", _troff(f"as --{name}, for every command that has it")]
    lines.append(".SH FILES")
    for file, words in _FILES:
        lines += [".TP", f".I {_troff(file)}", _troff(words)]
    return "\n".join(lines) + "\n"


def _help(command: click.Command) -> tuple[str, str]:
    """What a command does, in English and in Chinese: its help without examples."""
    paragraphs = [
        " ".join(part.split())
        for part in inspect.cleandoc(command.help or "").split("\n\n")
        if not part.startswith("    ")
    ]
    chinese = [part for part in paragraphs if re.match(r"[^\x00-\x7f]", part)]
    english = [part for part in paragraphs if part not in chinese]
    return " ".join(english), " ".join(chinese)


def _usage(name: str, command: click.Command) -> str:
    pieces = command.collect_usage_pieces(click.Context(command, info_name=name))
    return " ".join([name, *pieces]).strip()


def _options(command: click.Command) -> Iterator[tuple[str, str]]:
    ctx = click.Context(command)
    for parameter in command.params:
        record = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
        if record:
            yield record[0], " ".join(record[1].split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _troff(text: str) -> str:
    return text.replace("\\", "\\\\").replace("-", "\\-").replace("'", "\\(aq")


def main() -> None:
    folder = Path(sys.argv[1])
    (folder / PAGE).write_text(markdown(), "utf-8")
    (folder / MANUAL).write_text(manual(), "utf-8")


if __name__ == "__main__":
    main()
