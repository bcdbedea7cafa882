"""Rows that are answered from the primer and the statute store: `ask` and `judge`. No engine takes part, so nothing is
made up."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from taibao_cli import __version__
from taibao_cli.config import law_store
from taibao_cli.knowledge.answer import answer, judge
from taibao_cli.knowledge.store.quoting import answer_from_store
from taibao_cli.tasks.prepare import Inputs
from taibao_cli.tasks.registry import builtin_tasks
from taibao_cli.tasks.task import Task

SOURCE: Final = f"primer@{__version__}"
"""What stands in `model` of such a row."""


def answers_from_primer(task: Task) -> bool:
    """Whether this is the built-in `ask` or `judge`; a user's task of that name goes to the model."""
    return task.name in ("ask", "judge") and task is builtin_tasks()[task.name]


def answer_from_primer(task: Task, inputs: Inputs) -> dict[str, Any]:
    """The `output` object: `state`, `citations` and `text`, `nearest` (ask) or `verdict`, `reason` (judge)."""
    words = inputs.question or inputs.text
    if task.name == "ask":
        found = answer(words, inputs.lang)
        if found.state == "NO MATCH":
            found = answer_from_store(law_store(), words, inputs.lang) or found
        return {
            "state": found.state,
            "text": found.text,
            "citations": [asdict(citation) for citation in found.citations],
            "nearest": list(found.nearest),
        }
    judged = judge(words, inputs.lang)
    return {
        "state": judged.state,
        "verdict": judged.verdict,
        "reason": judged.reason,
        "citations": [asdict(citation) for citation in judged.citations],
    }
