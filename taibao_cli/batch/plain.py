"""The answer of an output row as plain text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from taibao_cli.patents.language import detect

Row = Mapping[str, Any]

LAW_TASKS: Final = ("ask", "judge")
_TOP: Final = 3
_VERDICTS_ZH: Final = {"right": "正确", "wrong": "错误", "cannot decide": "无法判断"}


def plain_answer(row: Row) -> str:
    """Whatever the row holds: an answer of the law desk, the best labels, or the output as it is."""
    if isinstance(row["output"], dict) and row["task"] in LAW_TASKS:
        return plain_law(row)
    if isinstance(row["output"], str) and row.get("labels"):
        return label_lines(row, _TOP)
    return plain_output(row)


def plain_output(row: Row) -> str:
    """The answer as text."""
    output = row["output"]
    if isinstance(output, dict):
        return json.dumps(output, ensure_ascii=False, indent=2)
    return "" if output is None else str(output)


def label_lines(row: Row, top: int) -> str:
    """The best labels, one a line: `H04L  0.61  title`."""
    lines = []
    for label in row["labels"][:top]:
        cells = [str(label["label"]), f"{label['p']:.2f}"]
        if title := label.get("title"):
            cells.append(title)
        lines.append("  ".join(cells))
    return "\n".join(lines)


def labels_inline(row: Row, top: int) -> str:
    """The best labels on one line: `H04L 0.61; H04W 0.20`."""
    return "; ".join(f"{label['label']} {label['p']:.2f}" for label in row["labels"][:top])


def plain_law(row: Row) -> str:
    """State, then verdict and reason or the answer, warnings, and that it is no legal advice, one below the other; the
    verdict in the language of the disclaimer."""
    output = row["output"]
    if "verdict" in output:
        verdict = _VERDICTS_ZH[output["verdict"]] if detect(output["disclaimer"]) == "zh" else output["verdict"]
        parts = [output["state"], verdict, output["reason"]]
    else:
        parts = [output["state"], output["text"], *output["notes"]]
    return "\n".join(part for part in (*parts, output["disclaimer"]) if part)
