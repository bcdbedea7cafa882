"""Rows: output rows of task commands, documents, and pairs of source and answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from taibao_cli.checks import ipc
from taibao_cli.checks.base import Finding, Words, finding, run_checks
from taibao_cli.checks.document import CHECKS, Document, document_of, document_of_text
from taibao_cli.checks.generated.facts import GENERATED, Generated
from taibao_cli.checks.registry import check_document, check_generated, check_translation
from taibao_cli.checks.translation.subject import Translation
from taibao_cli.messages.errors import in_words
from taibao_cli.patents.claims.defects import Office
from taibao_cli.patents.language import Lang, detect, other

ROW: Final = "row"
"""The id of findings about a row that could not be checked as a whole."""

_FIELDS: Final = ("title", "abstract", "claims", "description", "ipc")
_TEXTS: Final = ("text", "title", "abstract", "claims", "description")
_WITH_TEXT: Final = ("title", "abstract", "claims")
"""Tasks whose output is a part of a document."""

_FAILED: Final = Words("该行没有答案：{error}", "the row has no answer: {error}")
_UNREADABLE: Final = Words("该行无法读取：{error}", "the row cannot be read: {error}")
_NO_SOURCE: Final = Words("该行没有 source（原文），无法对照", "the row has no source to compare with")
_NO_CHECKS: Final = Words("任务 {task} 没有可做的检查", "there is nothing to check in the answer of task {task}")
_NO_TEXT: Final = Words(
    "该行没有 title、abstract、claims、description、ipc 或 text",
    "the row has no title, abstract, claims, description, ipc or text",
)


@dataclass(frozen=True)
class Options:
    """What holds for all rows: whose rules, a glossary for each source language, forbidden words."""

    office: Office | None = None
    glossary: Mapping[Lang, Mapping[str, str]] = field(default_factory=dict)
    forbidden: tuple[str, ...] = ()

    def translation(self, source: str, answer: str, to: Lang | None = None) -> Translation:
        """The pair with the glossary of its direction."""
        target = to or other(detect(source))
        return Translation.of(source, answer, target, self.glossary.get(other(target)), self.forbidden)


def unreadable(error: object) -> tuple[Finding, ...]:
    """For a row that is no row at all."""
    return _quoting(_UNREADABLE, error)


def _quoting(words: Words, error: object) -> tuple[Finding, ...]:
    """A finding with an error in it, each of its texts in one language."""
    zh, en = words.zh.format(error=in_words(error, "zh")), words.en.format(error=error)
    return (Finding(ROW, "REVIEW", zh, en),)


def check_row(row: Mapping[str, Any], options: Options) -> tuple[Finding, ...]:
    """The findings of one row; never none, and a row that cannot be checked says so."""
    if "task" in row and "output" in row:
        return tuple(found for task, part in _parts(row) for found in _output(task, part, options))
    try:
        if isinstance(row.get("source"), str) and isinstance(row.get("answer"), str):
            return check_translation(options.translation(row["source"], row["answer"], _lang(row)))
        if isinstance(row.get("text"), str) and not any(row.get(name) for name in _FIELDS):
            return check_document(document_of_text(row["text"], options.office))
        document = document_of(row, options.office)
    except ValueError as error:
        return unreadable(error)
    if not any(row.get(name) for name in _FIELDS):
        return (finding(ROW, "not checked", _NO_TEXT),)
    return check_document(document)


def _lang(row: Mapping[str, Any]) -> Lang | None:
    to = row.get("to")
    return to if to in ("zh", "en") else None


def _parts(row: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each task of an output row with its own output and error."""
    names = str(row["task"] or "").split(",")
    if len(names) == 1 or _failed_whole(row):
        yield str(row["task"]), row
        return
    for name in names:
        own = {key: row[key].get(name) for key in ("output", "labels", "error") if isinstance(row.get(key), dict)}
        yield name, {**row, **own}


def _failed_whole(row: Mapping[str, Any]) -> bool:
    """One error for the row, not a table of errors by task."""
    error = row.get("error")
    return isinstance(error, dict) and isinstance(error.get("type"), str)


def _output(task: str, row: Mapping[str, Any], options: Options) -> tuple[Finding, ...]:
    output, error = row.get("output"), row.get("error")
    if error is not None or not isinstance(output, str):
        if error is None:
            return (finding(ROW, "not checked", _NO_CHECKS, task=task),)
        message = error.get("message") if isinstance(error, dict) else error
        return _quoting(_FAILED, message)
    source = _source(row)
    if task == "translate":
        if source is None:
            return (finding(ROW, "not checked", _NO_SOURCE),)
        return check_translation(options.translation(source, output, _lang(row)))
    if task == "ipc":
        return _only(Document(ipc=(output,), office=options.office, titles=_titles(row)), ipc.ID, ipc.TITLES)
    if task in GENERATED:
        return check_answer(task, source, output, options)
    return (finding(ROW, "not checked", _NO_CHECKS, task=task),)


def _source(row: Mapping[str, Any]) -> str | None:
    """The source of an answer: its own field, else the texts of the row that it answers, which `--merge` keeps."""
    own, asked = row.get("source"), row.get("input")
    if isinstance(own, str) or not isinstance(asked, dict):
        return own if isinstance(own, str) else None
    texts = [str(each) for name in _TEXTS for each in _as_list(asked.get(name)) if each]
    return "\n".join(texts) or None


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def check_answer(task: str, source: object, answer: str, options: Options) -> tuple[Finding, ...]:
    """The findings of a generated text: against its source, when there is one, and as part of a document."""
    found = (
        check_generated(Generated.of(source, answer))
        if isinstance(source, str)
        else (finding(ROW, "not checked", _NO_SOURCE),)
    )
    if task not in _WITH_TEXT:
        return found
    return (*found, *check_document(document_of({task: answer}, options.office)))


def _titles(row: Mapping[str, Any]) -> dict[str, str]:
    """The titles that an answer shows beside its symbols."""
    labels = row.get("labels")
    return {
        str(each["label"]): each["title"]
        for each in (labels if isinstance(labels, list) else ())
        if isinstance(each, dict) and "label" in each and isinstance(each.get("title"), str)
    }


def _only(document: Document, *checks: str) -> tuple[Finding, ...]:
    return run_checks([each for each in CHECKS if each.id in checks], document)
