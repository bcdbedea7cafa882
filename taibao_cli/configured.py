"""What the user has set once and for all: a TOML file with profiles, and environment variables.

A flag wins over a variable `TAIBAO_…`, that over the chosen profile, that over the top of the file.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import platformdirs

from taibao_cli.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Value = str | int | float

KINDS: Final[Mapping[str, type]] = {
    "lang": str,
    "model": str,
    "ctx": int,
    "threads": int,
    "gpu-layers": int,
    "max-tokens": int,
    "temperature": float,
    "seed": int,
}
"""What can be set: the options of that name."""

_PROFILES: Final = "profile"


@dataclass(frozen=True, slots=True)
class Configured:
    """A value and where it comes from: `TAIBAO_CTX` or `…/config.toml`, of the latter perhaps a profile."""

    value: Value
    origin: str
    profile: str = ""


def config_file() -> Path:
    return platformdirs.user_config_path("taibao", appauthor=False) / "config.toml"


def variable_of(name: str) -> str:
    return f"TAIBAO_{name.upper().replace('-', '_')}"


def configured(profile: str | None = None, environ: Mapping[str, str] = os.environ) -> dict[str, Configured]:
    """What is set, by name; `profile` is the one that a flag names, else that of TAIBAO_PROFILE.

    Raises:
        UsageError: the file is no TOML, or it or a variable has a name or a value that cannot be.
    """
    path = config_file()
    found = _file(path)
    chosen = profile or environ.get("TAIBAO_PROFILE")
    profiles = found.pop(_PROFILES, {})
    if not isinstance(profiles, dict):
        raise UsageError(f"{path}: profiles are tables such as [profile.fast]")
    if chosen and chosen not in profiles:
        raise UsageError(f"{path}: no profile {chosen}; it has {', '.join(profiles) or 'none'}")
    values = {name: Configured(_checked(name, value, str(path)), str(path)) for name, value in found.items()}
    origin = f"profile {chosen} in {path}"
    for name, value in profiles[chosen].items() if chosen else ():
        values[name] = Configured(_checked(name, value, origin), str(path), str(chosen))
    for name in KINDS:
        if text := environ.get(variable_of(name)):
            values[name] = Configured(_read(name, text), variable_of(name))
    return values


def _file(path: Path) -> dict[str, Any]:
    """The tables of the file; nothing when there is none."""
    try:
        return dict(_parsed(path, path.stat().st_mtime_ns))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None


@cache
def _parsed(path: Path, _changed: int) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: no TOML: {error}".replace("\n", " ")) from None


def _checked(name: str, value: object, where: str) -> Value:
    if name not in KINDS:
        close = difflib.get_close_matches(name, [*KINDS, _PROFILES], n=1, cutoff=0.6)
        raise UsageError(f"{where}: nothing is called {name}; {f'did you mean {close[0]}' if close else _known()}")
    kind = KINDS[name]
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise UsageError(f"{where}: {name} is {value!r}; it takes a value of type {kind.__name__}")
    assert isinstance(value, (str, int, float))
    return value


def _read(name: str, text: str) -> Value:
    """The value of an environment variable."""
    kind = KINDS[name]
    try:
        value = kind(text)
    except ValueError:
        raise UsageError(f"{variable_of(name)} is {text!r}; set it to a value of type {kind.__name__}") from None
    assert isinstance(value, (str, int, float))
    return value


def _known() -> str:
    return f"known: {', '.join(KINDS)}"
