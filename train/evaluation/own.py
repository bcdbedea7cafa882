"""Evaluation sets of a user's own: JSON lines, each an input row with the right answer beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast, get_args

from taibao_cli.errors import InputError, RowError
from taibao_cli.knowledge.citation import State
from taibao_cli.patents.ipc import LEVELS, Level
from taibao_cli.patents.language import Lang, nfc, other
from taibao_cli.tasks import Inputs, Task, get, prepare
from train.evaluation import choices, conversations
from train.evaluation.answers import canonical
from train.evaluation.labelled_rows import IPC_SIZES
from train.evaluation.rows import EvalRow, Gold
from train.evaluation.sets import EvalSet, Sets, ipc_metrics, text_metrics

REFERENCE: Final = "reference"
STATES: Final = get_args(State)
"""What `ask` can say of itself; a reference of `ask` is one of them, or a text."""

_RULE: Final = "references of the file"

Place = tuple[str, str, Lang] | conversations.Kind
"""Task, level of the IPC or direction of the translation, language; or what conversations of a set have in common."""


@dataclass(slots=True)
class _Rows:
    task: Task | None
    rows: list[EvalRow] = field(default_factory=list)


def own_sets(path: Path, default_task: str | None, *, limit: int | None = None) -> Sets:
    """A set for each task and language (and level, for `ipc`) of the rows of the file, at most `limit` rows each.

    Rows are those of docs/batch.md with `reference`: a text, a label, a number, or a list of texts or labels that are
    equally right; questions with choices (`train.evaluation.choices`); or conversations that end with the right answer
    (`train.evaluation.conversations`).

    Raises:
        InputError: the file cannot be read, holds no rows, or a row does not fit; with its line.
    """
    found: dict[Place, _Rows] = {}
    for number, row in _lines(path):
        try:
            place, task, made = _read(row, default_task, str(row.get("id", number)))
        except RowError as error:
            raise InputError(f"{path}:{number}: {error}") from None
        own = found.setdefault(place, _Rows(task))
        if limit is None or len(own.rows) < limit:
            own.rows.append(made)
    if not found:
        raise InputError(f"{path}: holds no rows")
    return Sets(made=[_set(place, own) for place, own in found.items()])


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise InputError(f"{path}:{number}: a row is a JSON object")
                    yield number, row
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None
    except ValueError as error:
        raise InputError(f"{path}:{number}: not JSON: {error}") from None


def _read(row: Mapping[str, Any], default_task: str | None, name: str) -> tuple[Place, Task | None, EvalRow]:
    named = row.get("task")
    if named == choices.TASK or (named is None and choices.is_choice(row)):
        made = choices.read_choice(row, name)
        return (choices.TASK, "", made.inputs["lang"]), None, made
    if conversations.is_conversation(row):
        made = conversations.read_conversation(row, name)
        return conversations.kind_of(made), None, made
    task_name = named or default_task
    if not isinstance(task_name, str):
        raise RowError("missing_field", "task is missing; name it in the row or give one with --tasks")
    task = get(task_name)
    given = row.get(REFERENCE)
    if given in (None, "", []):
        raise RowError("missing_field", f"{REFERENCE} is missing")
    inputs = prepare(task, row)
    level = (inputs.level or LEVELS[-1]) if task.label_source == "ipc" else ""
    asked = {key: value for key, value in row.items() if key not in ("id", REFERENCE, "part", "section")}
    asked |= {"task": task.name, "lang": inputs.lang, **({"to": inputs.to} if task.family == "translation" else {})}
    asked |= {"level": level} if level else {}
    part, section = str(row.get("part") or ""), str(row.get("section") or "")
    made = EvalRow(name, asked, _gold(task, inputs, given), part=part, section=section)
    return (task.name, inputs.to if task.family == "translation" else level, inputs.lang), task, made


def _gold(task: Task, inputs: Inputs, given: object) -> Gold:
    if task.kind == "number":
        if isinstance(given, bool) or not isinstance(given, (int, float)):
            raise RowError("bad_value", f"{REFERENCE} of task {task.name} must be a number, not {given!r}")
        return float(given)
    if task.kind == "json":
        return canonical(given)
    listed = given if isinstance(given, list) else [given]
    texts = [nfc(each).strip() for each in listed if isinstance(each, str) and each.strip()]
    if len(texts) < len(listed):
        raise RowError("bad_value", f"{REFERENCE} must be text or a list of texts, not {given!r}")
    if task.label_source == "ipc" and task.kind == "labels":
        size = IPC_SIZES[cast(Level, inputs.level or LEVELS[-1])]
        texts = [text.replace(" ", "")[:size] for text in texts]
    if task.kind == "labels" and task.label_source == "row" and not set(texts) & set(inputs.labels):
        raise RowError("bad_value", f"{REFERENCE} {texts[0]!r} is none of the labels")
    return texts[0] if len(texts) == 1 else tuple(texts)


def _set(place: Place, own: _Rows) -> EvalSet:
    rows = tuple(own.rows)
    if len(place) > 3:
        return _conversations(place, rows)
    name, detail, lang = place
    if own.task is None:
        return EvalSet(f"choice {lang}", choices.TASK, lang, ("accuracy", "macro-F1"), "gold", _RULE, rows)
    shown = (
        f"{name} {lang}-{other(lang)}"
        if own.task.family == "translation"
        else " ".join(part for part in (name, detail, lang) if part)
    )
    return EvalSet(shown, name, lang, _metrics(own, detail, lang), "gold", _RULE, rows)


def _conversations(kind: conversations.Kind, rows: tuple[EvalRow, ...]) -> EvalSet:
    name, metrics = conversations.name_of(kind), conversations.metrics_of(kind)
    return EvalSet(name, conversations.TASK, kind[1], metrics, "gold", _RULE, rows)


def _metrics(own: _Rows, level: str, lang: Lang) -> tuple[str, ...]:
    task = own.task
    assert task is not None
    if task.kind == "number":
        return "Spearman", "Pearson"
    if task.kind == "json":
        return ("exact",)
    if task.kind == "labels":
        return ipc_metrics(level) if level else ("accuracy", "macro-F1")
    if all(gold in STATES for row in own.rows for gold in row.golds):
        return ("accuracy",)
    return text_metrics(lang, translated=task.family == "translation")
