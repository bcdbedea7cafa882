"""From a row of input to what a prompt needs: language, composed text, pairs, labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

from taibao_cli.engine.base import Message
from taibao_cli.errors import RowError
from taibao_cli.patents.ipc import LEVELS
from taibao_cli.patents.language import Lang, detect, nfc, other
from taibao_cli.patents.writing import abstract_draft, claim_draft, title_draft
from taibao_cli.tasks.task import DraftRule, Task


@dataclass(frozen=True, slots=True)
class Hints:
    """What a small model is offered: `terms`, renderings of known terms in the order of the text, and `draft`, the
    answer by rule, such as the whole text word by word in the other language."""

    terms: str = ""
    draft: str = ""


DRAFTS: Mapping[DraftRule, Callable[[str, Lang], str]] = {
    "title": title_draft,
    "abstract": abstract_draft,
    "claim": claim_draft,
}

HintsOf = Callable[[str, Lang, Lang], Hints]
"""(text, from, to) -> Hints."""


_PAIR = ("a", "b")


@dataclass(frozen=True, slots=True)
class Inputs:
    """A validated row, ready to render. `source` names the fields that made `text`."""

    lang: Lang
    to: Lang
    text: str = ""
    a: str = ""
    b: str = ""
    question: str = ""
    labels: tuple[str, ...] = ()
    level: str = ""
    """Of the IPC, when one was asked."""
    hints: Hints = Hints()
    passages: str = ""
    history: tuple[Message, ...] = ()
    source: tuple[str, ...] = ()
    on: str = ""
    """The ISO date whose law counts, for `ask` and `judge`; "" for today."""


def prepare(task: Task, row: Mapping[str, Any], *, hints: HintsOf | None = None) -> Inputs:
    """Check a row against what the task needs and put its parts together.

    Patent fields are joined by a line feed in the order of the task's first source whose fields are all present;
    `text` stands for any of them. Text is NFC-normalised.

    Raises:
        RowError: `missing_field` or `bad_value`, naming the field.
    """
    if task.label_source == "row" and not row.get("labels"):
        raise RowError("missing_field", f'task {task.name} needs labels, for example ["battery", "motor"]')
    fields = _choose(task, row)
    parts = {field: _as_text(row, field) for field in fields if field not in ("messages", "labels")}
    history = _history(row) if "messages" in fields else ()
    joined = "\n".join(parts[f] for f in fields if f in parts and f not in (*_PAIR, "question"))
    probe = joined or "\n".join(parts.values()) or (history[-1].content if history else "")
    lang = _language(row, "lang") or detect(probe)
    to = _language(row, "to") or other(lang)
    if task.family == "translation" and to == lang:
        raise RowError("bad_value", f"the text is already in {lang}; 'to' must be the other language")
    inputs = Inputs(
        lang=lang,
        to=to,
        text=joined,
        a=parts.get("a", ""),
        b=parts.get("b", ""),
        question=parts.get("question", ""),
        labels=_own_labels(row) if task.label_source == "row" else (),
        level=_level(row) if task.label_source == "ipc" else "",
        history=history,
        source=tuple(fields),
        on=_day(row),
    )
    return replace(inputs, hints=hints_for(task, joined, inputs, hints))


def hints_for(task: Task, text: str, inputs: Inputs, hints: HintsOf | None) -> Hints:
    """The hints for `text`, whole or a segment of it: the task's own draft, or what `hints` knows of its terms."""
    if task.draft is not None:
        return Hints(draft=DRAFTS[task.draft](text, inputs.lang))
    return hints(text, inputs.lang, inputs.to) if hints and task.terms else Hints()


def _choose(task: Task, row: Mapping[str, Any]) -> tuple[str, ...]:
    for fields in task.sources:
        if all(row.get(field) not in (None, "", []) for field in fields):
            return fields
    wanted = " or ".join("+".join(fields) for fields in task.sources)
    raise RowError("missing_field", f"task {task.name} needs {wanted}")


def _as_text(row: Mapping[str, Any], field: str) -> str:
    value = row[field]
    if field == "claims" and isinstance(value, list) and all(isinstance(claim, str) for claim in value):
        value = "\n".join(value)
    if not isinstance(value, str):
        wanted = "text or a list of texts" if field == "claims" else f"text, not {type(value).__name__}"
        raise RowError("bad_value", f"{field} must be {wanted}")
    value = nfc(value).strip()
    if not value:
        raise RowError("missing_field", f"{field} is empty")
    return value


def _day(row: Mapping[str, Any]) -> str:
    value = row.get("on")
    if value in (None, ""):
        return ""
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise RowError("bad_value", "'on' must be a date like 2015-06-01") from None


def _language(row: Mapping[str, Any], field: str) -> Lang | None:
    value = row.get(field)
    if value is None:
        return None
    if value not in ("zh", "en"):
        raise RowError("bad_value", f"{field} must be zh or en, not {value!r}")
    return cast(Lang, value)


def _own_labels(row: Mapping[str, Any]) -> tuple[str, ...]:
    labels = row["labels"]
    if not isinstance(labels, list) or not all(isinstance(label, str) and label.strip() for label in labels):
        raise RowError("bad_value", "labels must be a list of texts")
    unique = tuple(dict.fromkeys(nfc(label).strip() for label in labels))
    if len(unique) < 2:
        raise RowError("bad_value", "labels must name at least two different labels")
    return unique


def _level(row: Mapping[str, Any]) -> str:
    level = row.get("level")
    if level is not None and level not in LEVELS:
        raise RowError("bad_value", f"level must be section, class or subclass, not {level!r}")
    return str(level or "")


def _history(row: Mapping[str, Any]) -> tuple[Message, ...]:
    messages = row["messages"]
    if not isinstance(messages, list) or not messages:
        raise RowError("bad_value", "messages must be a list of {role, content}")
    history = []
    for message in messages:
        if not isinstance(message, dict) or message.get("role") not in ("system", "user", "assistant"):
            raise RowError("bad_value", "a message needs role (system, user or assistant) and content")
        if not isinstance(message.get("content"), str):
            raise RowError("bad_value", "the content of a message must be text")
        history.append(Message(message["role"], nfc(message["content"])))
    if history[-1].role != "user":
        raise RowError("bad_value", "the last message must be the user's")
    return tuple(history)
