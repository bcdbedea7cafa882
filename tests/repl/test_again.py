"""The last task once more, changed or examined: it stays the task it was."""

from __future__ import annotations

import io
import json
import os
import re
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from taibao_cli.engine.base import Request, Result
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.errors import RowError
from taibao_cli.repl.preferences import Preferences
from taibao_cli.repl.store import Talks
from taibao_cli.repl.view import RichView
from tests.repl.talking import SMALL, Talker, said, talk

LONG = "".join(f"一种泵，包括第{n}壳体。" for n in range(40))


def seeds() -> FakeEngine:
    """An engine that answers with the seed and the length of the last message."""
    return FakeEngine(lambda request: f"{request.sampling.seed} {len(request.messages[-1].content)}")


def test_regen_of_a_translation_was_a_chat_about_its_prompt() -> None:
    talker = Talker(seeds(), preferences=Preferences())
    first = talker.say("/translate 一种泵，有5个叶片。")
    again = talker.say("/regen")
    assert first.splitlines()[0] == again.splitlines()[0].replace("1 ", "0 ", 1)
    assert "[quantities]" in again, "a translation again, with its checks"
    assert talker.session.talk.turns[-1].task == "translate"
    assert talker.say("/diff").splitlines()[1:] == [f"-{first.splitlines()[0]}", f"+{again.splitlines()[0]}"]


def test_regen_with_the_built_in_model_asked_the_primer_about_the_text() -> None:
    talker = Talker(seeds(), model=SMALL)
    first = talker.say("/title 一种泵，包括壳体和叶轮。")
    again = talker.say("/regen")
    assert (first[0], again[0], first[1:]) == ("0", "1", again[1:])
    assert [turn.task for turn in talker.session.talk.turns] == ["title", "title"]


def test_a_task_of_an_earlier_session_is_answered_again(tmp_path: Path) -> None:
    talks = Talks(tmp_path / "talks.sqlite")
    Talker(seeds(), talks, model=SMALL).say("/translate 一种泵")
    talker = Talker(seeds(), talks, model=SMALL)
    talker.say("/resume 1")
    talker.say("/regen")
    assert [turn.task for turn in talker.session.talk.turns] == ["translate", "translate"]
    assert talker.session.talk.number == 1


@pytest.mark.parametrize("command", ["/regen", "/edit"])
def test_an_answer_was_lost_when_the_next_try_failed(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = 0

    def answer(request: Request) -> str:
        nonlocal tries
        tries += 1
        if tries > 1:
            raise RowError("engine", "out of memory")
        return "the first"

    monkeypatch.setattr("click.edit", lambda text: f"{text} edited")
    talker = Talker(FakeEngine(answer))
    talker.say("x")
    assert talker.say(command) == "\nout of memory\n"
    assert [turn.content for turn in talker.session.talk.turns] == ["x", "the first"]


class Interrupted(FakeEngine):
    """Ctrl-C comes after the first answer."""

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        for count, result in enumerate(super().run(requests)):
            if count == 0:
                yield result
                os.kill(os.getpid(), signal.SIGINT)
            else:
                yield Result(result.key, "", "cancelled")


def test_an_interrupted_translation_was_lost_with_what_was_done() -> None:
    talker = Talker(Interrupted(lambda request: f"The {len(request.messages[-1].content)}."), model=SMALL)
    written = talker.say(f"/translate {LONG}")
    assert re.fullmatch(r"The \d+\.\n\(stopped\)\n", written)
    assert [turn.finish for turn in talker.session.talk.turns] == ["stop", "cancelled"]
    talker.say("/regen")
    assert [turn.task for turn in talker.session.talk.turns] == ["translate", "translate"]


def test_a_long_translation_showed_nothing_until_it_was_done() -> None:
    to = Console(file=io.StringIO(), force_terminal=True, width=80)
    talker = Talker(FakeEngine(lambda request: "The pump."), model=SMALL)
    talker.session.view = RichView(to)
    talker.session.handle(f"/translate {LONG}")
    assert isinstance(to.file, io.StringIO)
    shown = to.file.getvalue()
    assert 0 < shown.index("1 parts done …") < shown.index("2 parts done …") < shown.index("The pump.")


def test_edit_of_a_command_forgot_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []

    def edit(text: str) -> str:
        given.append(text)
        return text.replace("泵", "阀")

    monkeypatch.setattr("click.edit", edit)
    talker = Talker(said())
    talker.say("/translate 一种泵")
    talker.say("/edit")
    talker.say("/edit")
    assert given == ["/translate 一种泵", "/translate 一种阀"]
    assert talker.session.talk.turns[0].text == "一种阀"
    assert talker.session.talk.turns[-1].task == "translate"


def test_a_translated_document_was_its_claims_alone_and_checked_against_all(tmp_path: Path) -> None:
    row = {"title": "泵", "abstract": "一种泵，有3个叶片。", "claims": ["1. 一种泵。"], "description": "本发明涉及泵。"}
    (tmp_path / "p.json").write_text(json.dumps(row, ensure_ascii=False), "utf-8")
    talker = Talker(said())
    talker.say(f"/doc {tmp_path / 'p.json'}")
    assert "泵\n\n一种泵，有3个叶片。\n\n1. 一种泵。\n\n[0001] 本发明涉及泵。" in talker.say("/translate")
    assert talker.say("/sides").startswith("泵\n"), "the source, not the name of the file"
    talker.say("/translate abstract")
    assert talker.say("/sides").startswith("一种泵，有3个叶片。\n")
    assert talker.session.talk.turns[-2].shown == "abstract @p.json"


def test_check_shows_all_findings_of_any_answer_until_a_document_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "claims.txt"
    path.write_text("1. 一种泵，包括壳体。", "utf-8")
    talker = Talker(FakeEngine(lambda _: "The best pump ever!"), preferences=Preferences())
    under = talker.say("/title 一种泵，包括壳体。").splitlines()[1:]
    shown = talker.say("/check").splitlines()
    assert set(under) - {under[-1]} < set(shown), "the last line tells of what /check shows besides"
    talker.say(f"/doc {path}")
    assert "[source-script]" not in talker.say("/check")


@pytest.mark.parametrize("command", ["/continue", "/drop", "/compact", "/tokens", "/system be brief"])
def test_a_model_without_conversation_says_so_where_it_matters(command: str) -> None:
    assert talk("/title 一种泵", command, model=SMALL)[1] == "this model cannot chat; take another one with /model\n"


def test_a_model_without_conversation_never_warns_of_its_context() -> None:
    talker = Talker(FakeEngine(lambda _: "ok", context=100), model=SMALL)
    for _ in range(9):
        assert talker.say("/title 一种泵，包括壳体和叶轮。") == "ok\n"
    assert talker.session.held == 0


def test_what_decided_a_type_was_counted_as_an_answer() -> None:
    talker = Talker(model=SMALL)
    assert "Decided by: wording" in talker.say("/type The utility model provides a clamp.")
    assert "Decided" not in talker.session.talk.turns[-1].content
    assert "Decided" in talker.say("/judge The term of a utility model patent is twenty years.")
    assert "Decided" not in talker.session.talk.turns[-1].content


def test_the_state_of_an_answer_on_law_is_in_the_language_of_the_session() -> None:
    chinese, english = talk("/ask 发明专利权的期限是多久？", lang="zh"), talk("/ask 发明专利权的期限是多久？")
    assert chinese[0].splitlines()[0] == "有依据"
    assert english[0].splitlines()[0] == "GROUNDED"
