"""Line charts as SVG: text out of numbers, nothing to install."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import floor, log10
from typing import Final

Points = Sequence[tuple[float, float]]

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 400, 70, 150, 40, 50
_COLOURS: Final = (
    "#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b", "#e377c2", "#17becf", "#7f7f7f", "#bcbd22",
)  # fmt: skip


def line_chart(title: str, x_label: str, y_label: str, lines: Mapping[str, Points]) -> str:
    """An SVG of lines by name over one pair of axes; lines without points are left out.

    Raises ValueError when there is no point at all.
    """
    points = [point for line in lines.values() for point in line]
    if not points:
        raise ValueError("nothing to plot")
    (x_low, x_high), (y_low, y_high) = _span([x for x, _ in points]), _span([y for _, y in points])
    inner_width, inner_height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        across, up = (x - x_low) / (x_high - x_low), (y - y_low) / (y_high - y_low)
        return _LEFT + across * inner_width, _TOP + (1 - up) * inner_height

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        _text(_WIDTH / 2, 22, title, "middle", size=15),
        _text(_LEFT + inner_width / 2, _HEIGHT - 10, x_label, "middle"),
        f'<g transform="rotate(-90 16 {_HEIGHT / 2:g})">{_text(16, _HEIGHT / 2, y_label, "middle")}</g>',
    ]
    for value in _ticks(x_low, x_high):
        x, y = place(value, y_low)
        parts += [_line(x, y, x, _TOP), _text(x, y + 16, f"{value:g}", "middle")]
    for value in _ticks(y_low, y_high):
        x, y = place(x_low, value)
        parts += [_line(x, y, x + inner_width, y), _text(x - 6, y + 4, f"{value:g}", "end")]
    for number, (name, line) in enumerate((name, line) for name, line in lines.items() if line):
        colour = _COLOURS[number % len(_COLOURS)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in line))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        across, down = _WIDTH - _RIGHT + 10, _TOP + 14 + 18 * number
        parts.append(f'<rect x="{across}" y="{down - 8}" width="12" height="4" fill="{colour}"/>')
        parts.append(_text(across + 18, down, name, "start"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _ticks(low: float, high: float) -> list[float]:
    """About five round numbers between the two."""
    rough = (high - low) / 5
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first = -floor(-low / step)
    return [round(at * step, 10) for at in range(first, floor(high / step) + 1)]


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#dddddd"/>'


def _text(x: float, y: float, text: str, anchor: str, size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(text)}</text>'
