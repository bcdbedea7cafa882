"""TOML files read into checked dataclasses."""

from __future__ import annotations

import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final

from taibao_cli.errors import InputError

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    import tomli as tomllib

CONFIGS: Final = Path(__file__).parent / "configs"


def config_path(name: str) -> Path:
    """A path to a TOML file as it is; any other name is that of a shipped configuration."""
    return Path(name) if name.endswith(".toml") else CONFIGS / f"{name}.toml"


def read_toml(path: Path) -> dict[str, Any]:
    """The table of a configuration file.

    Raises:
        InputError: missing or not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a training configuration: {error}") from None


def build(cls: Any, data: dict[str, Any], where: str, prefix: str = "") -> Any:
    """An instance of the dataclass `cls` from parsed TOML; what is absent keeps its default.

    Raises:
        InputError: unknown key or wrong type, naming `where` and the key.
    """
    known, defaults = {item.name for item in fields(cls)}, cls()
    values = {}
    for key, value in data.items():
        if key not in known:
            raise InputError(f"{where}: {prefix}{key}: unknown key; known: {', '.join(sorted(known))}")
        default = getattr(defaults, key)
        if is_dataclass(default) and isinstance(value, dict):
            value = build(type(default), value, where, f"{prefix}{key}.")
        elif isinstance(default, float) and type(value) is int:
            value = float(value)
        elif type(value) is not type(default):
            raise InputError(f"{where}: {prefix}{key}: expected {type(default).__name__}, got {value!r}")
        values[key] = value
    return cls(**values)
