"""The measurements as an SVG picture: speed against width, and what a row costs against the length of its prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import log10
from typing import Final

_WIDTH: Final = 460
_HEIGHT: Final = 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 20, 44, 52
_COLOURS: Final = ("#4477aa", "#cc6677", "#228833", "#aa7722", "#66508a")

Points = Mapping[str, Sequence[tuple[float, float]]]
"""(x, y) of each line, by its name."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One diagram. `scaled` makes both axes logarithmic."""

    title: str
    x: str
    y: str
    lines: Points
    scaled: bool = False


def picture(panels: Sequence[Panel]) -> str:
    """An SVG document with the panels side by side."""
    size = f'width="{_WIDTH * len(panels)}" height="{_HEIGHT}"'
    drawn = "\n".join(
        f'<g transform="translate({_WIDTH * at} 0)">\n{_panel(panel)}\n</g>' for at, panel in enumerate(panels)
    )
    style = 'font-family="sans-serif" font-size="12" fill="#222"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n{_box(len(panels))}\n{drawn}\n</svg>\n'


def _box(panels: int) -> str:
    return f'<rect width="{_WIDTH * panels}" height="{_HEIGHT}" fill="white"/>'


def _panel(panel: Panel) -> str:
    points = [point for line in panel.lines.values() for point in line]
    xs, ys = sorted({x for x, _ in points}), [y for _, y in points]
    across = _axis(min(xs), max(xs), _LEFT, _WIDTH - _RIGHT, scaled=True)
    low = min(ys) if panel.scaled else 0.0
    up = _axis(low, max(ys), _HEIGHT - _BOTTOM, _TOP, scaled=panel.scaled)
    parts = [_text(_LEFT, 20, panel.title, weight="bold"), _text(_WIDTH / 2, _HEIGHT - 12, panel.x, anchor="middle")]
    parts.append(_text(_LEFT, _TOP - 8, panel.y))
    for x in xs:
        parts.append(_text(across(x), _HEIGHT - _BOTTOM + 18, f"{x:g}", anchor="middle"))
    for y in _ticks(low, max(ys), scaled=panel.scaled):
        line = f'x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{up(y):.1f}" y2="{up(y):.1f}"'
        parts.append(f'<line {line} stroke="#ddd"/>')
        parts.append(_text(_LEFT - 6, up(y) + 4, f"{y:.3g}", anchor="end"))
    for at, (name, line_points) in enumerate(panel.lines.items()):
        parts.append(_line(name, [(across(x), up(y)) for x, y in sorted(line_points)], _COLOURS[at % 5], at))
    return "\n".join(parts)


def _line(name: str, points: Sequence[tuple[float, float]], colour: str, place: int) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points)
    key = _text(_LEFT + 10, _TOP + 14 + 16 * place, name, colour=colour)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}{key}'


class _Scale:
    def __init__(self, low: float, high: float, start: float, end: float, *, scaled: bool) -> None:
        self._scaled, self._start, self._end = scaled, start, end
        self._low, self._high = self._at(low), self._at(high)

    def _at(self, value: float) -> float:
        return log10(max(value, 1e-9)) if self._scaled else value

    def __call__(self, value: float) -> float:
        span = self._high - self._low
        share = (self._at(value) - self._low) / span if span else 0.5
        return self._start + share * (self._end - self._start)


_axis = _Scale


def _ticks(low: float, high: float, *, scaled: bool) -> list[float]:
    if scaled:
        return [low * (high / low) ** (step / 4) for step in range(5)] if high > low else [low]
    return [high * step / 4 for step in range(5)]


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal", colour: str = "#222") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" fill="{colour}"'
    return f"<text {place}>{escape(text)}</text>"
