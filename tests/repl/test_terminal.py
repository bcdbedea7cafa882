"""The session at its keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from taibao_cli.engine.fake import FakeEngine
from taibao_cli.repl.complete import SessionCompleter
from taibao_cli.repl.preferences import Preferences
from taibao_cli.repl.session import Session
from taibao_cli.repl.store import Talks
from taibao_cli.repl.terminal import loop, make_view, toolbar
from taibao_cli.repl.view import PlainView
from tests.repl.talking import MODEL, Talker, said


@contextmanager
def keyboard() -> Iterator[PipeInput]:
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        yield keys


def typed(text: str, talks: Talks | None = None) -> str:
    """What a session writes while these keys are pressed."""
    written: list[str] = []
    with keyboard() as keys:
        keys.send_text(text + "\x04")
        loop(Session(said(), MODEL, "en", view=PlainView(written.append), talks=talks))
    return "".join(written)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("platformdirs.user_state_dir", lambda *_, **__: str(tmp_path / "state"))
    monkeypatch.setenv("TERM", "xterm-256color")
    return tmp_path / "state"


def test_lines_are_read_until_ctrl_d_and_kept_in_a_private_file(state: Path) -> None:
    talks = Talks(state.parent / "talks.sqlite")
    assert typed("hello\rdropped\x03/clear\rbye\r", talks) == "hello\na new conversation begins\nbye\n"
    history = state / "history"
    kept = [line for line in history.read_text().splitlines() if line.startswith("+")]
    assert kept == ["+hello", "+/clear", "+bye"]
    assert history.stat().st_mode & 0o777 == 0o600


def test_a_private_session_leaves_no_history(state: Path) -> None:
    assert typed("secret\r") == "secret\n"
    assert not state.exists()


def test_ctrl_c_twice_names_the_way_out() -> None:
    assert typed("\x03\x03") == "Ctrl-D leaves\n"


def test_alt_enter_and_ctrl_j_break_the_line() -> None:
    assert typed("one\x1b\rtwo\x0athree\r") == "one\ntwo\nthree\n"


def test_a_pasted_claim_is_one_message() -> None:
    claim = "1. 一种泵，包括：\n" + "壳体；\n" * 100
    assert typed(f"\x1b[200~{claim}\x1b[201~ 是几项？\r") == f"{claim} 是几项？\n"


def test_a_short_paste_stays_as_it_is() -> None:
    assert typed("\x1b[200~two\r\nlines\x1b[201~\r") == "two\nlines\n"


def completions(session: Session, text: str) -> list[str]:
    completer = SessionCompleter(session)
    return [found.text for found in completer.get_completions(Document(text), CompleteEvent())]


def test_completion_offers_what_makes_sense(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    talker = Talker()
    assert completions(talker.session, "/re") == ["/resume"]
    talker.say("x")
    assert completions(talker.session, "/re") == ["/regen", "/retry", "/resume"]
    assert completions(talker.session, "/task ti") == ["title"]
    assert completions(talker.session, "/lang ") == ["zh", "en"]
    assert completions(talker.session, "tell me") == []
    (tmp_path / "claim.txt").touch()
    monkeypatch.chdir(tmp_path)
    assert completions(talker.session, "概括@cl") == ["aim.txt"]
    assert completions(talker.session, "mail me@cl") == []
    assert completions(talker.session, "see @cl") == ["aim.txt"]
    assert completions(talker.session, "/doc cl") == ["claims", "close", "aim.txt"]


def test_the_toolbar_tells_of_the_model_and_the_last_answer() -> None:
    talker = Talker(FakeEngine(lambda request: "ok", context=1000))
    assert toolbar(talker.session) == "fake · private"
    talker.say("x" * 20)
    assert toolbar(talker.session).startswith("fake · context 1 % · ")
    talker.say("/lang zh")
    assert re.fullmatch(r"fake · 上下文 1% · \d+ 词元/秒 · 缓存 0% · 不保存", toolbar(talker.session))


def test_no_colour_and_dumb_terminals_get_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert isinstance(make_view(Preferences()), PlainView)
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(make_view(Preferences()), PlainView)
