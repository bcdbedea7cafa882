"""Requests and results as JSON lines, by the standard library: it passes on halves of surrogate pairs as they are."""

from __future__ import annotations

import json
from typing import Any

from taibao_cli.engine.base import LabelScore, Message, Request, Result, Sampling, Usage
from taibao_cli.errors import RowError


def line(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"


def request_to_json(request: Request) -> dict[str, Any]:
    sampling = request.sampling
    return {
        "key": request.key,
        "messages": [[message.role, message.content] for message in request.messages],
        "max_tokens": request.max_tokens,
        "sampling": {name: getattr(sampling, name) for name in Sampling.__dataclass_fields__},
        "stop": request.stop,
        "labels": request.labels,
        "adapter": request.adapter,
        "schema": request.schema,
    }


def request_from_json(data: dict[str, Any]) -> Request:
    return Request(
        key=data["key"],
        messages=tuple(Message(role, content) for role, content in data["messages"]),
        max_tokens=data["max_tokens"],
        sampling=Sampling(**data["sampling"]),
        stop=tuple(data["stop"]),
        labels=None if data["labels"] is None else tuple(data["labels"]),
        adapter=data["adapter"],
        schema=data["schema"],
    )


def result_to_json(result: Result) -> dict[str, Any]:
    return {
        "key": result.key,
        "text": result.text,
        "finish": result.finish,
        "usage": [result.usage.prompt, result.usage.cached, result.usage.completion],
        "labels": None if result.labels is None else [[score.label, score.p] for score in result.labels],
        "error": None if result.error is None else result.error.as_json(),
        "reasoning": result.reasoning,
    }


def result_from_json(data: dict[str, Any]) -> Result:
    error = data["error"]
    return Result(
        key=data["key"],
        text=data["text"],
        finish=data["finish"],
        usage=Usage(*data["usage"]),
        labels=None if data["labels"] is None else tuple(LabelScore(label, p) for label, p in data["labels"]),
        error=None if error is None else RowError(error["type"], error["message"], retryable=error["retryable"]),
        reasoning=data["reasoning"],
    )
