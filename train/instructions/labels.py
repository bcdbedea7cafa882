"""Whether the answer of an example is one that its task can have at all."""

from __future__ import annotations

from taibao_cli.errors import UsageError
from taibao_cli.patents import ipc
from taibao_cli.tasks.registry import builtin_tasks
from taibao_cli.tasks.task import LANGS
from train.instructions.conversation import Conversation


def foreign_label(example: Conversation) -> str | None:
    """What is wrong with the answer of a task with a closed set of answers; None where nothing is, where the set is
    that of the row (`labels`), and for every other task."""
    task = builtin_tasks().get(example.task)
    if task is None or task.kind not in ("labels", "number") or task.label_source == "row":
        return None
    answer = example.answer.strip()
    if task.label_source == "ipc":
        return _foreign_symbol(answer)
    known = list(dict.fromkeys(label.surface(lang) for lang in LANGS for label in task.labels))
    return None if answer in known else f"{answer[:40]!r} is no answer of {task.name}: {', '.join(known)}"


def _foreign_symbol(answer: str) -> str | None:
    """Sections, classes and subclasses must stand in the scheme; of groups the form alone is judged."""
    try:
        ipc.path(answer)
    except UsageError as error:
        return str(error)
    return None
