"""What a server is asked, and what its answers become."""

from __future__ import annotations

import json
import math

import pytest

from taibao_cli.engine.base import LabelScore, Message, Request, Result, Sampling, Usage
from taibao_cli.engine.http.completion import events
from taibao_cli.engine.http.engine import HttpEngine
from taibao_cli.engine.http.labels import match_label
from taibao_cli.engine.thoughts import Thoughts, split_thoughts
from tests.engine.servers.chat_server import Chat, Reply, ask, event, failed, one, said, streamed

pytest.importorskip("httpx")


def test_streams_pieces(chat: Chat, engine: HttpEngine) -> None:
    pieces = ["一种", "电池", "\u2028 <b>", "\x85", "包"]
    whole = b"".join(event(piece) for piece in pieces) + event(None, "length")
    chat.answer = lambda body, number: streamed(*(whole[at : at + 7] for at in range(0, len(whole), 7)))
    got: list[str] = []
    result = engine.stream(ask("a"), got.append)
    assert got == pieces
    assert result == Result("a", "".join(pieces), "length", Usage(5, 0, 2))
    assert chat.asked[0]["stream"] is True


def test_streams_no_thoughts(chat: Chat, engine: HttpEngine) -> None:
    thinking = [
        event(None, reasoning_content="secret"),
        event(" <thi"),
        event("nk>sec"),
        event("ret</th"),
        event("ink>"),
    ]
    chat.answer = lambda body, number: streamed(*thinking, event("\n\n"), event("\nan"), event("swer", "stop"))
    got: list[str] = []
    result = engine.stream(ask("a"), got.append)
    assert result.text == "answer" == "".join(got)
    assert result.reasoning == "secretsecret"


def test_a_stream_that_breaks_off_is_an_error(chat: Chat, engine: HttpEngine, waits: list[float]) -> None:
    chat.answer = lambda body, number: Reply([event("half")])
    result = engine.stream(ask("a"), lambda piece: None)
    assert result.error is not None
    assert result.error.retryable
    assert len(chat.asked) == 1
    chat.answer = lambda body, number: Reply([b'data: {"error": {"message": "out of memory"}}\n\n'])
    assert "out of memory" in str(engine.stream(ask("a"), lambda piece: None).error)
    chat.answer = lambda body, number: failed(503, "busy") if number == 3 else streamed(event("good", "stop"))
    assert engine.stream(ask("a"), lambda piece: None).text == "good"
    assert len(waits) == 1


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<think>so</think>\n\nanswer", "answer"),
        ("<think></think><think>more</think>answer", "answer"),
        ("so it is</think>\nanswer", "answer"),
        ("<think>cut short", ""),
        (" <thinner> layer", " <thinner> layer"),
        ("the tag <think> in a text", "the tag <think> in a text"),
        (" <", " <"),
    ],
)
def test_thoughts_are_no_answer(text: str, answer: str, chat: Chat, engine: HttpEngine) -> None:
    chat.answer = lambda body, number: Reply(said(text))
    assert one(engine).text == answer
    thoughts = Thoughts()
    assert split_thoughts("".join(map(thoughts.feed, text)) + thoughts.end())[0] == answer


def test_thoughts_beside_the_answer_are_kept_apart(chat: Chat, engine: HttpEngine) -> None:
    message = {"role": "assistant", "content": None, "reasoning_content": "secret"}
    chat.answer = lambda body, number: Reply({"choices": [{"message": message, "finish_reason": "length"}]})
    assert one(engine) == Result("a", "", "length", reasoning="secret")


def test_a_withheld_answer_is_no_answer(chat: Chat, engine: HttpEngine) -> None:
    chat.answer = lambda body, number: Reply(said("part of", "content_filter"))
    assert one(engine).finish == "error"


def test_labels(chat: Chat, engine: HttpEngine) -> None:
    tokens = [("<think>x</think>", -9.0), ("Elec", math.log(0.8)), ("tric", math.log(0.75)), ("<|im_end|>", -2.0)]
    given = {"content": [{"token": token, "logprob": logprob} for token, logprob in tokens]}
    chat.answer = lambda body, number: Reply(said("<think>x</think>Electric", logprobs=given))
    result = one(engine, ask("a", labels=("motor", "Electric", "other")))
    assert (result.text, result.finish, result.usage) == ("Electric", "label", Usage(7, 0, 3))
    assert result.labels is not None
    assert [score.label for score in result.labels] == ["Electric", "motor", "other"]
    assert [score.p for score in result.labels] == pytest.approx([0.6, 0.2, 0.2])
    assert (chat.asked[0]["logprobs"], chat.asked[0]["temperature"]) == (True, 0)


def test_labels_without_probabilities_or_with_low_ones(chat: Chat, engine: HttpEngine) -> None:
    chat.answer = lambda body, number: Reply(said("motor"))
    assert one(engine, ask("a", labels=("cell", "motor"))).labels == (LabelScore("motor", 1), LabelScore("cell", 0))
    low = {"content": [{"token": "motor", "logprob": -20.0}]}
    chat.answer = lambda body, number: Reply(said("motor", logprobs=low))
    assert one(engine, ask("a", labels=("cell", "motor"))).labels == (LabelScore("motor", 0.5), LabelScore("cell", 0.5))
    chat.answer = lambda body, number: Reply(said("neither"))
    error = one(engine, ask("a", labels=("cell", "motor"))).error
    assert error is not None
    assert (error.kind, error.retryable, str(error)) == (
        "engine",
        False,
        "the answer 'neither' is none of the 2 labels",
    )


@pytest.mark.parametrize(
    ("answer", "labels", "found"),
    [
        ("H01M", ("H01M", "H01L"), "H01M"),
        ("**H01M 10/05**", ("H01M", "H01L"), "H01M"),
        ("h01m10/05", ("H01M", "H01L"), "H01M"),
        ("H01", ("H01M", "H01L"), None),
        ("H01", ("H01M", "G06F"), "H01M"),
        ("支持。理由如下", ("支持", "不支持"), "支持"),
        ("AB C", ("A", "AB"), "AB"),
        ("Based on the text", ("A", "B"), None),
        ("10", ("0", "1"), None),
        ("0.75", ("0", "1"), None),
        ("Motor", ("MOTOR", "motor"), None),
        ("", ("a", "b"), None),
        ("**", ("a", "b"), None),
    ],
)
def test_match_label(answer: str, labels: tuple[str, ...], found: str | None) -> None:
    assert match_label(answer, labels) == found


def test_events_in_any_pieces() -> None:
    whole = b': comment\r\n\r\ndata: {"a": "\xe2\x80\xa8"}\r\n\r\ndata:{"b": 1}\n\ndata: [DONE]\n\n'
    for size in range(1, len(whole)):
        pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
        assert list(events(pieces)) == [{"a": "\u2028"}, {"b": 1}]


def test_what_is_sent_and_what_comes_back(chat: Chat, engine: HttpEngine) -> None:
    usage = {"prompt_tokens": 40, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 32}}
    chat.answer = lambda body, number: Reply({**said("电池", "length"), "usage": usage})
    assert one(engine, ask("a", "一种\ud800电池")) == Result("a", "电池", "length", Usage(40, 32, 9))
    assert chat.asked == [
        {
            "model": "tiny",
            "messages": [{"role": "system", "content": "answer"}, {"role": "user", "content": "一种\ud800电池"}],
            "max_tokens": 100,
            "temperature": 0.0,
        }
    ]
    one(engine, Request("b", (Message("user", "x"),), 5, Sampling(temperature=0.5, seed=3), stop=("\n",)))
    assert {name: chat.asked[1][name] for name in ("temperature", "seed", "top_p", "stop")} == {
        "temperature": 0.5,
        "seed": 3,
        "top_p": 0.95,
        "stop": ["\n"],
    }


def test_a_schema_is_asked_for_as_response_format(chat: Chat, engine: HttpEngine) -> None:
    chat.answer = lambda body, number: Reply(said('{"a": 1}'))
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    result = one(engine, Request("a", (Message("user", "x"),), 20, schema=json.dumps(schema)))
    assert result.text == '{"a": 1}'
    assert chat.asked[0]["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": schema, "strict": True},
    }
