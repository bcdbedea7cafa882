"""Entry point: runs a command and turns whatever happens into an exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence

import click

from taibao_cli.cli.exits import INTERRUPTED
from taibao_cli.cli.root import Settings, root
from taibao_cli.console import note, prepare_streams
from taibao_cli.errors import TaibaoError
from taibao_cli.messages import say
from taibao_cli.messages.errors import in_words
from taibao_cli.patents.language import Lang


def run(args: Sequence[str] | None = None) -> int:
    """Run one command line and return the exit code of docs/exit-codes.md."""
    settings = Settings()
    try:
        code = root.main(args=args, prog_name="taibao", standalone_mode=False, obj=settings)
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        note(_usage(error, settings.lang))
        return error.exit_code
    except TaibaoError as error:
        if settings.debug:
            traceback.print_exc()
        note(in_words(error, settings.lang))
        return error.exit_code
    except Exception as error:
        if settings.debug:
            raise
        note(say("unexpected", settings.lang, error=f"{type(error).__name__}: {error}".replace("\n", " ")))
        return 1


def _usage(error: click.ClickException, lang: Lang) -> str:
    """What click says in one line, and where to read how the command is used."""
    message = in_words(error.format_message().replace("\n\t", " ").replace("\n", " "), lang)
    context = getattr(error, "ctx", None)
    return say("see-help", lang, message=message, command=context.command_path) if context is not None else message


def main() -> None:
    prepare_streams()
    sys.exit(run())


if __name__ == "__main__":
    main()
