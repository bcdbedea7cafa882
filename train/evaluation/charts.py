"""Plots of an evaluation as SVG: text out of numbers, nothing to install."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

_WIDTH, _LEFT, _RIGHT, _TOP, _ROW, _BOTTOM = 760, 260, 70, 44, 22, 34
_BLUE: Final = "#1f77b4"
_RED: Final = "#d62728"
_GREY: Final = "#888888"


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with its interval, and one other value to hold against it."""

    label: str
    value: float
    low: float
    high: float
    other: float | None = None


def interval_chart(title: str, bars: Sequence[Bar], *, low: float = 0.0, high: float = 1.0, other: str = "") -> str:
    """Values as dots on one scale from `low` to `high`, intervals as lines, the other value as a hollow diamond."""
    height = _TOP + _ROW * len(bars) + _BOTTOM
    across = _WIDTH - _LEFT - _RIGHT

    def x(value: float) -> float:
        return _LEFT + (min(max(value, low), high) - low) / (high - low) * across

    parts = [_text(_WIDTH / 2, 20, title, "middle", 15)]
    for tick in range(5):
        value = low + (high - low) * tick / 4
        parts.append(_line(x(value), _TOP - 6, x(value), height - _BOTTOM, "#dddddd"))
        parts.append(_text(x(value), height - _BOTTOM + 16, f"{value:g}", "middle"))
    for number, bar in enumerate(bars):
        y = _TOP + _ROW * number + _ROW / 2
        parts.append(_text(_LEFT - 8, y + 4, bar.label, "end"))
        parts.append(_line(x(bar.low), y, x(bar.high), y, _BLUE, 3))
        parts.append(f'<circle cx="{x(bar.value):.1f}" cy="{y:.1f}" r="4.5" fill="{_BLUE}"/>')
        if bar.other is not None:
            parts.append(_diamond(x(bar.other), y))
        parts.append(_text(_WIDTH - _RIGHT + 8, y + 4, f"{bar.value:.3g}", "start"))
    if other:
        parts += [_diamond(_LEFT, height - 8), _text(_LEFT + 10, height - 4, other, "start")]
    return _svg(height, parts)


def reliability_chart(title: str, lines: Mapping[str, Sequence[Mapping[str, Any]]], x_label: str, y_label: str) -> str:
    """The share that is right against the probability given, a line for each set; the diagonal is honest."""
    size, left, top = 360, 70, 44
    height = top + size + 50

    def place(x: float, y: float) -> tuple[float, float]:
        return left + x * size, top + (1 - y) * size

    parts = [_text(_WIDTH / 2, 20, title, "middle", 15), _line(*place(0, 0), *place(1, 1), _GREY)]
    for tick in range(6):
        x, y = place(tick / 5, tick / 5)
        parts += [_line(x, top, x, top + size, "#eeeeee"), _line(left, y, left + size, y, "#eeeeee")]
        parts += [_text(x, top + size + 16, f"{tick / 5:g}", "middle"), _text(left - 6, y + 4, f"{tick / 5:g}", "end")]
    parts += [_text(left + size / 2, height - 12, x_label, "middle")]
    parts += [f'<g transform="rotate(-90 20 {top + size / 2:g})">{_text(20, top + size / 2, y_label, "middle")}</g>']
    for number, (name, bins) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        points = [place(each["confidence"], each["accuracy"]) for each in bins]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        parts.append(f'<rect x="{left + size + 24}" y="{top + 18 * number}" width="12" height="4" fill="{colour}"/>')
        parts.append(_text(left + size + 42, top + 6 + 18 * number, name, "start"))
    return _svg(max(height, top + 18 * len(lines) + 20), parts)


_COLOURS: Final = (_BLUE, _RED, "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b", "#e377c2", "#17becf", "#7f7f7f", "#bcbd22")


def _svg(height: float, parts: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" font-family="sans-serif" '
        f'font-size="12"><rect width="{_WIDTH}" height="{height:g}" fill="white"/>'
    )
    return "\n".join([head, *parts, "</svg>"]) + "\n"


def _text(x: float, y: float, text: str, anchor: str, size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width:g}"/>'


def _diamond(x: float, y: float) -> str:
    points = f"{x - 5:.1f},{y:.1f} {x:.1f},{y - 5:.1f} {x + 5:.1f},{y:.1f} {x:.1f},{y + 5:.1f}"
    return f'<polygon points="{points}" fill="white" stroke="{_RED}"/>'
