"""Lines of an OpenAI batch, in and out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.batch.forms.openai import from_service_line, to_service_line
from taibao_cli.batch.openai import looks_like_one, read_batch_lines
from taibao_cli.batch.record import Record

USER = {"role": "user", "content": "What is a claim?"}


def line(body: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    chat = {"model": "gpt-4o-mini", "messages": [USER], **(body or {})}
    return {"custom_id": "r1", "method": "POST", "url": "/v1/chat/completions", "body": chat, **fields}


def read(row: dict[str, Any]) -> Record:
    (record,) = read_batch_lines([Record(7, row)])
    return record


def test_a_line_is_a_chat_with_its_own_sampling() -> None:
    body = {"temperature": 0.5, "top_p": 0.9, "max_completion_tokens": 7, "seed": 3, "stop": "\n", "n": 1}
    record = read(line({**body, "messages": [{"role": "developer", "content": "Be brief."}, USER], "user": "me"}))
    assert record.error is None
    assert record.service
    assert record.id == "r1"
    overrides = {"max_tokens": 7, "temperature": 0.5, "top_p": 0.9, "seed": 3, "stop": ("\n",)}
    assert record.overrides == overrides
    assert record.row == {
        "id": "r1",
        "task": "chat",
        "messages": [{"role": "system", "content": "Be brief."}, USER],
        "sampling": overrides,
    }


@pytest.mark.parametrize(
    ("form", "schema"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, {"type": "object"}),
        ({"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}, {"type": "object"}),
    ],
)
def test_the_form_of_an_answer(form: dict[str, Any], schema: dict[str, Any] | None) -> None:
    overrides = read(line({"response_format": form})).overrides
    assert overrides is not None
    assert ("schema" in overrides) is (schema is not None)
    assert json.loads(overrides.get("schema") or "null") == schema


def test_parts_of_text_are_joined_and_nulls_say_nothing() -> None:
    parts = [{"type": "text", "text": "What is "}, {"type": "text", "text": "a claim?"}]
    record = read(line({"messages": [{"role": "user", "content": parts}], "tools": None, "stop": None}))
    assert record.error is None
    assert record.row is not None
    assert record.row["messages"] == [USER]
    assert record.overrides == {}


IMAGE = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (line(url="/v1/embeddings"), "url is '/v1/embeddings'; only /v1/chat/completions can be answered"),
        (line(method="GET"), "method is 'GET'; only POST can be answered"),
        (line(body=None) | {"body": "x"}, "a batch line needs body, an object"),
        (line({"n": 2}), "body.n 2 is not supported"),
        (line({"tools": [{"type": "function"}]}), "body.tools [{'type': 'function'}] is not supported"),
        (line({"functions": [{"name": "x"}]}), "body.functions is not supported"),
        (line({"response_format": {"type": "xml"}}), "body.response_format must be of type text, json_object, or"),
        (
            line({"response_format": {"type": "json_schema"}}),
            "body.response_format must be of type text, json_object, or",
        ),
        (line({"stream": True}), "body.stream True is not supported"),
        (line({"messages": [IMAGE]}), "body.messages[0].content[0]: only parts of type text are supported, not 'image"),
        (line({"messages": [{"role": "tool", "content": "x"}]}), "body.messages[0]: the role must be"),
        (line({"messages": [{**USER, "name": "x"}]}), "body.messages[0].name is not supported"),
        (line({"messages": []}), "body.messages must be a list of messages"),
        (line({"temperature": 3}), "body.temperature must be a number from 0 to 2"),
        (line({"max_tokens": 0}), "body.max_tokens must be a whole number from 1"),
        (line({"stop": [1]}), "body.stop must be a text or a list of texts"),
        (line(custom_id=5), "a batch line needs custom_id, a text"),
    ],
)
def test_what_cannot_be_done_is_named(row: dict[str, Any], why: str) -> None:
    record = read(row)
    assert record.error is not None
    assert str(record.error).startswith(why)
    assert record.id == ("r1" if row["custom_id"] == "r1" else "line-7")


def answered(**fields: Any) -> dict[str, Any]:
    usage = {"prompt": 5, "cached": 2, "completion": 3}
    row = {"id": "r1", "task": "chat", "model": "m@1", "output": "A claim is …", "usage": usage, "finish": "stop"}
    return {**row, "error": None, **fields}


def test_an_answer_has_the_shape_of_the_service() -> None:
    found = to_service_line(answered(), created=9)
    own = found["id"].removeprefix("batch_req_")
    assert found == {
        "id": f"batch_req_{own}",
        "custom_id": "r1",
        "response": {
            "status_code": 200,
            "request_id": f"req_{own}",
            "body": {
                "id": f"chatcmpl-{own}",
                "object": "chat.completion",
                "created": 9,
                "model": "m@1",
                "choices": [
                    {
                        "index": 0,
                        "message": {"role": "assistant", "content": "A claim is …", "refusal": None},
                        "logprobs": None,
                        "finish_reason": "stop",
                    }
                ],
                "usage": {
                    "prompt_tokens": 5,
                    "completion_tokens": 3,
                    "total_tokens": 8,
                    "prompt_tokens_details": {"cached_tokens": 2},
                },
            },
        },
        "error": None,
    }
    assert found["id"] == to_service_line(answered(), created=10)["id"]
    assert found["id"] != to_service_line(answered(id="r2"), created=9)["id"]


@pytest.mark.parametrize(
    ("kind", "retryable", "status", "code"),
    [
        ("bad_value", False, 400, "bad_value"),
        ("too_long", False, 400, "context_length_exceeded"),
        ("engine", False, 500, "engine"),
        ("engine", True, 503, "engine"),
    ],
)
def test_an_error_is_a_refusal(kind: str, retryable: bool, status: int, code: str) -> None:
    error = {"type": kind, "message": "line 1: no", "retryable": retryable}
    found = to_service_line(answered(output=None, finish="error", error=error), created=9)
    assert found["error"] == {"code": code, "message": "line 1: no"}
    assert found["response"]["status_code"] == status
    assert found["response"]["body"]["error"]["code"] == code
    again = to_service_line(from_service_line(json.loads(json.dumps(found))), created=10)
    assert again == found


@given(
    st.text(),
    st.text(min_size=1),
    st.sampled_from(["stop", "length", "loop", "cancelled"]),
    st.tuples(*[st.integers(0, 9999)] * 3),
)
def test_lines_are_read_back_as_they_were_written(output: str, own: str, finish: str, tokens: Any) -> None:
    usage = dict(zip(("prompt", "cached", "completion"), tokens, strict=True))
    found = to_service_line(answered(id=own, output=output, finish=finish, usage=usage), created=9)
    assert to_service_line(from_service_line(found), created=10) == found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["messages", "n", "stop", "temperature", "tools", "seed", "x"])


@given(st.dictionaries(NAMES, JSON), JSON, JSON)
def test_any_body_is_a_chat_or_an_error(body: dict[str, Any], own: Any, url: Any) -> None:
    for row in (line(body), line(body, custom_id=own), line(url=url), {"custom_id": own, "body": own, "url": url}):
        assert looks_like_one(row)
        record = read(row)
        assert (record.error is None) == ("messages" in (record.row or {}))
        assert isinstance(record.id, str)
