"""Output files of commands: never over another run's file unless asked."""

from __future__ import annotations

from pathlib import Path

from taibao_cli.batch.writer import FileWriter, part_of
from taibao_cli.cli.root import settings
from taibao_cli.errors import TaibaoError
from taibao_cli.messages import say


def new_file(path: Path, overwrite: bool) -> FileWriter:
    """A writer to `path`, opened before the work so that a folder that cannot be written to shows at once.

    Raises:
        TaibaoError: the file, or what an interrupted run left of it, is there and `overwrite` is not set.
    """
    lang = settings().lang
    if not overwrite and path.is_file():
        raise TaibaoError(say("already-exists", lang, path=path))
    if not overwrite and part_of(path).exists():
        raise TaibaoError(say("part-exists", lang, path=part_of(path)))
    return FileWriter(path)
