"""Which files can be pulled: the catalogue, and files named by repository."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from taibao_cli.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_REPO: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_FILE: Final = re.compile(r"(?:[A-Za-z0-9][\w.-]{0,95}/){0,4}[A-Za-z0-9][\w.-]{0,190}\.gguf", re.ASCII)
_SPLIT: Final = re.compile(r"-\d{5}-of-\d{5}\.gguf$")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A GGUF file of a repository and the name it will have here. What is not known is empty or 0."""

    name: str
    repo: str
    file: str
    licence: str = ""
    context: int = 0
    languages: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        return self.file.rpartition("/")[2]


@cache
def catalogue() -> Mapping[str, Wanted]:
    """The recommended models by name, small ones of a family first."""
    data = tomllib.loads(Path(__file__).with_name("catalogue.toml").read_text("utf-8"))
    return {name: Wanted(name, **{**entry, "languages": tuple(entry["languages"])}) for name, entry in data.items()}


def find_wanted(spec: str, name: str | None = None) -> Wanted:
    """A name of the catalogue, or OWNER/REPOSITORY/FILE.gguf, to be called `name` here.

    Raises:
        UsageError: neither, or a file in several parts.
    """
    known = catalogue()
    if spec in known:
        found = known[spec]
        return found if name is None else Wanted(name, found.repo, found.file, found.licence)
    repo, file = "/".join(spec.split("/")[:2]), "/".join(spec.split("/")[2:])
    if not _REPO.fullmatch(repo) or not _FILE.fullmatch(file):
        raise UsageError(f"no model {spec} to pull; give OWNER/REPOSITORY/FILE.gguf, or one of {', '.join(known)}")
    if _SPLIT.search(file):
        raise UsageError(f"{file} is one of several parts; pull a model that is one file (a smaller quantization)")
    wanted = Wanted("", repo, file)
    return Wanted(name or wanted.file_name.removesuffix(".gguf"), repo, file)
