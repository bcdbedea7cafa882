"""Which files of a folder hold texts for the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from taibao_cli.errors import InputError

SUFFIXES: Final = (".md", ".markdown", ".txt", ".docx", ".pdf", ".html", ".htm")
_ABOUT: Final = ("readme", "index", "license", "licence", "changelog")
"""Files of a folder that tell about it."""


@dataclass(frozen=True, slots=True)
class Files:
    """Files to read, and those of the folders that were left out, in order."""

    taken: tuple[Path, ...]
    left_out: tuple[Path, ...]


def text_files(paths: Iterable[Path]) -> Files:
    """Files as named, whatever their suffix, and of folders all that have a known suffix below them; hidden ones never.

    Raises:
        InputError: a path that is not there.
    """
    taken: list[Path] = []
    left_out: list[Path] = []
    for path in paths:
        if not path.is_dir():
            if not path.exists():
                raise InputError(f"{path}: no such file or folder")
            taken.append(path)
            continue
        for file in sorted(file for file in path.rglob("*") if file.is_file() and not _hidden(file, path)):
            (taken if _is_text(file) else left_out).append(file)
    return Files(tuple(dict.fromkeys(taken)), tuple(left_out))


def _hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def _is_text(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES and file.stem.lower() not in _ABOUT
