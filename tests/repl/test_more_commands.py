"""Taking back, summing up, files, charts, checks under answers, and what else the session does beside answering."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from threading import Event
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.engine.base import Request, Result
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.errors import ModelError
from taibao_cli.repl.background import LoadingEngine
from taibao_cli.repl.docx import docx
from taibao_cli.repl.preferences import CHOICES, Preferences, read_preferences
from taibao_cli.repl.store import Talks
from taibao_cli.repl.terminal import toolbar
from tests.repl.talking import SMALL, Talker, said, talk

CLAIM = "1. 一种泵，包括壳体；叶轮，所述叶轮设于壳体内；以及滤网。"


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path / "config")


def test_undo_takes_back_the_last_exchange_alone() -> None:
    answers = talk("one", "one", "/undo", "two", "/undo", "/undo", "/undo", engine=said())
    assert answers == [
        "one\n",
        "one | one | one\n",
        "took back: one\n",
        "one | one | two\n",
        "took back: two\n",
        "took back: one\n",
        "there is no conversation yet\n",
    ]


def test_edit_changes_the_last_of_two_equal_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("click.edit", lambda text: f"{text} edited")
    assert talk("one", "one", "/edit", engine=said())[2] == "one | one | one edited\n"


def test_a_summary_stands_in_for_what_was_before_it(tmp_path: Path) -> None:
    engine = FakeEngine(lambda request: f"{len(request.messages)} {request.max_tokens}")
    talks = Talks(tmp_path / "t.sqlite")
    talker = Talker(engine, talks)
    assert [talker.say(line) for line in ("one", "two")] == ["2 512\n", "4 512\n"]
    assert talker.say("/compact").splitlines() == [
        "6 600",
        "from here on the model gets the summary in place of the 4 messages before it "
        "(they stay in the kept conversation)",
    ]
    assert talker.say("three") == "4 512\n", "system prompt, request and summary, message"
    resumed = Talker(engine, talks)
    resumed.say("/resume 1")
    assert resumed.say("four") == "6 512\n"


def test_no_summary_without_room_or_from_a_model_that_cannot_chat() -> None:
    assert talk("/set max_tokens 9", "x" * 900, "y" * 850, "/compact", engine=FakeEngine(lambda _: "ok", context=1000))[
        3
    ].startswith("there is no room")
    assert talk("x", "/compact", model=SMALL)[1] == "this model cannot chat; take another one with /model\n"


def test_a_file_goes_along_with_one_message(tmp_path: Path) -> None:
    path = tmp_path / "claims.txt"
    path.write_text("1. 一种泵。", "utf-8")
    answers = talk(f"/file {path}", "/file", "explain", "and now", f"/file {path}", "/file none", "x", engine=said())
    assert answers[0] == "claims.txt: 4 tokens (of 4,096), goes along with the next message\n"
    assert answers[1] == "along with the next message: claims.txt; /file none takes it back\n"
    assert answers[2] == "1. 一种泵。\n\nexplain\n"
    assert answers[3].endswith(" | and now\n")
    assert answers[6].endswith(" | x\n")
    assert talk("/file", "/file gone.txt") == ["usage: /file FILE\n", "there is no file gone.txt\n"]


def test_a_claim_chart() -> None:
    (chart,) = talk(f"/chart {CLAIM} ||| 叶轮位于壳体内。")
    lines = chart.splitlines()
    assert any(line.startswith("叶轮，所述叶轮设于壳体内  叶轮位于壳体内。  ") for line in lines)
    assert "not found" in chart
    assert lines[-1] == "passages are found by their words, verdicts are the model's; check both"
    assert talk("/chart nothing")[0] == "usage: /chart CLAIM ||| DOCUMENT\n"


def test_checks_stand_under_an_answer() -> None:
    talker = Talker(FakeEngine(lambda _: "A pump with 3 vanes."), preferences=Preferences())
    lines = talker.say("/translate 一种泵，有5个叶片。").splitlines()
    assert lines[0] == "A pump with 3 vanes."
    assert any(line.startswith(("FIX", "REVIEW")) and "[quantities]" in line for line in lines[1:])
    assert "took" not in talker.say("hello"), "nothing under a chat"
    assert len(talker.say("hello").splitlines()) == 1


def test_a_symbol_is_looked_up_and_a_text_is_classified() -> None:
    symbol, text = talk("/ipc h04l65/1016", "/ipc 电池")
    assert symbol.splitlines()[0] == "H04L 65/1016"
    assert symbol.splitlines()[-1].startswith("  H04L  ")
    assert len(text.splitlines()) == 3


def test_what_a_thinking_model_thought_is_shown_when_asked_for() -> None:
    class Thinking(FakeEngine):
        def stream(self, request: Request, emit: Callable[[str], None]) -> Result:
            emit("yes")
            return Result(request.key, "yes", "stop", reasoning="let me see")

    assert talk("x", "/set thinking on", "x", engine=Thinking()) == ["yes\n", "thinking = on\n", "yes\nlet me see\n"]


def test_preferences_are_kept() -> None:
    assert talk("/set keys vi", "/set keys ed", "/set theme=light") == [
        "keys = vi\n",
        "keys takes emacs | vi\n",
        "theme = light\n",
    ]
    assert read_preferences() == Preferences(checks="off", keys="vi", theme="light").having("checks", "off")
    assert set(CHOICES) == set(Preferences.__slots__)


def test_the_user_types_while_the_model_is_loaded() -> None:
    loaded = Event()

    def load() -> FakeEngine:
        loaded.wait(10)
        return said()

    talker = Talker(LoadingEngine(load))  # type: ignore[arg-type]
    assert toolbar(talker.session) == "fake · loading"
    assert talker.say("/lang en") == "messages are in English\n"
    loaded.set()
    assert talker.say("hello") == "hello\n"
    assert toolbar(talker.session).startswith("fake · ")


def test_waiting_for_the_model_can_be_stopped() -> None:
    loaded = Event()
    engine = LoadingEngine(lambda: (loaded.wait(10), said())[1])
    stopped = Event()

    def give_up() -> None:
        stopped.wait(10)
        engine.cancel()

    import threading

    threading.Thread(target=give_up).start()
    stopped.set()
    assert engine.stream(Request("k", (), 1), lambda piece: None).finish == "cancelled"
    loaded.set()
    engine.close()


def test_a_model_that_cannot_be_loaded_is_an_error_of_the_line() -> None:
    def load() -> FakeEngine:
        raise ModelError("x.gguf is damaged")

    talker = Talker(LoadingEngine(load))  # type: ignore[arg-type]
    assert talker.say("hello") == "\nx.gguf is damaged\n"
    assert talker.session.talk.turns == []
    assert talker.say("/lang en") == "messages are in English\n"


@given(st.lists(st.tuples(st.text(), st.booleans()), max_size=5))
def test_a_word_document_holds_any_text(paragraphs: list[tuple[str, bool]]) -> None:
    from io import BytesIO

    with zipfile.ZipFile(BytesIO(docx(paragraphs))) as archive:
        root = ElementTree.fromstring(archive.read("word/document.xml"))
    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    found = ["\n".join(t.text or "" for t in p.iter(f"{space}t")) for p in root.iter(f"{space}p")]
    assert len(found) == len(paragraphs)
    for shown, (text, _) in zip(found, paragraphs, strict=True):
        assert len(shown) == len(text)


def test_word_opens_the_conversation(tmp_path: Path) -> None:
    document = pytest.importorskip("docx", reason="python-docx is not installed")
    talker = Talker()
    talker.say("一种泵 <b> & ]]>")
    talker.say(f"/export {tmp_path / 'talk.docx'}")
    paragraphs = document.Document(tmp_path / "talk.docx").paragraphs
    assert [paragraph.text for paragraph in paragraphs][1:] == ["一种泵 <b> & ]]>", "echo: 一种泵 <b> & ]]>"]
