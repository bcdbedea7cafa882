"""The answer of an output row as plain text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from taibao_cli.patents.language import Lang, detect

Row = Mapping[str, Any]

LAW_TASKS: Final = ("ask", "judge")
_TOP: Final = 3
_VERDICTS_ZH: Final = {"right": "正确", "wrong": "错误", "cannot decide": "无法判断"}
_DECIDED_ZH: Final = {
    "primer": "内置条目",
    "text of the law": "法条原文",
    "application number": "申请号",
    "kind code": "文献种类代码",
    "wording": "措辞",
    "model": "模型",
}


def plain_answer(row: Row) -> str:
    """Whatever the row holds: an answer of the law desk, the best labels, or the output as it is."""
    if isinstance(row["output"], dict) and row["task"] in LAW_TASKS:
        return plain_law(row)
    if isinstance(row["output"], str) and row.get("labels"):
        return label_lines(row, _TOP)
    return plain_output(row)


def undecided(row: Row) -> Row:
    """The row without what decided a type or a verdict, for a conversation that goes on from the answer."""
    output = row["output"]
    if isinstance(output, dict) and row["task"] in LAW_TASKS:
        return {**row, "output": {**output, "decided_by": None}}
    labels = [{**label, "decided_by": None} for label in row.get("labels") or ()]
    return {**row, "labels": labels}


def plain_output(row: Row) -> str:
    """The answer as text."""
    output = row["output"]
    if isinstance(output, dict):
        return json.dumps(output, ensure_ascii=False, indent=2)
    return "" if output is None else str(output)


def label_lines(row: Row, top: int) -> str:
    """The best labels, one a line: `H04L  0.61  title`; for the type of a patent what decided; under an IPC symbol that
    stands for several what is below it."""
    lines = []
    for label in row["labels"][:top]:
        cells = [str(label["label"]), f"{label['p']:.2f}"]
        if title := label.get("title"):
            cells.append(title)
        if decided := decided_line(label):
            cells.append(decided)
        lines.append("  ".join(cells))
        lines += [f"  {each['label']}  {each['p']:.2f}  {each['title']}" for each in label.get("below", ())]
    return "\n".join(lines)


def labels_inline(row: Row, top: int) -> str:
    """The best labels on one line: `H04L 0.61; H04W 0.20`."""
    return "; ".join(f"{label['label']} {label['p']:.2f}" for label in row["labels"][:top])


def decided_line(label: Row) -> str:
    """What decided that a patent is of this type; "" for other labels."""
    by = label.get("decided_by")
    return _decided(by, label.get("quote", ""), detect(label.get("title") or "")) if by else ""


def _decided(by: str, quote: str, lang: Lang) -> str:
    """What decided, with the words that did."""
    if lang == "zh":
        return f"判断依据：{_DECIDED_ZH[by]}" + (f"“{quote}”" if quote else "")
    return f"Decided by: {by}" + (f' "{quote}"' if quote else "")


def plain_law(row: Row) -> str:
    """State, then verdict, what decided it and the reason, or the answer, warnings, and that it is no legal advice, one
    below the other; the verdict in the language of the disclaimer."""
    output = row["output"]
    if "verdict" in output:
        chinese, by = detect(output["disclaimer"]) == "zh", output.get("decided_by")
        verdict = _VERDICTS_ZH[output["verdict"]] if chinese else output["verdict"]
        decided = _decided(by, "", "zh" if chinese else "en") if by is not None else ""
        parts = [output["state"], verdict, decided, output["reason"]]
    else:
        parts = [output["state"], output["text"], *output["notes"]]
    return "\n".join(part for part in (*parts, output["disclaimer"]) if part)
