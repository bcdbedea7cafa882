"""Lines of an OpenAI batch input: each is a chat, answered as the task `chat`.

https://platform.openai.com/docs/api-reference/batch/request-input
What such a line may ask for and taibao cannot do makes an error; nothing is left out silently.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from taibao_cli.batch.record import Record
from taibao_cli.errors import RowError

URL: Final = "/v1/chat/completions"

_IGNORED: Final = (
    *("model", "user", "metadata", "store", "service_tier", "safety_identifier", "prediction"),
    *("prompt_cache_key", "prompt_cache_options", "prompt_cache_retention"),
    *("parallel_tool_calls", "stream_options"),
)
"""Do not change what is answered, given that tools and streams are refused. The model is the one of the command; the
answer names it."""

_WITHOUT_EFFECT: Final[Mapping[str, tuple[Any, ...]]] = {
    "n": (1,),
    "stream": (False,),
    "logprobs": (False,),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "logit_bias": ({},),
    "tools": ([],),
    "tool_choice": ("none", "auto"),
    "modalities": (["text"],),
}
"""Parts that are taken with these values only."""

_ROLES: Final = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}


def looks_like_one(row: Mapping[str, Any]) -> bool:
    """Whether a row of JSON Lines is such a line."""
    return "custom_id" in row and "body" in row and "url" in row


def read_batch_lines(records: Iterable[Record]) -> Iterator[Record]:
    """The records of chats for records of lines; whatever is wrong with a line becomes its error."""
    for record in records:
        row = record.row or {}
        own = row.get("custom_id")
        named = {"id": own if isinstance(own, str) else f"line-{record.number}", "task": "chat"}
        if record.error is not None:
            yield replace(record, row=named, service=True)
            continue
        try:
            messages, overrides = _chat(row)
        except RowError as error:
            yield replace(record, row=named, error=error, service=True)
            continue
        chat = {**named, "messages": messages, "sampling": overrides}
        yield replace(record, row=chat, overrides=overrides, service=True)


def _chat(line: Mapping[str, Any]) -> tuple[list[dict[str, str]], dict[str, Any]]:
    """Messages of the line, and what it says on sampling by the names of `Overrides`.

    Raises:
        RowError: `bad_value` or `missing_field`, naming the part.
    """
    if not isinstance(line.get("custom_id"), str):
        raise RowError("missing_field", "a batch line needs custom_id, a text")
    if line.get("method") != "POST":
        raise RowError("bad_value", f"method is {_shown(line.get('method'))}; only POST can be answered")
    if line.get("url") != URL:
        raise RowError("bad_value", f"url is {_shown(line.get('url'))}; only {URL} can be answered")
    body = line.get("body")
    if not isinstance(body, dict):
        raise RowError("missing_field", "a batch line needs body, an object")
    for name, value in body.items():
        if name not in _READ and name not in _IGNORED and value is not None:
            if name not in _WITHOUT_EFFECT:
                raise RowError("bad_value", f"body.{name} is not supported")
            if value not in _WITHOUT_EFFECT[name]:
                raise RowError("bad_value", f"body.{name} {_shown(value)} is not supported")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise RowError("missing_field", "body.messages must be a list of messages")
    overrides = {}
    for name, (field, read) in _READ_INTO.items():
        if body.get(name) is not None and (value := read(name, body[name])) is not None:
            overrides[field] = value
    return [_message(f"body.messages[{at}]", message) for at, message in enumerate(messages)], overrides


def _message(where: str, message: Any) -> dict[str, str]:
    if not isinstance(message, dict) or message.get("role") not in _ROLES:
        raise RowError("bad_value", f"{where}: the role must be system, developer, user or assistant")
    for name, value in message.items():
        if name not in ("role", "content") and value not in (None, []):
            raise RowError("bad_value", f"{where}.{name} is not supported")
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(_part(f"{where}.content[{at}]", part) for at, part in enumerate(content))
    if not isinstance(content, str):
        raise RowError("bad_value", f"{where}.content must be text")
    return {"role": _ROLES[message["role"]], "content": content}


def _part(where: str, part: Any) -> str:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind != "text" or not isinstance(part.get("text"), str):
        raise RowError("bad_value", f"{where}: only parts of type text are supported, not {_shown(kind)}")
    return str(part["text"])


def _number(low: float, high: float) -> Callable[[str, Any], float]:
    def read(name: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise RowError("bad_value", f"body.{name} must be a number from {low:g} to {high:g}")
        return float(value)

    return read


def _whole(low: int) -> Callable[[str, Any], int]:
    def read(name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < low:
            raise RowError("bad_value", f"body.{name} must be a whole number from {low}")
        return value

    return read


def _stops(name: str, value: Any) -> tuple[str, ...]:
    stops = [value] if isinstance(value, str) else value
    if not isinstance(stops, list) or not all(isinstance(stop, str) and stop for stop in stops):
        raise RowError("bad_value", f"body.{name} must be a text or a list of texts")
    return tuple(stops)


def _form(name: str, value: Any) -> str | None:
    """The JSON schema of the answer, as text; None for plain text."""
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "text":
        return None
    if kind == "json_object":
        return json.dumps({"type": "object"})
    own = value.get("json_schema") if kind == "json_schema" else None
    schema = own.get("schema") if isinstance(own, dict) else None
    if not isinstance(schema, dict):
        raise RowError("bad_value", f"body.{name} must be of type text, json_object, or json_schema with its schema")
    return json.dumps(schema, ensure_ascii=False)


_READ_INTO: Final[Mapping[str, tuple[str, Callable[[str, Any], Any]]]] = {
    "max_tokens": ("max_tokens", _whole(1)),
    "max_completion_tokens": ("max_tokens", _whole(1)),
    "temperature": ("temperature", _number(0, 2)),
    "top_p": ("top_p", _number(0, 1)),
    "seed": ("seed", _whole(0)),
    "stop": ("stop", _stops),
    "response_format": ("schema", _form),
}
_READ: Final = frozenset(("messages", *_READ_INTO))


def _shown(value: Any) -> str:
    """A value in a message, not too long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:60] + "…"
