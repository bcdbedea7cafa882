"""Alpaca, ShareGPT and chat messages, with the names of LLaMA-Factory's `dataset_info.json`.

The keys and their defaults are those of data/README.md in hiyouga/LLaMA-Factory.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from taibao_cli.engine.base import Message, Role
from taibao_cli.errors import InputError
from train.instructions.conversation import Conversation, Place, Problem

NUMBERS: Final = ("pub_no", "publication_number", "公开号", "公开（公告）号")
"""Fields that hold a publication number."""

FAMILIES: Final = ("family", "family_id", "同族", "简单同族")
"""Fields that hold what the members of a patent family share."""

_COLUMNS: Final[Mapping[str, str | None]] = {
    "prompt": "instruction", "query": "input", "response": "output", "history": None, "messages": "conversations",
    "system": None, "tools": None, "chosen": "chosen", "rejected": "rejected",
}  # fmt: skip
_NOT_TEXT: Final = ("images", "videos", "audios", "kto_tag")
"""Columns of data that are not trained here."""

_TAGS: Final[Mapping[str, str]] = {
    "role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt", "system_tag": "system",
    "observation_tag": "observation", "function_tag": "function_call",
}  # fmt: skip
_CHAT_TAGS: Final = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant"}


@dataclass(frozen=True, slots=True)
class Format:
    """How rows of a file become conversations: which columns hold what and, for lists of messages, which tags. Of the
    rows at most `samples` are taken, drawn by the name of the file; None: all."""

    formatting: str
    columns: Mapping[str, str | None] = field(default_factory=lambda: _COLUMNS)
    tags: Mapping[str, str] = field(default_factory=lambda: _TAGS)
    samples: int | None = None


def read_files(path: Path) -> Iterator[Conversation | Problem]:
    """The examples of a file, of all files of a `dataset_info.json`, or of a folder with one, problems in their place.

    Raises:
        InputError: it cannot be read at all, or is in no format known here.
    """
    for file, form in files_of(path, ranking=False):
        yield from _read(file, form)


def read_conversations(path: Path) -> list[Conversation]:
    """The examples of a file whose rows are all good.

    Raises:
        InputError: it cannot be read, or a row is no example.
    """
    read = list(read_files(path))
    problems = [item for item in read if isinstance(item, Problem)]
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise InputError(f"{problems[0]}{more}; taibao train data check names them all")
    return [item for item in read if isinstance(item, Conversation)]


def files_of(path: Path, *, ranking: bool) -> Iterator[tuple[Path, Format | None]]:
    """The file itself, its format not known; or the files of a `dataset_info.json` (or of a folder with one) that hold
    preferences (`ranking`), or those that hold conversations.

    Raises:
        InputError: the description of the data sets cannot be read or followed, or has none of that sort.
    """
    info = path / "dataset_info.json" if path.is_dir() else path
    if info.name != "dataset_info.json":
        yield path, None
        return
    entries = _json(info)
    if not isinstance(entries, dict) or not entries:
        raise InputError(f"{info}: no data sets; it holds one object for each, by name")
    described = [(bool(entry.get("ranking")), _dataset(info, name, entry)) for name, entry in entries.items()]
    wanted = [found for ranks, found in described if ranks is ranking]
    if not wanted:
        other = "conversations, for taibao train finetune" if ranking else "preferences (ranking), for taibao train dpo"
        raise InputError(f"{info}: all its data sets are {other}")
    yield from wanted


def _dataset(info: Path, name: str, entry: Any) -> tuple[Path, Format]:
    if not isinstance(entry, dict) or not isinstance(entry.get("file_name"), str):
        raise InputError(f"{info}: {name}: file_name is missing; data sets on a hub are not fetched")
    formatting, samples = entry.get("formatting", "alpaca"), entry.get("num_samples")
    if formatting not in ("alpaca", "sharegpt"):
        raise InputError(f"{info}: {name}: formatting is {formatting!r}; alpaca and sharegpt are known")
    if samples is not None and (not isinstance(samples, int) or samples < 1):
        raise InputError(f"{info}: {name}: num_samples is {samples!r}; a number from 1")
    columns, tags = entry.get("columns", {}), entry.get("tags", {})
    if foreign := [key for key in _NOT_TEXT if key in columns]:
        raise InputError(f"{info}: {name}: {foreign[0]}: only texts are trained here")
    for key in [*(set(columns) - set(_COLUMNS)), *(set(tags) - set(_TAGS))]:
        raise InputError(f"{info}: {name}: {key}: unknown; known: {', '.join([*_COLUMNS, *_TAGS])}")
    return info.parent / entry["file_name"], Format(formatting, {**_COLUMNS, **columns}, {**_TAGS, **tags}, samples)


def _read(path: Path, form: Format | None) -> Iterator[Conversation | Problem]:
    chosen = form
    for place, row in rows_of(path, form):
        if isinstance(row, Problem):
            yield row
            continue
        chosen = chosen or guess(row, path)
        try:
            messages = _messages(row, chosen)
            yield Conversation(place, messages, _first(row, NUMBERS), _first(row, FAMILIES), _first(row, ("task",)))
        except ValueError as error:
            yield Problem("schema", place, str(error))


def rows_of(path: Path, form: Format | None) -> list[tuple[Place, Any]]:
    """(place, object or Problem) of a JSON list or of JSON lines, as many as `form` asks for.

    Raises:
        InputError: the file cannot be read, or is empty.
    """
    rows = list(_rows(path))
    if not rows:
        raise InputError(f"{path}: no examples")
    if form is None or form.samples is None or form.samples >= len(rows):
        return rows
    taken = sorted(Random(path.name).sample(range(len(rows)), form.samples))
    return [rows[at] for at in taken]


def guess(row: Mapping[str, Any], path: Path) -> Format:
    """The format that the fields of a row speak for.

    Raises:
        InputError: none that is known.
    """
    if isinstance(row.get("messages"), list):
        return Format("sharegpt", {**_COLUMNS, "messages": "messages"}, {**_TAGS, **_CHAT_TAGS})
    if isinstance(row.get("conversations"), list):
        return Format("sharegpt")
    if "instruction" in row and "output" in row:
        return Format("alpaca", {**_COLUMNS, "history": "history", "system": "system"})
    raise InputError(
        f"{path}: rows have {', '.join(map(str, row)) or 'nothing'}; expected messages, conversations, "
        "or instruction and output"
    )


def _rows(path: Path) -> Iterator[tuple[Place, Any]]:
    """(place, object) of a JSON list or of JSON lines; a Problem where a line is none."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start + 1}; save it as UTF-8") from None
    if text.lstrip().startswith("["):
        items = _json(path)
        numbered = enumerate(items, 1)
    else:
        lines = ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())
        numbered = ((number, _line(line)) for number, line in lines)  # type: ignore[assignment]
    for number, item in numbered:
        place = Place(path, number)
        wrong = item if isinstance(item, ValueError) else None
        if wrong or not isinstance(item, dict):
            item = Problem("bad json", place, str(wrong) if wrong else f"a {type(item).__name__}, not an object")
        yield place, item


def _line(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        return error


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    except ValueError as error:
        raise InputError(f"{path}: not JSON: {error}") from None


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((str(row[name]) for name in names if row.get(name)), "")


def _messages(row: Mapping[str, Any], form: Format) -> tuple[Message, ...]:
    """Raises ValueError that names the field."""
    if form.formatting == "alpaca":
        made = [*_alpaca(row, form.columns), Message("assistant", _text(row, str(form.columns["response"])))]
    else:
        made = _sharegpt(row, form)
    made = _with_system(row, form, made)
    _check_order(made)
    return tuple(made)


def asked_of(row: Mapping[str, Any], form: Format) -> tuple[Message, ...]:
    """What is before the two answers of a row of preferences. Raises ValueError that names the field."""
    asked = _alpaca(row, form.columns) if form.formatting == "alpaca" else _sharegpt(row, form)
    made = _with_system(row, form, asked)
    _check_order([*made, Message("assistant", "")])
    return tuple(made)


def _with_system(row: Mapping[str, Any], form: Format, made: list[Message]) -> list[Message]:
    """With the system message of the row in front, where the messages have none of their own."""
    system, tools = form.columns["system"], form.columns["tools"]
    if tools and row.get(tools):
        raise ValueError(f"{tools}: tool calls are not trained")
    own = bool(made) and made[0].role == "system"
    return [Message("system", _text(row, system)), *made] if system and row.get(system) and not own else made


def _alpaca(row: Mapping[str, Any], columns: Mapping[str, str | None]) -> list[Message]:
    """All turns but the last answer."""
    prompt, query = (str(columns[key]) for key in ("prompt", "query"))
    made: list[Message] = []
    for at, turn in enumerate(row.get(columns["history"] or "") or (), 1):
        if not isinstance(turn, list) or len(turn) != 2 or not all(isinstance(part, str) for part in turn):
            raise ValueError(f"{columns['history']}[{at}] must be a pair of texts")
        made += [Message("user", turn[0]), Message("assistant", turn[1])]
    asked = "\n".join(part for part in (_text(row, prompt), _text(row, query, needed=False)) if part)
    return [*made, Message("user", asked)]


def _sharegpt(row: Mapping[str, Any], form: Format) -> list[Message]:
    column, tags = str(form.columns["messages"]), form.tags
    roles: dict[str, Role] = {
        tags["user_tag"]: "user", tags["assistant_tag"]: "assistant", tags["system_tag"]: "system"
    }  # fmt: skip
    said = row.get(column)
    if not isinstance(said, list) or not said:
        raise ValueError(f"{column} must be a list of messages")
    made = []
    for at, message in enumerate(said, 1):
        if not isinstance(message, dict):
            raise ValueError(f"{column}[{at}] must be an object")
        role = message.get(tags["role_tag"])
        if role in (tags["observation_tag"], tags["function_tag"]):
            raise ValueError(f"{column}[{at}]: tool calls ({role}) are not trained")
        if role not in roles:
            raise ValueError(f"{column}[{at}].{tags['role_tag']} is {role!r}; expected {', '.join(roles)}")
        content = message.get(tags["content_tag"])
        if not isinstance(content, str):
            raise ValueError(f"{column}[{at}].{tags['content_tag']} must be text")
        made.append(Message(roles[role], content))
    return made


def _text(row: Mapping[str, Any], name: str, *, needed: bool = True) -> str:
    value = row.get(name)
    if value is None and not needed:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text" if name in row else f"{name} is missing")
    return value


def _check_order(messages: list[Message]) -> None:
    """User and assistant in turn, the answer last."""
    turns = messages[1:] if messages and messages[0].role == "system" else messages
    for at, message in enumerate(turns):
        if message.role != ("user", "assistant")[at % 2]:
            raise ValueError(f"message {at + 1} is of {message.role}; user and assistant take turns, the user first")
    if not turns or turns[-1].role != "assistant":
        raise ValueError("the last message must be the assistant's answer")
