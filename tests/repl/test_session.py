from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from taibao_cli.engine.base import Request, Result
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.models.registry import Model
from taibao_cli.repl.session import Session

MODEL = Model(name="fake", path=Path(), sha256="0" * 64, prompt="brief", lexicon=None, metadata={})


def talk(*lines: str, engine: FakeEngine | None = None) -> list[str]:
    """What the session writes for each line."""
    written: list[str] = []
    session = Session(engine or FakeEngine(), MODEL, "en", write=written.append)
    answers = []
    for line in lines:
        written.clear()
        assert session.handle(line) is (line not in ("/exit", "/quit"))
        answers.append("".join(written))
    return answers


def test_a_conversation_is_remembered_until_it_is_cleared() -> None:
    engine = FakeEngine(lambda request: " | ".join(message.content for message in request.messages))
    assert talk("one", "two", "/clear", "three", engine=engine) == [
        "one\n",
        "one | one | two\n",
        "the conversation starts anew\n",
        "three\n",
    ]


def test_a_turn_that_failed_leaves_no_trace() -> None:
    engine = FakeEngine(lambda request: str(len(request.messages)), context=600)
    failed, answered = talk("x" * 4000, "short", engine=engine)
    assert failed.endswith("the conversation fills the context of the model; /clear starts anew\n")
    assert answered == "1\n"


def test_task_commands() -> None:
    translated, classified, judged, asked = talk(
        "/translate 电池", "/classify 电池", "/judge 发明专利权的期限为二十年。", "/ask 发明专利权的期限是多久？"
    )
    assert translated == "echo: 电池 译成英文\n"
    assert len(classified.splitlines()) == 3
    assert judged.startswith("GROUNDED\n正确\n")
    assert asked.startswith("GROUNDED\n")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/title", "/title needs a text after it\n"),
        ("/poem", "no command /poem; /help lists them\n"),
        ("", ""),
        ("/exit", ""),
        ("/usr/bin/ls is a path", "echo: /usr/bin/ls is a path\n"),
    ],
)
def test_other_lines(line: str, answer: str) -> None:
    assert talk(line) == [answer]


def test_a_full_width_space_ends_a_command() -> None:
    assert talk("/translate\u3000电池") == ["echo: 电池 译成英文\n"]


def test_help_names_the_commands() -> None:
    assert "/translate /title /classify /summarize /ask /judge" in talk("/help")[0]


def test_an_interrupt_stops_the_answer_and_not_the_session() -> None:
    class Slow(FakeEngine):
        def stream(self, request: Request, emit: Callable[[str], None]) -> Result:
            emit("half")
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(1000):
                if self._cancelled:
                    return Result(request.key, "half", "cancelled")
                time.sleep(0.001)
            raise AssertionError("the interrupt did not reach the engine")

    before = signal.getsignal(signal.SIGINT)
    assert talk("tell me", "/exit", engine=Slow())[0] == "half\n(stopped)\n"
    assert signal.getsignal(signal.SIGINT) is before


def test_lines_are_read_until_ctrl_d_and_kept_in_a_private_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_state_dir", lambda *_, **__: str(tmp_path / "state"))
    written: list[str] = []
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("hello\rdropped\x03bye\r\x04")
        Session(FakeEngine(), MODEL, "en", write=written.append).loop()
    assert "".join(written) == "echo: hello\necho: bye\n"
    history = tmp_path / "state" / "history"
    assert [line for line in history.read_text().splitlines() if line.startswith("+")] == ["+hello", "+bye"]
    assert history.stat().st_mode & 0o777 == 0o600
