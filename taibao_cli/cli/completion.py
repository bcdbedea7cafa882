"""`taibao completion`: the lines that teach a shell the commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from taibao_cli.cli.root import root
from taibao_cli.console import answer


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what a shell needs to complete commands: eval "$(taibao completion bash)".

    输出命令行补全脚本。
    """
    made = get_completion_class(shell)
    assert made
    answer(made(root, {}, "taibao", "_TAIBAO_COMPLETE").source())
