"""All commands, in the order of help."""

from __future__ import annotations

from typing import Final

from taibao_cli.repl.commands import on_chart, on_kept, on_settings, on_talk, on_texts
from taibao_cli.repl.commands.command import Command

TABLE: Final[dict[str, Command]] = {
    command.name: command
    for command in (*on_texts.COMMANDS, *on_chart.COMMANDS, *on_talk.COMMANDS, *on_kept.COMMANDS, *on_settings.COMMANDS)
}
