"""Rows that are answered from the primer and the statute store: `ask` and `judge`, and `chat` where the model is too
small for it. No engine takes part, so nothing is made up."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from taibao_cli import __version__
from taibao_cli.config import law_store
from taibao_cli.knowledge import desk
from taibao_cli.knowledge.answer import Answer, Judgement
from taibao_cli.knowledge.citation import DISCLAIMER, Referred
from taibao_cli.knowledge.store.reference import pinpoint_en, pinpoint_zh
from taibao_cli.knowledge.store.vectors import Vectors
from taibao_cli.patents.language import Lang
from taibao_cli.tasks.prepare import Inputs
from taibao_cli.tasks.registry import is_builtin
from taibao_cli.tasks.task import Style, Task

PRIMER: Final = f"primer@{__version__}"
"""What stands in `model` of such a row."""

LONGEST_QUESTION: Final = 500
"""Characters of a message that `chat` looks up; a longer one is a text, and no question on law."""

_CANNOT_CHAT: Final[dict[Lang, str]] = {
    "zh": "内置资料没有涉及这个问题；这个模型只会做专利任务，不会对话。"
    "请换用能对话的模型（--model；会话中用 /model），或换个问法。",
    "en": "No built-in source covers this, and this model does patent tasks only, it cannot chat. Name one that "
    "can (--model; /model in the session), or ask in other words.",
}


def answers_from_primer(task: Task, style: Style | None) -> bool:
    """Whether this is the built-in `ask` or `judge`, or `chat` of a model for brief prompts; a user's task of that name
    goes to the model."""
    names = ("ask", "judge", "chat") if style == "brief" else ("ask", "judge")
    return is_builtin(task, *names)


def answer_from_primer(task: Task, inputs: Inputs, vectors: Vectors | None = None) -> dict[str, Any] | str:
    """The `output` object (docs/batch.md); of `chat` the text alone. The store is searched with `vectors` too."""
    words = inputs.question or inputs.text or (inputs.history[-1].content if inputs.history else "")
    if task.name == "judge":
        return judge_output(desk.judge(words, inputs.lang, law_store(), inputs.on), inputs.lang)
    if task.name == "chat" and len(words) > LONGEST_QUESTION:
        return _CANNOT_CHAT[inputs.lang]
    found = desk.ask(words, inputs.lang, law_store(), inputs.on, vectors)
    if task.name == "ask":
        return ask_output(found, inputs.lang)
    return f"{found.text}\n{DISCLAIMER[inputs.lang]}" if found.state == "GROUNDED" else _CANNOT_CHAT[inputs.lang]


def ask_output(found: Answer, lang: Lang) -> dict[str, Any]:
    """An answer as the `output` of a row."""
    return {
        "state": found.state,
        "text": found.text,
        "inferred": found.inferred,
        "citations": [asdict(citation) for citation in found.citations],
        "referred": [_referred(one) for one in found.referred],
        "nearest": list(found.nearest),
        "notes": list(found.notes),
        "disclaimer": DISCLAIMER[lang],
    }


def judge_output(found: Judgement, lang: Lang) -> dict[str, Any]:
    """A judgement as the `output` of a row."""
    return {
        "state": found.state,
        "verdict": found.verdict,
        "reason": found.reason,
        "decided_by": found.decided_by or None,
        "inferred": found.inferred,
        "citations": [asdict(citation) for citation in found.citations],
        "disclaimer": DISCLAIMER[lang],
    }


def _referred(one: Referred) -> dict[str, Any]:
    return {
        "law": one.law,
        "law_en": one.law_en,
        "place": pinpoint_zh(one.pinpoint),
        "place_en": pinpoint_en(one.pinpoint),
        "version": one.version or None,
        "quote": one.quote or None,
        "note": one.note or None,
    }
