"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from taibao_cli.errors import TaibaoError, UsageError


@contextmanager
def atomic_output(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a temporary path beside `path`; it takes the name `path` when the block ends well and vanishes otherwise.

    Raises:
        TaibaoError: `path` exists and `overwrite` is false (looked at before the block and again before the rename), or
            the folder cannot be written.
    """
    refuse_existing(path, overwrite)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        temporary.touch(exist_ok=False)
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        refuse_existing(path, overwrite)
        os.replace(temporary, path)
    except OSError as error:
        raise TaibaoError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Raises UsageError when `path` is a folder, TaibaoError when it exists and may not be replaced."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name the file to write")
    if path.exists() and not overwrite:
        raise TaibaoError(f"{path} exists; pass --overwrite to replace it, or name another file")


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Give a new folder beside `path`; it takes the name `path` when the block ends well and vanishes otherwise.

    What a killed run has left there is removed first. Raises TaibaoError when `path` exists or cannot be written.
    """
    if path.exists():
        raise TaibaoError(f"{path} exists; remove it, or name another folder")
    temporary = path.with_name(f".{path.name}.part")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        yield temporary
        os.rename(temporary, path)
    except OSError as error:
        raise TaibaoError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
