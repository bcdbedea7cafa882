"""A quality report as Markdown and as a plot."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import floor, log10
from typing import Final

from convert.report import SOURCE, Budget, TypeRow, over_budget

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 400, 70, 110, 40, 50
_LEAST_KL: Final = 1e-7
"""Where the scale of the plot begins: less is the noise of float16 caches."""


def markdown(name: str, rows: Sequence[TypeRow], budget: Budget, chosen: TypeRow | None, facts: Sequence[str]) -> str:
    """The report: what was measured, the recommendation within the budget, and how it was done."""
    original = next(row for row in rows if row.type == SOURCE)
    metrics = list(original.metrics)
    head = [
        "type",
        "MB",
        "perplexity ratio",
        "KL (nats)",
        "same first token",
        *metrics,
        "rows/s",
        "memory MB",
        "beyond",
    ]
    lines = [f"# {name} in {len(rows) - 1} number formats", "", _row(head), _row(["---"] * len(head))]
    for row in rows:
        cells = [
            f"**{row.type}**" if row is chosen else row.type,
            f"{row.bytes / 1e6:.1f}",
            f"{row.ppl_ratio:.4f}",
            f"{row.kl:.3g}",
            f"{row.top1:.2%}",
            *(f"{row.metrics[metric]:.4g}" for metric in metrics),
            f"{row.rows_per_s:.3g}",
            f"{row.peak_bytes / 1e6:.0f}",
            ", ".join(over_budget(row, original, budget)),
        ]
        lines.append(_row(cells))
    verdict = (
        "No file is within the budget."
        if chosen is None
        else f"Recommended: **{chosen.type}**, the smallest within it."
    )
    lines += ["", f"Budget: {budget_text(budget)}. {verdict}", "", *(f"- {fact}" for fact in facts), ""]
    return "\n".join(lines)


def budget_text(budget: Budget) -> str:
    """The bounds in one phrase."""
    parts = [f"KL at most {budget.kl:g} nats", f"scores at most {budget.loss:.1%} below the original's"]
    if budget.bytes is not None:
        parts.append(f"file at most {budget.bytes / 1e6:g} MB")
    if budget.peak_bytes is not None:
        parts.append(f"memory at most {budget.peak_bytes / 1e6:g} MB")
    return ", ".join(parts)


def plot(name: str, rows: Sequence[TypeRow], budget: Budget, chosen: TypeRow | None) -> str:
    """An SVG: size against KL on a logarithmic scale, the budget as a line, the recommended file filled."""
    sizes = [row.bytes / 1e6 for row in rows]
    kls = [max(row.kl, _LEAST_KL) for row in rows]
    low = floor(log10(min([*kls, budget.kl])))
    high = max(low + 1, floor(log10(max([*kls, budget.kl]))) + 1)
    largest = max(sizes) * 1.05
    across, up = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def x(size: float) -> float:
        return _LEFT + size / largest * across

    def y(kl: float) -> float:
        return _TOP + (high - log10(kl)) / (high - low) * up

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif"'
        ' font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        _text(_WIDTH / 2, 22, f"{escape(name)}: size and divergence", "middle"),
        _text(_LEFT + across / 2, _HEIGHT - 10, "size (MB)", "middle"),
        _text(_LEFT, _TOP - 8, "mean KL (nats)", "middle"),
    ]
    for power in range(low, high + 1):
        at = y(10.0**power)
        parts.append(f'<line x1="{_LEFT}" y1="{at:.1f}" x2="{_LEFT + across}" y2="{at:.1f}" stroke="#ddd"/>')
        parts.append(_text(_LEFT - 6, at + 4, f"1e{power}", "end"))
    for part in range(5):
        parts.append(_text(x(largest * part / 4), _TOP + up + 18, f"{largest * part / 4:.3g}", "middle"))
    limit = y(budget.kl)
    parts.append(
        f'<line x1="{_LEFT}" y1="{limit:.1f}" x2="{_LEFT + across}" y2="{limit:.1f}" stroke="#d62728"'
        ' stroke-dasharray="5 4"/>'
    )
    for row, size, kl in zip(rows, sizes, kls, strict=True):
        fill = "#1f77b4" if row is chosen else "white"
        parts.append(f'<circle cx="{x(size):.1f}" cy="{y(kl):.1f}" r="5" fill="{fill}" stroke="#1f77b4"/>')
        parts.append(_text(x(size) + 8, y(kl) + 4, escape(row.type), "start"))
    return "\n".join([*parts, "</svg>", ""])


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
