"""How the user likes the session: kept from one to the next, in the user's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from taibao_cli.config import read_settings, write_settings

_KEY: Final = "session"

CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "multiline": ("off", "on"),
    "keys": ("emacs", "vi"),
    "theme": ("auto", "dark", "light"),
    "checks": ("on", "off"),
    "thinking": ("off", "on"),
}
"""What each may be, the default first."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """`multiline`: Enter breaks the line and Alt-Enter sends; `keys`: of the line editor; `theme`: of the terminal's
    background; `checks`: what code can prove is shown under answers; `thinking`: what a model thought is shown."""

    multiline: str = "off"
    keys: str = "emacs"
    theme: str = "auto"
    checks: str = "on"
    thinking: str = "off"

    def having(self, name: str, value: str) -> Preferences:
        return replace(self, **{name: value})


def read_preferences() -> Preferences:
    """What is kept; the default of what is missing or no choice."""
    kept: Any = read_settings().get(_KEY)
    known = kept if isinstance(kept, dict) else {}
    return Preferences(**{name: known[name] for name, choices in CHOICES.items() if known.get(name) in choices})


def write_preferences(preferences: Preferences) -> None:
    write_settings({**read_settings(), _KEY: asdict(preferences)})
