"""What a task is, and how its TOML file is read.

A task has two prompt styles. `full` carries the professional instruction for any instruct model. `brief` puts the
text first and names the job in a few words; models trained by this project on brief prompts ask for it through the
GGUF key `taibao.prompt`. The file format is described in docs/tasks.md.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, cast

from taibao_cli.errors import TaibaoError
from taibao_cli.patents.language import Lang
from taibao_cli.patents.segments import size

Style = Literal["full", "brief"]
Kind = Literal["text", "labels", "number", "json"]
DraftRule = Literal["title", "abstract", "claim"]
LabelSource = Literal["list", "ipc", "row"]

STYLES: tuple[Style, ...] = ("full", "brief")
KINDS: tuple[Kind, ...] = ("text", "labels", "number", "json")
LANGS: tuple[Lang, ...] = ("zh", "en")
PLACEHOLDERS = ("text", "a", "b", "question", "labels", "terms", "draft", "to", "passages")
PLACEHOLDER = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")
ROW_FIELDS = ("text", "title", "abstract", "claims", "description", "a", "b", "question", "messages", "labels")
FAMILIES = ("classification", "translation", "generation", "pairs", "judgement", "dialogue", "custom")


class TaskFileError(TaibaoError):
    """A task file breaks the format. The message names the file and the key."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Prompt:
    """`user` holds placeholders such as `{text}`; `system` is fixed text or empty."""

    user: str
    system: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """One answer of a closed set. `value` is what rows carry; `zh` and `en` are what the model reads and writes."""

    value: str | float
    zh: str
    en: str

    def surface(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Answer:
    """Bounds of a free answer in tokens: `max_tokens`, `per_char` for each Chinese character of the source and a third
    of that for any other, never over `cap`. `schema` is the JSON schema of a `json` task, as text.
    With brief prompts an answer that strays from its draft by more than `near_draft` allows gives way to it."""

    max_tokens: int = 256
    per_char: float = 0.0
    cap: int = 2048
    one_line: bool = False
    repeat_penalty: float = 1.0
    brief_repeat_penalty: float = 1.0
    schema: str | None = None
    near_draft: float = 0.0

    def penalties(self) -> tuple[float, float]:
        """On repetitions, for full and for brief prompts."""
        return self.repeat_penalty, self.brief_repeat_penalty

    def limit(self, source: str) -> int:
        return min(self.cap, self.max_tokens + int(self.per_char * size(source)))


@dataclass(frozen=True, slots=True)
class Task:
    name: str
    family: str
    version: int
    kind: Kind
    about: Mapping[str, str]
    sources: tuple[tuple[str, ...], ...]
    prompts: Mapping[tuple[Style, Lang], Prompt]
    answer: Answer
    labels: tuple[Label, ...]
    label_source: LabelSource
    terms: bool
    segment: int
    draft: DraftRule | None
    digest: str

    def prompt(self, style: Style, lang: Lang) -> Prompt:
        """The prompt of a style; a task without brief prompts is asked in full."""
        return self.prompts.get((style, lang)) or self.prompts[("full", lang)]


_TOP_KEYS = {"name", "family", "version", "kind", "about", "input", "answer", "labels", "labels_from", "full", "brief"}


def parse_task(data: Mapping[str, Any], where: str) -> Task:
    """Build a Task from the parsed TOML of one file.

    Raises:
        TaskFileError: naming `where` and the key that is unknown, missing or of the wrong type.
    """

    def fail(key: str, why: str) -> TaskFileError:
        return TaskFileError(f"{where}: {key}: {why}")

    def check_keys(table: Mapping[str, Any], allowed: set[str], prefix: str = "") -> None:
        for key in table:
            if key not in allowed:
                raise fail(prefix + key, f"unknown key; known: {', '.join(sorted(allowed))}")

    def take(table: Mapping[str, Any], key: str, type_: type, default: Any, prefix: str = "") -> Any:
        value = table.get(key, default)
        if type_ is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, type_) or (type_ is int and isinstance(value, bool)):
            raise fail(prefix + key, f"expected {type_.__name__}" if key in table else "missing")
        return value

    check_keys(data, _TOP_KEYS)
    name = take(data, "name", str, None)
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,31}", name):
        raise fail("name", "use lower-case letters, digits, - and _, starting with a letter, 32 at most")
    kind = take(data, "kind", str, "text")
    if kind not in KINDS:
        raise fail("kind", f"expected one of {', '.join(KINDS)}")
    family = take(data, "family", str, "custom")
    if family not in FAMILIES:
        raise fail("family", f"expected one of {', '.join(FAMILIES)}")
    about = take(data, "about", dict, {})
    check_keys(about, {"zh", "en"}, "about.")
    source = take(data, "input", dict, None)
    check_keys(source, {"sources", "terms", "segment", "draft"}, "input.")
    sources = _parse_sources(take(source, "sources", list, None, "input."), fail)
    answer = take(data, "answer", dict, {})
    check_keys(answer, {field.name for field in fields(Answer)}, "answer.")
    defaults = Answer()
    bounds = Answer(
        max_tokens=take(answer, "max_tokens", int, defaults.max_tokens, "answer."),
        per_char=take(answer, "per_char", float, defaults.per_char, "answer."),
        cap=take(answer, "cap", int, defaults.cap, "answer."),
        one_line=take(answer, "one_line", bool, defaults.one_line, "answer."),
        repeat_penalty=take(answer, "repeat_penalty", float, defaults.repeat_penalty, "answer."),
        brief_repeat_penalty=take(answer, "brief_repeat_penalty", float, defaults.brief_repeat_penalty, "answer."),
        schema=_parse_schema(answer.get("schema"), fail),
        near_draft=take(answer, "near_draft", float, defaults.near_draft, "answer."),
    )
    if not 0 <= bounds.near_draft < 1:
        raise fail("answer.near_draft", "a number from 0 to below 1")
    if (kind == "json") != (bounds.schema is not None):
        raise fail("answer.schema", "a task of kind json needs the schema of its answers, no other has one")
    if bounds.max_tokens < 1 or bounds.cap < bounds.max_tokens or min(bounds.penalties()) <= 0:
        raise fail("answer", "max_tokens must be at least 1 and at most cap, penalties above 0")
    segment = take(source, "segment", int, 0, "input.")
    if segment < 0 or (segment and kind != "text"):
        raise fail("input.segment", "a positive number, for tasks of kind text")
    draft = source.get("draft")
    if draft not in (None, "title", "abstract", "claim"):
        raise fail("input.draft", "expected title, abstract or claim")
    labels, label_source = _parse_labels(data, kind, fail)
    prompts: dict[tuple[Style, Lang], Prompt] = {}
    for style in STYLES:
        table = take(data, style, dict, {} if style == "brief" else None)
        check_keys(table, set(LANGS), style + ".")
        for lang in LANGS:
            entry = table.get(lang)
            if entry is None and style == "brief":
                continue
            if not isinstance(entry, dict) or not isinstance(entry.get("user"), str):
                raise fail(f"{style}.{lang}.user", "missing")
            check_keys(entry, {"user", "system"}, f"{style}.{lang}.")
            prompts[(style, lang)] = Prompt(
                user=entry["user"].strip("\n"), system=take(entry, "system", str, "", f"{style}.{lang}.").strip("\n")
            )
    canonical = json.dumps(data, ensure_ascii=False, sort_keys=True) + (bounds.schema or "")
    return Task(
        name=name,
        family=family,
        version=take(data, "version", int, 1),
        kind=cast(Kind, kind),
        about={lang: str(about.get(lang, "")) for lang in LANGS},
        sources=sources,
        prompts=prompts,
        answer=bounds,
        labels=labels,
        label_source=label_source,
        terms=take(source, "terms", bool, False, "input."),
        segment=segment,
        draft=cast(DraftRule | None, draft),
        digest=hashlib.sha256(canonical.encode()).hexdigest(),
    )


def _parse_sources(raw: list[Any], fail: Any) -> tuple[tuple[str, ...], ...]:
    if not raw or not all(isinstance(group, list) and group for group in raw):
        raise fail("input.sources", 'expected lists of fields, such as [["text"], ["title", "abstract"]]')
    for group in raw:
        for field in group:
            if field not in ROW_FIELDS:
                raise fail("input.sources", f"unknown field {field!r}; known: {', '.join(ROW_FIELDS)}")
    return tuple(tuple(group) for group in raw)


def _parse_schema(raw: Any, fail: Any) -> str | None:
    """The schema as JSON, properties in the order of the file: the model writes them so."""
    if raw is None:
        return None
    if not isinstance(raw, dict) or raw.get("type") != "object" or not isinstance(raw.get("properties"), dict):
        raise fail("answer.schema", 'expected a JSON schema with type = "object" and properties')
    try:
        return json.dumps(raw, ensure_ascii=False)
    except TypeError:
        raise fail("answer.schema", "dates and times are not JSON") from None


def _parse_labels(data: Mapping[str, Any], kind: str, fail: Any) -> tuple[tuple[Label, ...], LabelSource]:
    source = data.get("labels_from", "list")
    if source not in ("list", "ipc", "row"):
        raise fail("labels_from", "expected ipc (the scheme) or row (labels given with each row)")
    entries = data.get("labels", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise fail("labels", "expected an array of tables with value, zh and en")
    labels = []
    for number, entry in enumerate(entries, 1):
        value = entry.get("value")
        wanted = (int, float) if kind == "number" else (str,)
        if not isinstance(value, wanted) or isinstance(value, bool) or set(entry) - {"value", "zh", "en"}:
            raise fail(
                f"labels[{number}]", f"expected a {'number' if kind == 'number' else 'text'} value, zh and en only"
            )
        if kind == "number" and not 0 <= float(value) <= 1:
            raise fail(f"labels[{number}].value", "a number task's values lie between 0 and 1")
        labels.append(
            Label(float(value) if kind == "number" else value, str(entry.get("zh", value)), str(entry.get("en", value)))
        )
    if kind in ("text", "json") and (labels or "labels_from" in data):
        raise fail("labels", "only tasks of kind labels or number have labels")
    if kind in ("labels", "number") and source == "list" and len(labels) < 2:
        raise fail("labels", "a closed set needs at least two labels")
    for lang in LANGS:
        if len({label.surface(lang) for label in labels}) != len(labels):
            raise fail("labels", f"two labels read the same in {lang}")
    return tuple(labels), cast(LabelSource, source)
