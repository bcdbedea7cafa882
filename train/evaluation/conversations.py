"""Conversations that end with the right answer: asked word for word as they stand, such as the test split that
`taibao train data build` writes. Where the task has a closed set of answers with the right one in it, that set is
scored, as it is for rows; else the answer is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from taibao_cli.engine.base import Message, Request, Result, Runs
from taibao_cli.errors import RowError, UsageError
from taibao_cli.patents import ipc
from taibao_cli.patents.ipc import LEVELS
from taibao_cli.patents.language import Lang, detect, nfc, other
from taibao_cli.tasks import Inputs, Task
from taibao_cli.tasks.parse import parse
from taibao_cli.tasks.registry import builtin_tasks
from taibao_cli.tasks.render import label_surfaces
from train.evaluation.answers import OutputRow
from train.evaluation.rows import EvalRow, Gold
from train.evaluation.sets import ipc_metrics, text_metrics

TASK: Final = "conversation"
"""Of a set of them; the task of the rows stands in its name."""

_CHAT: Final = "chat"

Kind = tuple[str, Lang, str, Lang, bool]
"""Task, language, level of the IPC, language of the answer, whether the answer is one of a closed set."""


def is_conversation(row: Mapping[str, Any]) -> bool:
    """Whether an input row is a conversation that holds its own answer."""
    said = row.get("messages")
    return "reference" not in row and isinstance(said, list) and bool(said) and _role(said[-1]) == "assistant"


def read_conversation(row: Mapping[str, Any], name: str) -> EvalRow:
    """The last message is the gold answer, those before it are asked.

    Raises:
        RowError: a message without role or text, or nothing before the answer.
    """
    said = row["messages"]
    if not all(_role(each) and isinstance(each.get("content"), str) for each in said):
        raise RowError("bad_value", "messages must be objects with role and content")
    *asked, last = [{"role": each["role"], "content": nfc(each["content"])} for each in said]
    answer = last["content"].strip()
    if not asked or not answer:
        raise RowError("bad_value", "messages must end with an answer to a question")
    lang = detect(asked[-1]["content"])
    task = str(row.get("task") or _CHAT)
    inputs = {"task": task, "messages": asked, "lang": lang, "to": detect(answer)}
    gold: Gold = answer
    if closed := _closed(_task(task), answer, lang):
        gold, inputs["lang"], inputs["level"] = closed
    part, section = (str(row.get(key) or "") for key in ("part", "section"))
    return EvalRow(name, inputs, gold, part=part, section=section)


def _role(message: Any) -> str | None:
    role = message.get("role") if isinstance(message, dict) else None
    return role if role in ("system", "user", "assistant") else None


def _task(name: str) -> Task:
    return builtin_tasks().get(name, builtin_tasks()[_CHAT])


def _closed(task: Task, answer: str, lang: Lang) -> tuple[str | float, Lang, str] | None:
    """(value, language of the set, level of the IPC) when the answer is one of the closed set of its task."""
    if task.kind not in ("labels", "number"):
        return None
    if task.label_source == "ipc":
        try:
            level = ipc.parse(answer).level
        except UsageError:
            return None
        return (answer, lang, level) if level in LEVELS and answer in ipc.labels(level) else None
    for each in (lang, other(lang)):
        for label in task.labels:
            if label.surface(each) == answer:
                return label.value, each, ""
    return None


def kind_of(row: EvalRow) -> Kind:
    """What the rows of a set have in common."""
    given = row.inputs
    return given["task"], given["lang"], given.get("level", ""), given["to"], "level" in given


def name_of(kind: Kind) -> str:
    """Of the set."""
    task, lang, level, to, closed = kind
    direction = f"{lang}-{to}" if _task(task).family == "translation" else lang
    return " ".join(filter(None, [task, level, direction, "as asked" if closed else "as asked, written"]))


def metrics_of(kind: Kind) -> tuple[str, ...]:
    """Of the set."""
    name, _, level, to, closed = kind
    task = _task(name)
    if not closed:
        return ("exact",) if task.kind != "text" else text_metrics(to, translated=task.family == "translation")
    if task.kind == "number":
        return "Spearman", "Pearson"
    return ipc_metrics(level) if level else ("accuracy", "macro-F1")


def ask_conversations(rows: Sequence[EvalRow], engine: Runs) -> list[OutputRow]:
    """Output rows in the order of `rows`."""
    found = {result.key: result for result in engine.run(_requests(rows))}
    return [_output(row, found.get(str(number))) for number, row in enumerate(rows)]


def _inputs(row: EvalRow) -> Inputs:
    return Inputs(lang=row.inputs["lang"], to=row.inputs["to"], level=row.inputs.get("level", ""))


def _requests(rows: Sequence[EvalRow]) -> Iterator[Request]:
    for number, row in enumerate(rows):
        task = _task(row.inputs["task"])
        messages = tuple(Message(each["role"], each["content"]) for each in row.inputs["messages"])
        labels = label_surfaces(task, _inputs(row)) if "level" in row.inputs else None
        yield Request(str(number), messages, max_tokens=task.answer.limit(row.source), labels=labels)


def _output(row: EvalRow, result: Result | None) -> OutputRow:
    error = RowError("engine", "the engine gave no answer") if result is None else result.error
    if result is None or error is not None:
        said = error or RowError("engine", "the engine gave no answer")
        return {"output": None, "labels": None, "finish": "error", "error": said.as_json()}
    if "level" not in row.inputs:
        return {"output": result.text.strip(), "labels": None, "finish": result.finish, "error": None}
    output, labels = parse(_task(row.inputs["task"]), _inputs(row), result)
    return {"output": output, "labels": labels, "finish": result.finish, "error": None}
