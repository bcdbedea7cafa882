from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from taibao_cli.engine.fake import FakeEngine
from tests.cli.shell import environment, process, taibao


def test_piped_text_and_words_are_one_message(tmp_path: Path) -> None:
    done = process("概括这项权利要求", home=tmp_path, stdin="一种泵。\n")
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, "echo: 概括这项权利要求 一种泵。\n", b"")


def test_piped_text_alone_and_words_alone(tmp_path: Path) -> None:
    assert taibao(home=tmp_path, stdin="hello").stdout == b"echo: hello\n"
    assert taibao("hello", "there", home=tmp_path).stdout == b"echo: hello there\n"
    assert taibao("--max-tokens", "3", "hello", home=tmp_path).stdout == b"echo:\n"


def test_nothing_at_all_is_an_error(tmp_path: Path) -> None:
    done = taibao(home=tmp_path)
    assert (done.returncode, done.stderr) == (4, b"taibao: stdin: no text\n")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["trasnlate", "a.txt"], "no command trasnlate; did you mean translate?"),
        (["--model", "x.gguf", "translate", "a.txt"], "options of a command come after it: taibao translate"),
        (["translate", "--bad"], "No such option '--bad'. (see taibao translate --help)"),
        (["classify", "--by", "labels"], "--by labels and --labels A,B,… go together"),
        (["classify", "--by", "type", "--level", "class"], "--level goes with --by ipc"),
        (["compare", "-", "-"], "only one of A and B can be -"),
        (["tasks", "show", "nope"], "no task 'nope'"),
        (["tasks", "new", "Bad Name"], "use lower-case letters"),
    ],
)
def test_usage_errors_are_one_line(tmp_path: Path, args: list[str], message: str) -> None:
    done = taibao(*args, home=tmp_path, stdin="text")
    assert (done.returncode, done.stdout) == (2, b"")
    assert message in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("group", ["tasks", "train", "convert"])
def test_a_group_alone_shows_its_help(tmp_path: Path, group: str) -> None:
    done = taibao(group, home=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"Usage: ")
    assert done.stderr.count(b"\n") > 5


@pytest.mark.parametrize(
    "args", [["chat", " "], ["ask", ""], ["compare", "empty", "empty"], ["entail", "empty", "empty"]]
)
def test_nothing_to_work_on_is_unreadable_input(tmp_path: Path, args: list[str]) -> None:
    (tmp_path / "empty").touch()
    done = taibao(*args, home=tmp_path)
    assert (done.returncode, done.stdout) == (4, b"")
    assert done.stderr.decode().endswith(": no text\n")


def test_debug_keeps_the_exit_code(tmp_path: Path) -> None:
    done = taibao("--debug", "title", "nowhere.txt", home=tmp_path)
    assert done.returncode == 4
    assert b"Traceback" in done.stderr


@pytest.mark.parametrize("command", ["translate", "summarize", "title", "abstract", "claims"])
def test_text_commands_read_stdin_and_files(tmp_path: Path, command: str) -> None:
    (tmp_path / "claim.txt").write_text("A pump.", encoding="utf-8-sig")
    from_file = taibao(command, "claim.txt", home=tmp_path)
    assert from_file.stdout.startswith(b"echo: ")
    assert b"A pump." in from_file.stdout
    assert taibao(command, "-", home=tmp_path, stdin="A pump.").stdout == from_file.stdout
    assert taibao(command, home=tmp_path, stdin="A pump.").stdout == from_file.stdout


def test_claims_show_what_their_features_rest_on(tmp_path: Path) -> None:
    source = "[0001] 一种水泵。\n[0002] 泵壳内设有叶轮。"
    shown = taibao("--lang", "zh", "claims", "--support", home=tmp_path, stdin=source).stdout.decode()
    assert shown.splitlines()[-1].endswith("——依据不足，最接近 [0002]“泵壳内设有叶轮。”")
    row = json.loads(taibao("claims", "--support", "--json", home=tmp_path, stdin=source).stdout)
    assert row["support"][0].keys() == {"claim", "feature", "paragraph", "quote", "share", "holds"}
    refused = taibao("claims", "--support", "--lines", home=tmp_path, stdin=source)
    assert (refused.returncode, refused.stdout) == (2, b"")


def test_several_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(f"text {name}")
    plain = taibao("title", "a", "b", home=tmp_path)
    assert plain.stdout == b"echo: text a Title:\n\necho: text b Title:\n"
    rows = [json.loads(line) for line in taibao("title", "a", "b", "--json", home=tmp_path).stdout.splitlines()]
    assert [(row["id"], row["output"]) for row in rows] == [("a", "echo: text a Title:"), ("b", "echo: text b Title:")]


def test_a_text_too_long_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "long").write_text("word " * 4000)
    (tmp_path / "short").write_text("word")
    done = taibao("title", "long", "short", home=tmp_path)
    assert (done.returncode, done.stdout) == (3, b"echo: word Title:\n")
    assert done.stderr.startswith(b"taibao: long: ")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "in.txt: no text"),
        (b" \n", "in.txt: no text"),
        (b"caf\xe9 au lait", "in.txt: not UTF-8 at byte 4; for Chinese text in GB encodings use --encoding gb18030"),
        (b"x" * (5 << 20), "in.txt: longer than 4 MB"),
        (None, "in.txt: No such file or directory"),
    ],
)
def test_unreadable_texts(tmp_path: Path, data: bytes | None, message: str) -> None:
    if data is not None:
        (tmp_path / "in.txt").write_bytes(data)
    done = taibao("title", "in.txt", home=tmp_path)
    assert (done.returncode, done.stdout) == (4, b"")
    assert done.stderr.decode().startswith(f"taibao: {message}")
    assert done.stderr.count(b"\n") == 1


def test_gb18030_is_noticed_and_said(tmp_path: Path) -> None:
    done = taibao("title", home=tmp_path, stdin="一种电池组".encode("gb18030"))
    assert done.stdout.decode() == "echo: 一种电池组 发明名称：\n"
    assert done.stderr.decode() == "taibao: stdin: read as GB18030; if that is wrong, give --encoding\n"


def test_gb18030_text(tmp_path: Path) -> None:
    done = taibao("title", "--encoding", "gb18030", home=tmp_path, stdin="电池".encode("gb18030"))
    assert done.stdout.decode() == "echo: 电池 发明名称：\n"


def test_translate_directions(tmp_path: Path) -> None:
    assert "译成英文" in taibao("translate", home=tmp_path, stdin="电池").stdout.decode()
    assert "into Chinese" in taibao("translate", "--to", "zh", home=tmp_path, stdin="battery").stdout.decode()
    done = taibao("translate", "--to", "en", home=tmp_path, stdin="battery")
    assert (done.returncode, done.stderr) == (
        3,
        b"taibao: stdin: the text is already in en; 'to' must be the other language\n",
    )


@pytest.mark.parametrize("table", ["电池\t蓄电池 cell\n", "source,target\n电池,蓄电池 cell\n", "蓄电池 cell\t电池\n"])
def test_a_glossary_reaches_the_prompt(tmp_path: Path, table: str) -> None:
    table = table.replace("蓄电池 ", "")
    (tmp_path / "terms").write_text(table, encoding="utf-8")
    done = taibao("translate", "--glossary", "terms", home=tmp_path, stdin="电池组")
    assert done.stdout.decode().startswith("echo: 术语：cell 把下文译成英文： 电池组")


def test_a_glossary_line_without_two_terms_is_named(tmp_path: Path) -> None:
    (tmp_path / "terms").write_text("电池\tcell\n电机\n", encoding="utf-8")
    done = taibao("translate", "--glossary", "terms", home=tmp_path, stdin="电池组")
    assert (done.returncode, done.stderr) == (
        4,
        b"taibao: terms: line 2: expected two terms separated by a tab or a comma\n",
    )


def test_a_glossary_may_have_the_encoding_of_the_texts(tmp_path: Path) -> None:
    (tmp_path / "terms").write_bytes("电池\tcell\n".encode("gb18030"))
    args = ("translate", "--glossary", "terms", "--encoding", "gb18030")
    done = taibao(*args, home=tmp_path, stdin="电池组".encode("gb18030"))
    assert done.stdout.decode().startswith("echo: 术语：cell ")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_file_name_that_is_not_utf_8(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff.txt")
    (tmp_path / name).write_text("a pump")
    (tmp_path / "b").write_text("a valve")
    done = taibao("title", name, "b", "--json", home=tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout.splitlines()[0])["id"] == "?.txt"


def test_classify_prints_label_probability_and_title(tmp_path: Path) -> None:
    lines = taibao("classify", home=tmp_path, stdin="一种电池").stdout.decode().splitlines()
    assert len(lines) == 3
    symbol, p, title = lines[0].split("  ")
    assert (len(symbol), p) == (4, "0.50")
    assert title
    row = json.loads(taibao("classify", "--json", home=tmp_path, stdin="一种电池").stdout)
    assert (row["task"], row["output"], len(row["labels"])) == ("ipc", symbol, 10)
    assert row["labels"][0]["title"] == title
    assert row["labels"][0]["path"] == [symbol[0], symbol[:3], symbol]


def test_classify_by_level_type_and_own_labels(tmp_path: Path) -> None:
    section = taibao("classify", "--level", "section", "--top", "1", home=tmp_path, stdin="battery").stdout.decode()
    assert section[0] in "ABCDEFGH"
    assert section[1:3] == "  "
    kinds = taibao("classify", "--by", "type", home=tmp_path, stdin="battery").stdout.decode().splitlines()
    assert sorted(line.split("  ")[0] for line in kinds) == ["design", "invention", "utility model"]
    own = taibao("classify", "--labels", "cell, motor", home=tmp_path, stdin="battery").stdout.decode().splitlines()
    assert sorted(line.split("  ")[0] for line in own) == ["cell", "motor"]


def test_compare_and_entail(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a pump")
    literal = taibao("compare", "--text", "a pump", "a valve", home=tmp_path).stdout
    assert 0 <= float(literal) <= 1
    assert taibao("compare", "a", "-", home=tmp_path, stdin="a valve").stdout == literal
    relevance = taibao("compare", "--by", "relevance", "--text", "a", "b", home=tmp_path).stdout
    assert relevance.decode().strip() in ("relevant", "background", "unrelated")
    row = json.loads(taibao("entail", "--text", "a", "b", "--json", home=tmp_path).stdout)
    assert row["output"] == row["labels"][0]["label"]
    assert {label["label"] for label in row["labels"]} == {"entailed", "neutral", "contradicted"}


def test_ask_and_judge_load_no_model(tmp_path: Path) -> None:
    asked = taibao("ask", "发明专利权的期限是多久？", home=tmp_path, TAIBAO_ENGINE="", TAIBAO_MODEL="none.gguf")
    assert asked.returncode == 0
    assert asked.stdout.decode().startswith("GROUNDED\n")
    judged = taibao("judge", "--json", home=tmp_path, stdin="发明专利权的期限为十年。")
    assert json.loads(judged.stdout)["output"]["verdict"] == "wrong"
    unknown = taibao("ask", "how do I cook rice", home=tmp_path)
    assert unknown.stdout.decode().startswith("NO MATCH\n")


def test_the_verdict_is_in_the_language_of_the_statement(tmp_path: Path) -> None:
    for statement, verdict in (
        ("发明专利权的期限为十年。", "错误"),
        ("The term of a design patent is twenty years.", "wrong"),
    ):
        assert taibao("judge", statement, home=tmp_path).stdout.decode().splitlines()[:2] == ["GROUNDED", verdict]


def test_the_answer_says_what_decided(tmp_path: Path) -> None:
    judged = taibao("judge", "CN210987654U 是外观设计专利。", home=tmp_path).stdout.decode().splitlines()
    assert judged[:3] == ["GROUNDED", "错误", "判断依据：文献种类代码"]
    typed = {
        "公告号：CN210987654U 一种泵": "utility model  1.00  实用新型  判断依据：文献种类代码“CN210987654U”",
        "This utility model relates to a pump.": (
            'utility model  0.89  utility model  Decided by: wording "This utility model"'
        ),
    }
    for text, line in typed.items():
        assert taibao("classify", "--by", "type", home=tmp_path, stdin=text).stdout.decode() == f"{line}\n"
    by_model = json.loads(taibao("classify", "--by", "type", "--json", home=tmp_path, stdin="A pump.").stdout)
    assert [label.get("decided_by") for label in by_model["labels"]] == ["model", None, None]
    by_rule = json.loads(taibao("classify", "--by", "type", "--json", home=tmp_path, stdin="本发明公开了一种泵").stdout)
    assert by_rule["model"].startswith("rules@")
    assert (by_rule["labels"][0]["decided_by"], by_rule["labels"][0]["quote"]) == ("wording", "本发明")


def test_chat(tmp_path: Path) -> None:
    assert taibao("chat", "hello", home=tmp_path).stdout == b"echo: hello\n"
    assert taibao("chat", home=tmp_path, stdin="hello").stdout == b"echo: hello\n"
    assert json.loads(taibao("chat", "hello", "--json", home=tmp_path).stdout)["task"] == "chat"


def test_control_characters_never_reach_stdout(tmp_path: Path) -> None:
    done = taibao("chat", home=tmp_path, stdin="a\x1b[31mb\u009bc\u202ed\x07")
    assert done.stdout.decode() == "echo: a␛[31mb\ufffdc\ufffdd␇\n"


def test_a_terminal_gets_the_answer_in_pieces(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "taibao_cli", "chat", "hello \x1b[31m"],
        stdout=slave,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env=environment(tmp_path),
    )
    assert process.wait(30) == 0
    os.close(slave)
    assert os.read(master, 1000).decode() == "echo: hello ␛[31m\r\n"
    os.close(master)


def test_an_unexpected_error_is_one_line_and_debug_shows_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_engine: FakeEngine, _requests: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(FakeEngine, "run", broken)
    done = taibao("chat", "hello", home=tmp_path)
    assert done.returncode == 1
    message = "taibao: unexpected ZeroDivisionError: oops; run taibao --debug … for the traceback\n"
    assert done.stderr.decode() == message
    with pytest.raises(ZeroDivisionError):
        taibao("--debug", "chat", "hello", home=tmp_path)


def test_version(tmp_path: Path) -> None:
    lines = taibao("--version", home=tmp_path).stdout.decode().splitlines()
    assert lines[0].split() == ["taibao", "0.1.0"]
    assert lines[1] == "llama.cpp (llama-cpp-python) 0.3.36"
    assert re.fullmatch(r"model taibao-[a-z]+@[0-9a-f]{12}", lines[2])


def test_version_says_why_there_is_no_model(tmp_path: Path) -> None:
    lines = taibao("--version", home=tmp_path, TAIBAO_MODEL="absent.gguf").stdout.decode().splitlines()
    assert lines[2].startswith("model none: absent.gguf")
