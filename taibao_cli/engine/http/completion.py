"""Bodies of requests and answers in the form of the chat completions API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from taibao_cli.engine.base import Finish, Request, Usage
from taibao_cli.engine.thoughts import Thoughts, split_thoughts
from taibao_cli.errors import RowError

Emit = Callable[[str], None]

TOO_LONG: Final = ("context_length_exceeded", "exceed_context_size_error")
"""What OpenAI and vLLM, and llama-server, call a prompt that does not fit."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a server answered, its thoughts apart; `tokens` are (text, log probability) where it gives them."""

    text: str
    finish: Finish
    usage: Usage
    tokens: tuple[tuple[str, float], ...] = ()
    reasoning: str = ""


def body_of(request: Request, model: str, *, streams: bool = False) -> dict[str, Any]:
    """The body of `POST /chat/completions`: only what every server knows, so no `top_k`, `min_p`, `repeat_penalty`."""
    sampling = request.sampling
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": message.role, "content": message.content} for message in request.messages],
        "max_tokens": request.max_tokens,
        "temperature": sampling.temperature,
    }
    if request.labels is not None:
        if not request.labels:
            raise RowError("bad_value", "labels must be a list of at least one label")
        longest = max(len(label.encode("utf-8", "replace")) for label in request.labels)
        body |= {"max_tokens": max(request.max_tokens, longest + 8), "temperature": 0, "logprobs": True}
    elif sampling.temperature > 0:
        body |= {"top_p": sampling.top_p, "seed": sampling.seed}
    if request.schema is not None:
        form = {"name": "answer", "schema": json.loads(request.schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    if request.stop:
        body["stop"] = list(request.stop)
    if streams:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return body


def read_whole(data: Any) -> Completion:
    """A chat completion that came in one piece."""
    try:
        choice = data["choices"][0]
        text, thoughts = split_thoughts(choice["message"].get("content") or "")
        entries = (choice.get("logprobs") or {}).get("content") or []
        tokens = tuple((str(entry["token"]), float(entry["logprob"])) for entry in entries)
        finish, usage = finish_of(choice.get("finish_reason")), usage_of(data.get("usage"))
        return Completion(text, finish, usage, tokens, _beside(choice["message"]) + thoughts)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise RowError("engine", "the server's answer is no chat completion") from None


def read_events(chunks: Iterable[bytes], emit: Emit) -> Completion:
    """A chat completion that comes as server-sent events; `emit` gets each piece of the answer."""
    thoughts, said, beside = Thoughts(), list[str](), list[str]()
    finish: object = None
    usage = Usage()

    def tell(piece: str) -> None:
        if piece:
            said.append(piece)
            emit(piece)

    for event in events(chunks):
        if event.get("error"):
            raise RowError("engine", f"the server says: {server_message(json.dumps(event))[0]}")
        usage = usage_of(event["usage"]) if event.get("usage") else usage
        try:
            choice = (event.get("choices") or [{}])[0]
            delta = choice.get("delta") or {}
            piece = delta.get("content") or ""
            beside.append(_beside(delta))
            finish = choice.get("finish_reason") or finish
        except (AttributeError, KeyError, TypeError):
            raise RowError("engine", "the server's answer is no stream of chat completions") from None
        tell(thoughts.feed(piece))
    tell(thoughts.end())
    if finish is None:
        raise RowError("engine", "the answer broke off; ask again", retryable=True)
    text, more = split_thoughts("".join(said))
    return Completion(text, finish_of(finish), usage, reasoning="".join(beside) + thoughts.reasoning + more)


def _beside(message: dict[str, Any]) -> str:
    """Thoughts in a field of their own: `reasoning_content` of llama-server, `reasoning` of vLLM."""
    return str(message.get("reasoning_content") or message.get("reasoning") or "")


def events(chunks: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The JSON objects of `data:` lines. Lines end with a line feed only: U+2028 and its like may stand in a text."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            data = line.removeprefix(b"data:").strip() if line.startswith(b"data:") else b""
            if data and data != b"[DONE]":
                try:
                    event = json.loads(data)
                except ValueError:
                    event = None
                if not isinstance(event, dict):
                    raise RowError("engine", "the server's answer is no stream of chat completions")
                yield event


def finish_of(reason: object) -> Finish:
    if reason == "content_filter":
        raise RowError("engine", "the server withheld the answer (content_filter)")
    return "length" if reason == "length" else "stop"


def usage_of(usage: object) -> Usage:
    if not isinstance(usage, dict):
        return Usage()
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else 0
    return Usage(usage.get("prompt_tokens") or 0, cached or 0, usage.get("completion_tokens") or 0)


def server_message(text: str) -> tuple[str, str]:
    """(message, code) of the body of a failed answer; its beginning when it is not JSON."""
    try:
        data = json.loads(text)
    except ValueError:
        return text[:200], ""
    error = data.get("error", data) if isinstance(data, dict) else data
    if not isinstance(error, dict):
        return str(error)[:200], ""
    codes = [error[name] for name in ("code", "type") if error.get(name) in TOO_LONG]
    return str(error.get("message") or error.get("detail") or "")[:500], "".join(codes[:1])
