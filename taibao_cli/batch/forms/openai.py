"""Lines of an OpenAI batch output: what services answer to the lines that `batch.openai` reads.

https://platform.openai.com/docs/api-reference/batch/request-output
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO, Final

from taibao_cli.batch.forms.base import Form, Row, RowWriter, Sink
from taibao_cli.batch.forms.jsonl import read_lines_of_json, to_line
from taibao_cli.batch.record import Record

_CODES: Final = {"too_long": "context_length_exceeded"}
_KINDS: Final = {code: kind for kind, code in _CODES.items()}


def to_service_line(row: Row, created: int) -> dict[str, Any]:
    """The line for an output row; ids are digests of model and `custom_id`."""
    error = row["error"]
    model = row["model"] if error is None else ""
    own = hashlib.sha256(f"{model}\0{row['id']}".encode("utf-8", "replace")).hexdigest()[:24]
    if error is None:
        code, answer = 200, _completion(row, own, row.get("created", created))
    else:
        code, answer = _refusal(error)
    return {
        "id": f"batch_req_{own}",
        "custom_id": str(row["id"]),
        "response": {"status_code": code, "request_id": f"req_{own}", "body": answer},
        "error": None if error is None else {"code": answer["error"]["code"], "message": error["message"]},
    }


def from_service_line(line: Row) -> dict[str, Any]:
    """The output row for a line that `to_service_line` made."""
    body, error = line["response"]["body"], line["error"]
    common = {"id": line["custom_id"], "task": "chat"}
    if error is not None:
        kind = _KINDS.get(error["code"], error["code"])
        retryable = line["response"]["status_code"] == 503
        failed = {"type": kind, "message": error["message"], "retryable": retryable}
        usage = {"prompt": 0, "cached": 0, "completion": 0}
        return {**common, "model": None, "output": None, "usage": usage, "finish": "error", "error": failed}
    choice, usage = body["choices"][0], body["usage"]
    return {
        **common,
        "model": body["model"],
        "output": choice["message"]["content"],
        "usage": {
            "prompt": usage["prompt_tokens"],
            "cached": usage["prompt_tokens_details"]["cached_tokens"],
            "completion": usage["completion_tokens"],
        },
        "finish": choice["finish_reason"],
        "error": None,
        "created": body["created"],
    }


def _completion(row: Row, own: str, created: int) -> dict[str, Any]:
    usage = row["usage"]
    message = {"role": "assistant", "content": row["output"], "refusal": None}
    reason = "stop" if row["finish"] == "stop" else "length"  # a loop or an interruption: not whole either
    return {
        "id": f"chatcmpl-{own}",
        "object": "chat.completion",
        "created": created,
        "model": row["model"],
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": reason}],
        "usage": {
            "prompt_tokens": usage["prompt"],
            "completion_tokens": usage["completion"],
            "total_tokens": usage["prompt"] + usage["completion"],
            "prompt_tokens_details": {"cached_tokens": usage["cached"]},
        },
    }


def _refusal(error: Row) -> tuple[int, dict[str, Any]]:
    """Status code and body for a row that failed: 400 what was asked, 500 what went wrong here, 503 for a while."""
    ours = error["type"] == "engine"
    code = (503 if error["retryable"] else 500) if ours else 400
    return code, {
        "error": {
            "message": error["message"],
            "type": "server_error" if ours else "invalid_request_error",
            "param": None,
            "code": _CODES.get(error["type"], error["type"]),
        }
    }


class _ServiceLines(RowWriter):
    def __init__(self, stream: Sink, *, created: int) -> None:
        self._stream, self._created = stream, created

    def write(self, row: Row, record: Record | None) -> None:
        self._stream.write(to_line(to_service_line(row, self._created)))


def _read(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    return map(from_service_line, read_lines_of_json(stream))


def service_lines(created: int | None = None) -> Form:
    """`created` is the time that answers carry, in seconds since 1970; default: now."""
    return Form("openai", partial(_ServiceLines, created=int(time.time()) if created is None else created), _read)
