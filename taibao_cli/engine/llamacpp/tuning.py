"""How a model is computed, where that changes the speed and not what is asked; chosen by speeds measured here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, cast

from taibao_cli.errors import UsageError

Kv = Literal["split", "unified"]

_ENOUGH: Final = 0.95
"""The narrowest width that has this share of the best speed is taken: fewer open rows, less memory. What llama.cpp does
unasked is kept unless it has less."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """`width`: most rows at a time. `ubatch`: most tokens that llama.cpp computes at a time. `flash`: flash attention;
    None: where llama.cpp finds it fit. `kv`: whether rows that write have a stretch of the KV cache each."""

    width: int = 16
    ubatch: int = 512
    flash: bool | None = None
    kv: Kv = "split"

    def __str__(self) -> str:
        flash = {None: "auto", True: "on", False: "off"}[self.flash]
        return f"width={self.width},ubatch={self.ubatch},flash={flash},kv={self.kv}"


@dataclass(frozen=True, slots=True)
class Speeds:
    """Tokens per second: of `widths` rows that write, of prompts by `ubatch` and without flash attention (`plain`), of
    long rows that write by `kv`. What was not measured is missing. `disturbed`: other work took the processor
    meanwhile."""

    widths: Mapping[int, float] = field(default_factory=dict)
    ubatch: Mapping[int, float] = field(default_factory=dict)
    plain: float = 0.0
    kv: Mapping[Kv, float] = field(default_factory=dict)
    disturbed: bool = False

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Speeds:
        """From what `facts` gave.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        return cls(
            {int(width): float(speed) for width, speed in facts["widths"].items()},
            {int(size): float(speed) for size, speed in facts["ubatch"].items()},
            float(facts["plain"]),
            {cast(Kv, kv): float(speed) for kv, speed in facts["kv"].items()},
        )

    def facts(self) -> dict[str, Any]:
        """The speeds as JSON."""
        return {"widths": self.widths, "ubatch": self.ubatch, "plain": self.plain, "kv": self.kv}

    @property
    def prompt(self) -> float:
        """Of prompts at their best; where that was not measured, of rows that write."""
        return max([self.plain, *self.ubatch.values()]) or max(self.widths.values())


def best_width(speeds: Mapping[int, float]) -> int:
    """The width to take, given tokens per second by width."""
    best = max(speeds.values())
    return min(width for width, speed in speeds.items() if speed >= _ENOUGH * best)


def best_tuning(speeds: Speeds) -> Tuning:
    """The fastest, as far as it was measured."""
    usual = Tuning()
    sizes = speeds.ubatch
    ubatch = _unless_slower(usual.ubatch, sizes)
    flash = False if sizes and max(sizes.values()) < _ENOUGH * speeds.plain else None
    return Tuning(best_width(speeds.widths), ubatch, flash, _unless_slower(usual.kv, speeds.kv))


def _unless_slower(usual: Any, speeds: Mapping[Any, float]) -> Any:
    """`usual` where it is nearly the fastest or nothing is known, else the fastest."""
    if not speeds or speeds.get(usual, 0.0) >= _ENOUGH * max(speeds.values()):
        return usual
    return max(speeds, key=lambda choice: speeds[choice])


def retuned(tuning: Tuning, spec: str) -> Tuning:
    """Change what `spec` names: `kv=unified,flash=off,ubatch=256`.

    Raises:
        UsageError: an unknown name or value.
    """
    for part in spec.split(","):
        name, _, value = part.strip().partition("=")
        read = _READ.get(name)
        change = read(value) if read else None
        if change is None:
            raise UsageError(f"--tune {part}: give kv=split|unified, flash=on|off|auto or ubatch=32…512")
        tuning = replace(tuning, **change)
    return tuning


def _kv(value: str) -> Mapping[str, Any] | None:
    return {"kv": value} if value in ("split", "unified") else None


def _flash(value: str) -> Mapping[str, Any] | None:
    kinds = {"on": True, "off": False, "auto": None}
    return {"flash": kinds[value]} if value in kinds else None


def _ubatch(value: str) -> Mapping[str, Any] | None:
    return {"ubatch": int(value)} if value.isdecimal() and 32 <= int(value) <= 512 else None


_READ: Final[Mapping[str, Callable[[str], Mapping[str, Any] | None]]] = {"kv": _kv, "flash": _flash, "ubatch": _ubatch}
