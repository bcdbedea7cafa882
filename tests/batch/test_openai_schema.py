"""A batch file as scripts write it for the service runs unchanged, and what comes out has the shape that it publishes.

Shapes: `BatchRequestOutput`, `CreateChatCompletionResponse`, `CompletionUsage` and `Error` of the published OpenAPI
description, version 2.3.0 (https://github.com/openai/openai-openapi).
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import taibao

COUNT = int
USAGE = {"prompt_tokens": COUNT, "completion_tokens": COUNT, "total_tokens": COUNT}
CHOICE = {
    "index": COUNT,
    "message": {"role": ("assistant",), "content": (str, None), "refusal": (str, None)},
    "finish_reason": ("stop", "length", "tool_calls", "content_filter", "function_call"),
    "logprobs": (None,),
}
COMPLETION = {
    "id": str,
    "object": ("chat.completion",),
    "created": COUNT,
    "model": str,
    "choices": [CHOICE],
    "usage": USAGE,
}
REFUSAL = {"error": {"code": (str, None), "message": str, "param": (str, None), "type": str}}
LINE = {
    "id": str,
    "custom_id": str,
    "response": {"status_code": COUNT, "request_id": str, "body": dict},
    "error": ({"code": str, "message": str}, None),
}
"""Keys that must be there; a tuple holds what a value may be. Other keys may be there too."""

USER = {"role": "user", "content": "What is a claim?"}
HISTORY = [
    {"role": "system", "content": "Answer briefly."},
    {"role": "user", "content": [{"type": "text", "text": "权利要求是什么？"}]},
    {"role": "assistant", "content": "界定保护范围的文件。", "refusal": None, "tool_calls": None},
    {"role": "user", "content": "And in English?"},
]
SCHEMA = {"name": "verdict", "strict": True, "schema": {"type": "object", "properties": {"new": {"type": "boolean"}}}}
EVERYTHING = {
    "messages": HISTORY,
    "temperature": 0.7,
    "top_p": 1,
    "n": 1,
    "stream": False,
    "stream_options": None,
    "stop": ["\n\n"],
    "max_tokens": 50,
    "presence_penalty": 0,
    "frequency_penalty": 0.0,
    "logit_bias": {},
    "logprobs": False,
    "top_logprobs": None,
    "user": "office-7",
    "seed": 12345,
    "tools": None,
    "tool_choice": "none",
    "parallel_tool_calls": True,
    "response_format": {"type": "json_schema", "json_schema": SCHEMA},
    "service_tier": "auto",
    "store": False,
    "metadata": {"batch": "2026-03"},
    "modalities": ["text"],
    "safety_identifier": "a1",
    "prompt_cache_key": "claims",
    "prompt_cache_retention": "24h",
    "prediction": {"type": "content", "content": "A claim"},
}
TOOL = {"type": "function", "function": {"name": "search", "parameters": {}}}

GOOD = {
    "plain": {"messages": [USER]},
    "all-options": EVERYTHING,
    "developer": {"messages": [{"role": "developer", "content": "Be exact."}, USER], "max_completion_tokens": 20},
    "json": {"messages": [USER], "response_format": {"type": "json_object"}},
    "cut": {"messages": [USER], "max_tokens": 1},
}
REFUSED = {
    "tools": ({"tools": [TOOL], "tool_choice": "auto"}, "body.tools "),
    "tool-forced": ({"tool_choice": "required"}, "body.tool_choice 'required' is not supported"),
    "two": ({"n": 2}, "body.n 2 is not supported"),
    "penalty": ({"presence_penalty": 0.5}, "body.presence_penalty 0.5 is not supported"),
    "effort": ({"reasoning_effort": "high"}, "body.reasoning_effort is not supported"),
    "long": ({"messages": [{"role": "user", "content": "泵" * 20000}]}, "the prompt has "),
}


def batch_file(folder: Path) -> Path:
    bodies = {**GOOD, **{name: {"messages": [USER], **body} for name, (body, _) in REFUSED.items()}}
    lines = [
        {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": {"model": "gpt-4o-mini", **body}}
        for name, body in bodies.items()
    ]
    (folder / "batch.jsonl").write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    return folder / "batch.jsonl"


def answered(folder: Path) -> dict[str, Any]:
    done = taibao("batch", batch_file(folder), "-o", "out.jsonl", home=folder)
    assert done.returncode == 3
    lines = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    assert [line["custom_id"] for line in lines] == [*GOOD, *REFUSED]
    return {line["custom_id"]: line for line in lines}


def fits(value: Any, shape: Any) -> bool:
    """Whether a value has a shape as they stand above."""
    if isinstance(shape, tuple):
        return any(fits(value, one) for one in shape)
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(name in value and fits(value[name], own) for name, own in shape.items())
    if isinstance(shape, list):
        return isinstance(value, list) and value != [] and all(fits(one, shape[0]) for one in value)
    if isinstance(shape, type):
        return isinstance(value, shape) and not isinstance(value, bool)
    return bool(value == shape)


def test_every_line_has_the_published_shape(tmp_path: Path) -> None:
    lines = answered(tmp_path)
    assert all(fits(line, LINE) for line in lines.values())
    assert len({line["id"] for line in lines.values()}) == len(lines)
    for name in GOOD:
        response = lines[name]["response"]
        assert (response["status_code"], lines[name]["error"]) == (200, None)
        assert fits(response["body"], COMPLETION), response
        usage = response["body"]["usage"]
        assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    finishes = {name: lines[name]["response"]["body"]["choices"][0]["finish_reason"] for name in GOOD}
    assert finishes == {**dict.fromkeys(GOOD, "stop"), "cut": "length"}


def test_what_cannot_be_done_is_refused_in_words(tmp_path: Path) -> None:
    lines = answered(tmp_path)
    for name, (_, why) in REFUSED.items():
        response = lines[name]["response"]
        assert response["status_code"] == 400
        assert fits(response["body"], REFUSAL), response
        assert why in response["body"]["error"]["message"] == lines[name]["error"]["message"]


@pytest.mark.skipif(find_spec("openai") is None, reason="needs the service's own package: pip install openai")
def test_the_services_own_package_reads_the_answers(tmp_path: Path) -> None:
    from openai.types import ErrorObject
    from openai.types.chat import ChatCompletion

    lines = answered(tmp_path)
    for name in GOOD:
        body = lines[name]["response"]["body"]
        found = ChatCompletion.model_validate(body, strict=True)
        assert found.choices[0].message.content == body["choices"][0]["message"]["content"]
        assert found.usage is not None
        assert found.usage.prompt_tokens_details is not None
        assert found.usage.prompt_tokens_details.cached_tokens == 0
    for name in REFUSED:
        ErrorObject.model_validate(lines[name]["response"]["body"]["error"], strict=True)


def test_the_shape_is_not_that_of_anything() -> None:
    whole = {
        "id": "a",
        "custom_id": "b",
        "response": {"status_code": 200, "request_id": "r", "body": {}},
        "error": None,
    }
    assert fits(whole, LINE)
    assert not fits({**whole, "id": 5}, LINE)
    assert not fits({name: whole[name] for name in ("id", "custom_id", "error")}, LINE)
    assert not fits({**whole, "error": "no"}, LINE)
