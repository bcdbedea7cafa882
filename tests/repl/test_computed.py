"""What was computed of the last conversation is there when it goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from taibao_cli.engine.base import Message, Request, Result
from taibao_cli.engine.llamacpp.engine import LlamaCppEngine
from tests.repl.screen import Screen
from tests.tiny import make_tiny_gguf

FIRST = (Message("user", "a pump with a housing and an impeller"),)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_gguf(tmp_path_factory.mktemp("model") / "tiny.gguf")


def answered(engine: LlamaCppEngine, *messages: Message) -> Result:
    return engine.stream(Request("k", messages, 8), lambda piece: None)


def second_turn(answer: str) -> tuple[Message, ...]:
    return (*FIRST, Message("assistant", answer), Message("user", "and a filter"))


def test_another_process_goes_on_without_computing_the_beginning_again(model: Path, tmp_path: Path) -> None:
    engine = LlamaCppEngine(model, width=1)
    assert not engine.save_state(tmp_path / "none"), "nothing is computed yet"
    first = answered(engine, *FIRST)
    assert engine.save_state(tmp_path / "state")
    whole = answered(engine, *second_turn(first.text))
    engine.close()

    again = LlamaCppEngine(model, width=1)
    assert again.load_state(tmp_path / "state") >= first.usage.prompt
    resumed = answered(again, *second_turn(first.text))
    assert resumed.text == whole.text
    assert resumed.usage.cached == whole.usage.cached >= first.usage.prompt
    again.close()


def test_what_cannot_be_used_is_left_alone(model: Path, tmp_path: Path) -> None:
    engine = LlamaCppEngine(model, width=1)
    (tmp_path / "damaged").write_bytes(b"not a state" * 99)
    assert engine.load_state(tmp_path / "damaged") == 0
    assert engine.load_state(tmp_path / "gone") == 0
    assert answered(engine, *FIRST).usage.cached == 0
    assert engine.save_state(tmp_path / "state")
    whole = (tmp_path / "state").read_bytes()
    engine.close()
    for size in (len(whole) // 2, len(whole) - 3):
        (tmp_path / "cut").write_bytes(whole[:size])
        other = LlamaCppEngine(model, width=1)
        assert other.load_state(tmp_path / "cut") == 0
        assert answered(other, *FIRST).text == answered(other, *FIRST).text
        other.close()


def test_a_session_keeps_it_for_the_next_and_forgets_it(model: Path, tmp_path: Path) -> None:
    options = ("--model", str(model), "--max-tokens", "8")
    with Screen(tmp_path, *options, TAIBAO_ENGINE="") as screen:
        screen.say("/set max_tokens 8")
        screen.say("a pump with a housing")
        screen.type("/exit\r")
        screen.child.expect("\\Z")
        screen.child.wait()
    (kept,) = tmp_path.rglob("computed-1-*.kv")
    assert kept.stat().st_mode & 0o777 == 0o600
    with Screen(tmp_path, "-c", *options, TAIBAO_ENGINE="") as screen:
        screen.say("and a filter")
        stats = screen.say("/stats")
        screen.say("/forget 1")
    cached = int(stats.split(" tokens (")[1].split(" cached")[0])
    assert cached > 20
    assert list(tmp_path.rglob("computed-*")) == []
