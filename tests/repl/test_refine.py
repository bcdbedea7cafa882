"""What is wanted of the last answer of a model that cannot chat: done without it, or told plainly."""

from __future__ import annotations

from pathlib import Path

import pytest

from taibao_cli.engine.base import Request
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.messages import say
from taibao_cli.repl.preferences import Preferences
from taibao_cli.repl.store import Talks
from taibao_cli.repl.wishes import OtherWord, wish_of
from tests.repl.talking import SMALL, Talker, said, talk

SUMMARY = "本发明公开一种泵。其叶轮为铜制。因此噪声低。"
SOURCE = "一种电极，包括集流体。"


def drafts() -> FakeEngine:
    """An engine that answers with the draft it is offered, as a model does that obeys."""

    def answer(request: Request) -> str:
        _text, *draft, _task = request.messages[-1].content.split("\n\n")
        return draft[0] if draft else "A pole."

    return FakeEngine(answer)


def summaries() -> FakeEngine:
    return FakeEngine(lambda request: SUMMARY)


@pytest.mark.parametrize(
    "line",
    [
        "用‘electrode’译 电极",
        "请用 electrode 来翻译电极",
        "把“电极”译成“electrode”。",
        "电极应译为 electrode",
        "use 'electrode' for 电极",
        "Please translate 电极 as electrode.",
        "电极 should be electrode",
        "电极 = electrode",
        "could you use electrode for 电极?",
    ],
)
def test_another_word_for_a_term_was_answered_with_a_law(line: str) -> None:
    first, again = talk(f"/translate {SOURCE}", line, engine=drafts(), model=SMALL)
    assert first == "A pole.\n"
    assert again == (
        "一种 electrode, 包括集流体.\ntranslations of this conversation have from here on: 电极 = electrode\n"
    )


def test_terms_hold_in_the_conversation_until_they_are_taken_back() -> None:
    talker = Talker(drafts(), model=SMALL)
    talker.say(f"/translate {SOURCE}")
    talker.say("use electrode for 电极")
    assert talker.say("use collector for 集流体").splitlines() == [
        "一种 electrode, 包括 the collector.",
        "translations of this conversation have from here on: 集流体 = collector, 电极 = electrode",
    ]
    assert talker.say("/translate 电极片").splitlines() == ["Electrode 片"]
    assert talker.say("/regen").splitlines() == ["Electrode 片"]
    talker.say("/undo")
    talker.say("/undo")
    assert talker.say("/regen").splitlines()[0] == "一种 electrode, 包括集流体."
    talker.say("/clear")
    assert talker.say("/translate 电极片") == "A pole.\n"


def test_a_term_that_is_not_obeyed_is_a_finding() -> None:
    talker = Talker(FakeEngine(lambda request: "The pole."), model=SMALL, preferences=Preferences())
    talker.say("/translate 电极")
    assert talker.say("use electrode for 电极").splitlines() == [
        "The pole.",
        'FIX answer: "电极" should be "electrode", which the answer does not have [glossary]',
        "translations of this conversation have from here on: 电极 = electrode",
    ]


def test_terms_of_an_earlier_session_hold(tmp_path: Path) -> None:
    talks = Talks(tmp_path / "talks.sqlite")
    talker = Talker(drafts(), talks, model=SMALL)
    talker.say(f"/translate {SOURCE}")
    talker.say("use electrode for 电极")
    talker = Talker(drafts(), talks, model=SMALL)
    talker.say("/resume 1")
    assert talker.say("/sides").splitlines() == [SOURCE, "一种 electrode, 包括集流体."]
    assert talker.say("use collector for 集流体").splitlines()[0] == "一种 electrode, 包括 the collector."


def test_a_word_of_the_answer_is_exchanged_for_another_one() -> None:
    talker = Talker(FakeEngine(lambda request: "A rotor, rotors and an inner rotor."), model=SMALL)
    talker.say("/title 一种泵")
    assert talker.say("use 'impeller' instead of 'rotor'").splitlines() == [
        "An impeller, impellers and an inner impeller.",
        "exchanged in 3 places",
    ]
    assert talker.say("/diff").splitlines()[1:] == [
        "-A rotor, rotors and an inner rotor.",
        "+An impeller, impellers and an inner impeller.",
    ]
    assert talker.say("use 'vane' for 'blade'") == 'neither the text nor the answer has "blade"\n'


@pytest.mark.parametrize("line", ["短一点", "再简短些", "能不能短一点？", "shorter", "Make it shorter, please."])
def test_a_shorter_summary_was_a_law_on_short_terms(line: str) -> None:
    talker = Talker(summaries(), model=SMALL)
    talker.say("/summarize 一种泵，包括叶轮。")
    assert talker.say(line).splitlines() == [
        "本发明公开一种泵。其叶轮为铜制。",
        "the first 2 of 3 sentences, not written anew",
    ]
    assert [turn.task for turn in talker.session.talk.turns] == ["summarize"] * 4
    assert talker.say(line).splitlines()[0] == "本发明公开一种泵。"
    assert talker.say(line) == f"{say('one-sentence', 'en')}\n"
    talker.say("/undo")
    talker.say("/undo")
    assert talker.session.talk.turns[-1].content == SUMMARY


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("/title 一种泵", "短一点"),
        ("/translate 一种泵", "shorter"),
        ("/summarize 一种泵", "写得更正式一些"),
        ("/summarize 一种泵", "rewrite it for a judge"),
        ("/ask 发明专利权的期限是多久？", "短一点"),
        ("发明专利权的期限是多久？", "换个说法"),
    ],
)
def test_what_cannot_be_done_is_told_plainly(command: str, line: str) -> None:
    talker = Talker(FakeEngine(lambda request: "A pump."), model=SMALL, lang="zh")
    talker.say(command)
    assert talker.say(line) == f"{say('cannot-refine', 'zh')}\n"
    assert len(talker.session.talk.turns) == 2


@pytest.mark.parametrize("line", ["好的", "谢谢！", "ok", "Thank you."])
def test_what_is_said_in_passing_was_answered_with_a_law(line: str) -> None:
    assert talk("/title 一种泵", line, model=SMALL)[1] == "this model cannot chat; take another one with /model\n"


def test_without_an_answer_there_is_nothing_to_refine() -> None:
    assert talk("shorter", model=SMALL) == ["there is no answer yet\n"]


@pytest.mark.parametrize(
    "line",
    [
        "发明专利权的期限是多久？",
        "如何把发明专利申请改为实用新型？",
        "可以把发明专利申请改成实用新型吗？",
        "专利权期限",
        "Can I use a patent for research?",
        "What is an abstract?",
        "grace period",
    ],
)
def test_questions_are_no_wishes(line: str) -> None:
    assert wish_of(line) is None


def test_a_statement_in_the_form_of_a_wish_goes_to_the_primer_where_its_words_are_not_in_the_answer() -> None:
    line = "发明专利申请改为实用新型专利申请"
    assert isinstance(wish_of(line), OtherWord)
    before, after = Talker(summaries(), model=SMALL), Talker(summaries(), model=SMALL)
    after.say("/summarize 一种泵")
    assert after.say(line) == before.say(line)


def test_a_question_on_a_text_was_answered_with_a_law(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("claims.txt").write_text("1. 一种泵，包括壳体。", "utf-8")
    told = f"{say('no-talk-on-texts', 'en')}\n"
    talker = Talker(summaries(), model=SMALL)
    assert talker.say("概括@claims.txt的内容") == told
    assert talker.say("1. 一种泵，包括壳体。" * 60) == told, "a claim that is pasted"
    talker.say("/doc claims.txt")
    assert talker.say("/doc 有几项权利要求？") == told
    assert talker.say("/file claims.txt") == "this model cannot chat; take another one with /model\n"
    assert talker.session.talk.turns == []


def test_models_that_can_chat_refine_by_themselves() -> None:
    talker = Talker(said())
    talker.say("/title 一种泵")
    assert talker.say("shorter").endswith(" | shorter\n")
    assert talker.session.talk.turns[-1].task == "chat"
