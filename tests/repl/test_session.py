"""What the session does with lines."""

from __future__ import annotations

import base64
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

from taibao_cli.engine.base import Request, Result
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.repl.commands.table import TABLE
from taibao_cli.repl.store import Talks
from taibao_cli.tasks import get
from tests.repl.talking import SMALL, Talker, said, talk

CLAIMS = "1. 一种泵，包括壳体。\n2. 根据权利要求1所述的泵，其特征在于，还包括叶轮。"


def test_a_conversation_is_remembered_until_it_is_cleared() -> None:
    assert talk("one", "two", "/clear", "three", engine=said()) == [
        "one\n",
        "one | one | two\n",
        "a new conversation begins\n",
        "three\n",
    ]


def test_a_turn_that_failed_leaves_no_trace() -> None:
    engine = FakeEngine(lambda request: str(len(request.messages)), context=900)
    failed, answered = talk("x" * 4000, "short", engine=engine)
    assert failed.endswith("/drop leaves out the oldest, /clear starts anew\n")
    assert answered == "2\n", "the system prompt and this message"


def test_task_commands() -> None:
    translated, classified, judged, asked = talk(
        "/translate 电池", "/classify 电池", "/judge 发明专利权的期限为二十年。", "/ask 发明专利权的期限是多久？"
    )
    assert translated == "echo: 把下文译成英文： 电池\n"
    assert len(classified.splitlines()) == 3
    assert judged.startswith("GROUNDED\n正确\n")
    assert asked.startswith("GROUNDED\n")


def test_a_task_can_be_refined_in_the_conversation() -> None:
    title, shorter = talk("/title 一种带壳体的泵。", "shorter", engine=said())
    prompt = "一种带壳体的泵。\n\n发明名称："
    assert title == f"{prompt}\n"
    assert shorter.startswith(prompt)
    assert shorter.endswith("| shorter\n")


def test_pairs_and_trees() -> None:
    compared, alone, tree = talk("/entail 泵有壳体 ||| 泵有外壳", "/entail 泵有壳体", f"/tree {CLAIMS}")
    assert len(compared.splitlines()) == 3
    assert alone == "give two texts, with a blank line or ||| between them\n"
    assert "2" in tree


def test_a_document_is_worked_on(tmp_path: Path) -> None:
    row = {"title": "泵", "abstract": "一种泵，包括壳体。", "claims": CLAIMS.split("\n")}
    (tmp_path / "p.json").write_text(json.dumps(row, ensure_ascii=False), "utf-8")
    talker = Talker(said())
    assert talker.say("/doc claims") == "open a document with /doc FILE first\n"
    assert talker.say("/doc gone.xml") == "there is no file gone.xml\n"
    assert talker.say(f"/doc {tmp_path}") == f"{tmp_path} is a folder, not a file\n"
    assert talker.say(f"/doc {tmp_path / 'p.json'}") == "p.json: title 1, abstract 9, claims 40 characters\n"
    assert talker.say("/doc claims").startswith("1")
    assert talker.say("/doc title").startswith("一种泵，包括壳体。")
    assert talker.say("/abstract").startswith("1. 一种泵")
    assert talker.say("/doc 有几项权利要求？").rstrip().endswith("有几项权利要求？")
    assert talker.say("/doc close") == "the document is closed\n"
    assert talker.say("/abstract") == "usage: /abstract TEXT|@FILE\n"


def test_files_named_with_an_at_are_inserted(tmp_path: Path) -> None:
    path = tmp_path / "claim.txt"
    path.write_text(CLAIMS, "gb18030")
    assert talk(f"/title @{path}", "/clear", f"see @{path} please", engine=said())[::2] == [
        "1. 一种泵，包括壳体。\n2. 根据权利要求1所述的泵，其特征在于，还包括叶轮。\n\n发明名称：\n",
        f"see {CLAIMS} please\n",
    ]
    assert talk("mail me @home") == ["echo: mail me @home\n"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/title", "usage: /title TEXT|@FILE\n"),
        ("/poem", "no command /poem; /help lists them\n"),
        ("/transalte x", "no command /transalte; did you mean /translate?\n"),
        ("/task nothing x", "no task nothing; there are: abstract, ask, chat, claims, entail, ipc, judge, labels, "
         "relevance, similarity, summarize, title, translate, type\n"),
        ("", ""),
        ("/exit", ""),
        ("/usr/bin/ls is a path", "echo: /usr/bin/ls is a path\n"),
        ("/regen", "there is no answer yet\n"),
        ("/export x.md", "there is no conversation yet\n"),
        ("/set temperature 3", "temperature takes a number from 0 to 2\n"),
        ("/set speed 3", "usage: /set temperature|max_tokens|seed|multiline|keys|theme|checks|thinking VALUE\n"),
        ("/lang fr", "usage: /lang zh|en\n"),
        ("/resume 7", "there is no conversation 7\n"),
        ("/resume", "no conversations\n"),
        ("/resume 99999999999999999999", "there is no conversation 99999999999999999999\n"),
        ("/forget 99999999999999999999", "there is no conversation 99999999999999999999\n"),
        ("/set seed 4294967296", "seed takes a whole number from 0 to 4,294,967,295\n"),
        ("/set max_tokens 0", "max_tokens takes a whole number from 1 to 1,000,000\n"),
        ("/set temperature nan", "temperature takes a number from 0 to 2\n"),
        ("/TASK", "usage: /task NAME TEXT\n"),
        ("／lang en", "messages are in English\n"),
        ("、lang en", "messages are in English\n"),
        ("、abc 是什么", "no command /abc; /help lists them\n"),
    ],
)  # fmt: skip
def test_other_lines(line: str, answer: str) -> None:
    assert talk(line) == [answer]


def test_a_full_width_space_ends_a_command() -> None:
    assert talk("/translate\u3000电池") == ["echo: 把下文译成英文： 电池\n"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_help_lists_every_command(lang: str) -> None:
    (text,) = talk("/help", lang=lang)  # type: ignore[arg-type]
    for name in TABLE:
        assert f"{name} " in text
    assert ("/save 文件" in text) is (lang == "zh")
    assert max(cell_len(line) for line in text.splitlines()[:-1]) <= 80
    assert "Alt-Enter" in text
    assert ("发送" in text) is (lang == "zh")


def test_settings_reach_the_engine() -> None:
    engine = FakeEngine(lambda request: f"{request.sampling.temperature} {request.sampling.seed} {request.max_tokens}")
    answers = talk("/set temperature 0.5", "/set seed 9", "/set max_tokens 33", "x", "/set", engine=engine)
    assert answers[3] == "0.5 9 33\n"
    assert answers[4] == (
        "temperature = 0.5\nmax_tokens = 33\nseed = 9\nmultiline = off (off|on)\nkeys = emacs (emacs|vi)\n"
        "theme = auto (auto|dark|light)\nchecks = off (on|off)\nthinking = off (off|on)\n"
    )


def test_a_system_prompt_of_ones_own() -> None:
    own = get("chat").prompt("full", "en").system
    engine = FakeEngine(
        lambda request: f"{request.messages[0].role} {request.messages[0].content}".replace(own, "of the task")
    )
    assert talk("/system be brief", "x", "/system none", "/clear", "y", engine=engine)[1:] == [
        "system be brief\n",
        "no system prompt of your own\n",
        "a new conversation begins\n",
        "system of the task\n",
    ]


def test_another_answer_and_what_differs() -> None:
    engine = FakeEngine(lambda request: f"try {request.sampling.temperature} {request.sampling.seed}")
    first, none, second, third, differs = talk("x", "/diff", "/regen", "/regen", "/diff", engine=engine)
    assert [first, second, third] == ["try 0.0 0\n", "try 0.7 1\n", "try 0.7 2\n"]
    assert none == "no two answers to compare; /regen first\n"
    assert differs == "@@ -1 +1 @@\n-try 0.7 1\n+try 0.7 2\n"


def test_the_oldest_are_left_out_only_when_the_user_says_so() -> None:
    answers = talk("one", "two", "/drop", "three", engine=said())
    assert answers[2] == "the first 2 messages are no longer sent to the model (they stay in the kept conversation)\n"
    assert answers[3] == "two | one | one | two | three\n"


def test_says_once_when_the_context_is_nearly_full() -> None:
    engine = FakeEngine(lambda request: "ok", context=1000)
    answers = talk("/set max_tokens 9", "x" * 900, "y" * 850, "z", engine=engine)
    assert ["of the context is used" in answer for answer in answers] == [False, False, True, False]


def test_answers_and_conversations_go_into_files(tmp_path: Path) -> None:
    talker = Talker()
    talker.say("a line\nand another")
    for command, name in (("/save", "a.txt"), ("/export", "t.md"), ("/export", "t.json")):
        assert talker.say(f"{command} {tmp_path / name}") == f"wrote {tmp_path / name}\n"
    assert (tmp_path / "a.txt").read_text() == "echo: a line and another\n"
    assert (tmp_path / "t.md").read_text() == (
        "# a line and another\n\n> a line\n> and another\n\necho: a line and another\n"
    )
    messages = json.loads((tmp_path / "t.json").read_text())["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant"]
    assert talker.say(f"/save {tmp_path / 'a.txt'}") == f"{tmp_path / 'a.txt'} exists already; choose another name\n"
    assert talker.say("/export t.pdf") == "usage: /export FILE.md | FILE.json | FILE.docx\n"


def test_copying_goes_through_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    talker = Talker(FakeEngine(lambda request: "薄膜\x1b[2J"))
    talker.say("x")
    assert talker.say("/copy") == "copied 6 characters\n"
    written = capsys.readouterr().out
    assert written.startswith("\x1b]52;c;")
    assert base64.b64decode(written[7:-1]).decode() == "薄膜\x1b[2J"


def test_kept_conversations_are_found_resumed_forked_and_forgotten(tmp_path: Path) -> None:
    talks = Talks(tmp_path / "talks.sqlite")
    Talker(said(), talks).say("about pumps")
    Talker(said(), talks).say("about 电池_1 %")
    talker = Talker(said(), talks)
    assert [line.split()[0] for line in talker.say("/resume").splitlines()] == ["2", "1"]
    assert talker.say("/search 电池_1 %").startswith("2  about 电池_1 %  2")
    assert talker.say("/search 电池x1") == "no conversation holds these words\n"
    assert talker.say("/resume pumps") == "going on: about pumps (2 messages)\n> about pumps\nabout pumps\n"
    assert talker.say("more") == "about pumps | about pumps | more\n"
    assert talker.say("/fork") == "a copy of the conversation; the original stays as it is\n"
    talker.say("only here")
    first, copy = talks.load(1), talks.load(3)
    assert first is not None
    assert copy is not None
    assert (len(first.turns), len(copy.turns)) == (4, 6)
    assert talker.say("/forget 3") == "conversation 3 is gone\n"
    assert talker.session.talk.number is None
    assert talks.load(3) is None


def test_in_private_nothing_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "talks.sqlite"
    talker = Talker(said(), Talks(path))
    talker.say("an open matter")
    talker.say("/private")
    assert talker.say("a secret invention") == "a secret invention\n"
    assert talker.say("/private") == "conversations are kept again\n"
    talker.say("open again")
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"an open matter" in stored
    assert b"secret" not in stored


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


def test_a_crash_loses_at_most_the_end_of_the_answer(tmp_path: Path) -> None:
    class Dying(FakeEngine):
        def stream(self, request: Request, emit: Callable[[str], None]) -> Result:
            for piece in ("one ", "two ", "three "):
                emit(piece)
                time.sleep(0.3)
            raise SystemExit

    path = tmp_path / "talks.sqlite"
    with pytest.raises(SystemExit):
        Talker(Dying(), Talks(path)).session.handle("tell me")
    kept = Talks(path).load(1)
    assert kept is not None
    assert [(turn.role, turn.finish) for turn in kept.turns] == [("user", "stop"), ("assistant", "cancelled")]
    assert kept.turns[1].content == "one two three "


def test_nothing_drives_the_terminal() -> None:
    engine = FakeEngine(lambda request: "\x1b[2J\u202egone")
    assert talk("x", engine=engine) == ["␛[2J\ufffdgone\n"]


def test_the_page_of_the_session_lists_the_commands() -> None:
    page = (Path(__file__).parents[2] / "docs/session.md").read_text("utf-8")
    for command in TABLE.values():
        usage = command.usage.replace("|", "\\|")
        assert f"| `{usage}` | {command.zh} | {command.en} |" in page
    assert page.count("\n| `/") == len(TABLE)


def test_the_last_translation_is_checked_against_its_source() -> None:
    engine = FakeEngine(lambda request: "A pump with 3 vanes.")
    answers = talk("/check", "/translate 一种泵，有5个叶片。", "/check", f"/check {CLAIMS}", engine=engine)
    assert answers[0] == "usage: /check TEXT|@FILE\n"
    assert any(line.startswith(("FIX", "REVIEW")) and "[quantities]" in line for line in answers[2].splitlines())
    assert "FIX" not in answers[3]


def test_a_model_that_cannot_chat_leaves_it_to_the_primer() -> None:
    engine = FakeEngine(lambda request: "made up")
    covered, other, translated = talk(
        "How long is the term of an invention patent in China?",
        "tell me a joke",
        "/translate 电池",
        engine=engine,
        model=SMALL,
    )
    assert "twenty years" in covered
    assert "made up" not in covered
    assert other.startswith("No built-in source covers this, and this model does patent tasks only")
    assert translated == "made up\n"
