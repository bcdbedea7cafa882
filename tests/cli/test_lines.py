"""`--lines`: one line in, one line out."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.shell import environment, process, taibao

TAIBAO = f"{shlex.quote(sys.executable)} -m taibao_cli"


def shell(command: str, home: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command.replace("taibao", TAIBAO)],
        cwd=home,
        env=environment(home, **extra),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", ["translate", "summarize", "title", "abstract", "claims"])
def test_every_line_has_its_answer_in_its_place(tmp_path: Path, command: str) -> None:
    texts = [f"pump {n}" if n % 3 else "" for n in range(100)]
    done = taibao(command, "--lines", home=tmp_path, stdin="\n".join(texts) + "\n")
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode().split("\n")
    assert lines.pop() == ""
    assert [line != "" for line in lines] == [text != "" for text in texts]
    assert all(text in line for text, line in zip(texts, lines, strict=True))


def test_an_answer_of_several_lines_becomes_one(tmp_path: Path) -> None:
    done = taibao("judge", "--lines", home=tmp_path, stdin="发明专利权的期限为二十年。\n外观设计专利权的期限为二十年。")
    right, wrong = done.stdout.decode().splitlines()
    assert right.startswith("GROUNDED 正确 ")
    assert wrong.startswith("GROUNDED 错误 ")


def test_a_line_that_cannot_be_answered_is_an_empty_line(tmp_path: Path) -> None:
    data = "泵\n".encode() + b"\xff\xfe\n" + "很长".encode() * 9000 + b"\nvalve\n"
    done = taibao("title", "--lines", "--encoding", "utf-8", home=tmp_path, stdin=data)
    assert done.returncode == 3
    assert [bool(line) for line in done.stdout.splitlines()] == [True, False, False, True]
    first, second = done.stderr.decode().splitlines()
    assert first.startswith("taibao: line 2: not UTF-8 at byte 1")
    assert second.startswith("taibao: line 3: the prompt has ")


def test_one_object_a_line(tmp_path: Path) -> None:
    done = taibao("translate", "--lines", "--json", "--to", "en", home=tmp_path, stdin="泵\n\n阀")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["id"], row["source"], row["to"]) for row in rows] == [(1, "泵", "en"), (2, "", "en"), (3, "阀", "en")]
    assert [row["output"] == "" for row in rows] == [False, True, False]


def test_labels_stand_on_one_line(tmp_path: Path) -> None:
    done = taibao("classify", "--by", "type", "--top", "2", "--lines", home=tmp_path, stdin="pump\nvalve")
    for line in done.stdout.decode().splitlines():
        best, second = line.split("; ")
        assert float(best.rsplit(" ", 1)[1]) >= float(second.rsplit(" ", 1)[1])


def test_several_files_are_one_input(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("泵\n阀\n".encode("gb18030"))
    (tmp_path / "b").write_text("pump\n" + "很长" * 9000)
    done = taibao("title", "a", "b", "--lines", "--json", home=tmp_path)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [1, 2, 3, 4]
    assert json.loads(done.stdout.splitlines()[3])["error"]["message"].startswith("b: line 2: the prompt has ")
    assert done.stderr == b"taibao: a: read as GB18030; if that is wrong, give --encoding\n"


@pytest.mark.parametrize("command", ["compare", "entail"])
def test_pairs_go_line_by_line(tmp_path: Path, command: str) -> None:
    (tmp_path / "a").write_text("pump\n\nvalve\nmore\n")
    done = taibao(command, "a", "-", "--lines", home=tmp_path, stdin="pump\n\nseal\n")
    assert done.returncode == 3
    assert done.stderr == b"taibao: line 4: B has no such line\n"
    lines = done.stdout.decode().split("\n")
    assert [bool(line) for line in lines] == [True, False, True, False, False]
    alone = taibao(command, "--text", "valve", "seal", home=tmp_path).stdout.decode()
    assert f"{lines[2]}\n" == alone


@pytest.mark.parametrize(("command", "begins"), [("ask", "GROUNDED "), ("chat", "echo: ")])
def test_questions_go_line_by_line(tmp_path: Path, command: str, begins: str) -> None:
    question = "发明专利权的期限是多久？"
    done = taibao(command, "--lines", home=tmp_path, stdin=f"{question}\n{question}\n")
    assert [line.startswith(begins) for line in done.stdout.decode().splitlines()] == [True, True]


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (("chat", "hello", "--lines"), 2, "--lines reads standard input; give no text beside it"),
        (("ask", "hello", "--lines"), 2, "--lines reads standard input; give no text beside it"),
        (("compare", "a", "b", "--text", "--lines"), 2, "--lines reads files; it does not go with --text"),
        (("compare", "a", "none", "--lines"), 4, "none: No such file or directory"),
        (("title", "none", "--lines", "--model", "none.gguf"), 4, "none: No such file or directory"),
    ],
)
def test_refusals(tmp_path: Path, args: tuple[str, ...], code: int, message: str) -> None:
    (tmp_path / "a").touch()
    done = taibao(*args, home=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.decode()) == (code, b"", f"taibao: {message}\n")


def test_nothing_in_is_nothing_out(tmp_path: Path) -> None:
    done = taibao("translate", "--lines", home=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_an_answer_does_not_wait_for_the_next_line(tmp_path: Path) -> None:
    run = subprocess.Popen(
        [sys.executable, "-m", "taibao_cli", "title", "--lines"],
        cwd=tmp_path,
        env=environment(tmp_path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert run.stdin
    assert run.stdout
    for name in ("pump", "valve", "seal"):
        run.stdin.write(f"{name}\n".encode())
        run.stdin.flush()
        assert run.stdout.readline().decode().startswith(f"echo: {name} ")
    run.stdin.close()
    assert run.stdout.read() == b""
    assert run.wait(30) == 0


def test_in_pipes_of_the_shell(tmp_path: Path) -> None:
    (tmp_path / "texts").write_text("".join(f"pump {n}\n" for n in range(3)))
    for command in (
        "taibao title --lines < texts | head -n 1",
        "head -n 1 texts | taibao title --lines 2> /dev/null",
        "printf 'texts' | xargs taibao title --lines | sed -n 1p",
        "taibao title --lines - < texts 2>&1 > out; head -n 1 out",
        "cat texts | taibao title --lines | paste texts - | cut -f 2 | sed -n 1p",
    ):
        done = shell(command, tmp_path)
        assert (done.returncode in (0, 141), done.stdout, done.stderr) == (True, "echo: pump 0 Title:\n", ""), command


@pytest.mark.parametrize(
    "variables",
    [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"LC_ALL": "C", "PYTHONIOENCODING": "gbk"}, {"LANG": "zh_CN.GBK"}],
)
def test_whatever_the_console_is(tmp_path: Path, variables: dict[str, str]) -> None:
    done = process("title", "--lines", home=tmp_path, stdin="一种泵✓\n", **variables)
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, "echo: 一种泵✓ 发明名称：\n", b"")


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [("title --lines", 0, ""), ("title", 4, "taibao: stdin: no text\n"), ("batch -", 4, "taibao: stdin: no rows\n")],
)
def test_a_closed_stdin_is_an_empty_one(tmp_path: Path, args: str, code: int, message: str) -> None:
    done = shell(f"taibao {args} <&-", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", message)


def test_messages_never_go_to_stdout(tmp_path: Path) -> None:
    done = shell("printf 'pump\\n\\377\\n' | taibao title --lines --encoding utf-8 2>&-", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (3, "echo: pump Title:\n\n", "")
