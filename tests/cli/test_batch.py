from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import environment, taibao
from tests.tiny import make_tiny_gguf

GOOD = '{"text":"一种泵","task":"title"}\n'


def rows_of(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.splitlines()]


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_file_to_stdout(tmp_path: Path) -> None:
    done = taibao("batch", write(tmp_path / "in.jsonl", GOOD * 3), home=tmp_path)
    assert done.returncode == 0
    assert [row["id"] for row in rows_of(done.stdout)] == [1, 2, 3]
    assert done.stderr.startswith(b"taibao: 3 rows, 0 failed, ")
    assert done.stderr.count(b"\n") == 1


def test_an_output_named_dash_is_stdout(tmp_path: Path) -> None:
    done = taibao("batch", "-", "-o", "-", home=tmp_path, stdin=GOOD)
    assert (done.returncode, len(rows_of(done.stdout)), list(tmp_path.glob("-*"))) == (0, 1, [])


def test_a_field_of_another_task_is_ignored(tmp_path: Path) -> None:
    done = taibao("batch", "-", home=tmp_path, stdin='{"text":"一种泵","task":"title","level":"group"}\n')
    assert done.returncode == 0


def test_stdin_to_file(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    done = taibao("batch", "-", "-o", out, home=tmp_path, stdin=GOOD * 100)
    assert (done.returncode, done.stdout) == (0, b"")
    assert [row["id"] for row in rows_of(out.read_bytes())] == list(range(1, 101))
    assert not (tmp_path / "out.jsonl.part").exists()


def test_chinese_messages(tmp_path: Path) -> None:
    for words in (("--lang", "zh"), ()):
        done = taibao(*words, "batch", "-", home=tmp_path, stdin=GOOD, LC_ALL="zh_CN.UTF-8")
        assert done.stderr.decode().startswith("taibao: 1 行，0 行失败，")


def test_bad_rows_are_error_rows_and_the_run_goes_on(tmp_path: Path) -> None:
    big = '{"text":"' + "x" * (5 * 1024 * 1024) + '","task":"title"}\n'
    data = b"".join(
        [
            GOOD.encode(),
            b"nonsense\n",
            b"\n",
            b'{"text":"\xb5\xe7"}\n',
            big.encode(),
            b'{"text":"a","task":"nope"}\n',
            b'{"task":"title"}\n',
            b'{"text":"a"}\n',
            ('{"task":"title","text":"' + "很长" * 5000 + '"}\n').encode(),
            GOOD.encode(),
        ]
    )
    done = taibao("batch", write(tmp_path / "in.jsonl", data), home=tmp_path)
    rows = rows_of(done.stdout)
    assert done.returncode == 3
    assert [row["id"] for row in rows] == [1, 2, 4, 5, 6, 7, 8, 9, 10]
    assert [row["error"] and row["error"]["type"] for row in rows] == [
        None,
        "bad_json",
        "bad_encoding",
        "too_large",
        "unknown_task",
        "missing_field",
        "missing_field",
        "too_long",
        None,
    ]
    for row in rows[1:-1]:
        assert row["error"]["message"].startswith(f"line {row['id']}: ")
        assert "\n" not in row["error"]["message"]
    assert b"9 rows, 7 failed" in done.stderr


def test_one_failed_task_of_several_is_exit_3_and_no_failed_row(tmp_path: Path) -> None:
    done = taibao("batch", "-", "--task", "title,labels", home=tmp_path, stdin=GOOD)
    assert done.returncode == 3
    assert b"1 rows, 0 failed" in done.stderr
    assert rows_of(done.stdout)[0]["output"]["title"] == "echo: 一种泵 发明名称："


def test_the_task_option_wins_over_the_row(tmp_path: Path) -> None:
    done = taibao("batch", "-", "--task", "summarize", home=tmp_path, stdin=GOOD)
    assert rows_of(done.stdout)[0]["task"] == "summarize"


@pytest.mark.parametrize("options", [("--encoding", "gb18030"), ()])
def test_gb18030_input(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = taibao("batch", "-", *options, home=tmp_path, stdin=GOOD.encode("gb18030"))
    assert rows_of(done.stdout)[0]["output"] == "echo: 一种泵 发明名称："
    assert (b"stdin: read as GB18030" in done.stderr) is not bool(options)


def test_a_table_with_chinese_column_names(tmp_path: Path) -> None:
    table = "公开号,发明名称,摘要,申请日\nCN1,泵,一种泵。,2020\nCN2,阀,一种阀。,2021\n".encode("gb18030")
    done = taibao("batch", write(tmp_path / "in.csv", table), "--task", "title", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [(row["id"], row["output"]) for row in rows_of(done.stdout)] == [
        ("CN1", "echo: 一种泵。 发明名称："),
        ("CN2", "echo: 一种阀。 发明名称："),
    ]


def test_columns_named_by_hand_and_lines_of_text(tmp_path: Path) -> None:
    table = write(tmp_path / "in.tsv", "Nr\tBody\n1\tA pump\n")
    mapped = taibao("batch", table, "--task", "title", "--map", "id=nr", "--map", "text=Body", home=tmp_path)
    assert [row["id"] for row in rows_of(mapped.stdout)] == ["1"]
    lines = taibao("batch", "-", "--format", "lines", "--task", "title", home=tmp_path, stdin="A pump\n\nA valve\n")
    assert [row["id"] for row in rows_of(lines.stdout)] == [1, 3]


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["batch", "nowhere.jsonl"], 4, "nowhere.jsonl: No such file or directory"),
        (["batch", "nothing"], 4, "nothing: no rows"),
        (["batch", ".", "--format", "csv"], 4, ".: Is a directory"),
        (["batch", "notes.txt"], 2, "notes.txt: give --format lines"),
        (["batch", "foreign.csv"], 4, "foreign.csv: none of the columns 甲, 乙 is known"),
        (["batch", "foreign.csv", "--map", "text=丙"], 4, "foreign.csv: no column 丙; there are 甲, 乙"),
        (["batch", "foreign.csv", "--map", "body=甲"], 2, "--map body=甲: give FIELD=COLUMN"),
        (["batch", "damaged.jsonl.gz"], 4, "damaged.jsonl.gz: "),
        (["batch", "empty.jsonl"], 4, "empty.jsonl: no rows"),
        (["batch", "blank.jsonl"], 4, "blank.jsonl: no rows"),
        (["batch", "-"], 4, "stdin: no rows"),
        (["batch", "in.jsonl", "--task", "nope"], 2, "no task 'nope'; known: abstract, "),
        (["batch", "in.jsonl", "--task", ","], 2, "--task names no task"),
        (["batch", "in.jsonl", "--deterministic", "--width", "8"], 2, "--deterministic computes one row at a time"),
        (
            ["batch", "in.jsonl", "--deterministic", "--base-url", "http://127.0.0.1:9"],
            2,
            "--deterministic is for a model",
        ),
        (["batch", "in.jsonl", "--width", "0"], 2, "Invalid value for '--width'"),
        (["batch"], 2, "Missing argument"),
        (["batch", "in.jsonl", "-o", "taken.jsonl"], 1, "taken.jsonl exists already"),
        (["batch", "in.jsonl", "-o", "half.jsonl"], 1, "half.jsonl.part is there without a journal"),
        (["batch", "in.jsonl", "-o", "none/out.jsonl"], 1, "none/out.jsonl.journal: cannot be written"),
        (["batch", "in.jsonl", "-o", "."], 1, ".: is a directory"),
        (["batch", "in.jsonl", "-o", "in.jsonl"], 2, "-o in.jsonl is part of the input"),
        (["batch", ".", "-o", "answers.jsonl"], 2, "-o answers.jsonl is part of the input"),
        (["batch", "in.jsonl", "--model", "none.gguf"], 1, "none.gguf"),
        (["batch", "in.jsonl", "--model", "in.jsonl"], 1, "in.jsonl"),
        (["batch", "in.jsonl", "--model", "cut.gguf"], 1, "cut.gguf"),
    ],
)
def test_refusals_are_one_line_and_leave_nothing(tmp_path: Path, args: list[str], code: int, message: str) -> None:
    write(tmp_path / "in.jsonl", GOOD)
    write(tmp_path / "empty.jsonl", "")
    write(tmp_path / "notes.txt", "a pump")
    write(tmp_path / "foreign.csv", "甲,乙\n1,2\n")
    write(tmp_path / "damaged.jsonl.gz", gzip.compress(GOOD.encode() * 99)[:40])
    (tmp_path / "nothing").mkdir()
    write(tmp_path / "blank.jsonl", "\n \n\n")
    write(tmp_path / "taken.jsonl", "earlier")
    write(tmp_path / "half.jsonl.part", "earlier")
    if "cut.gguf" in args:
        whole = make_tiny_gguf(tmp_path / "cut.gguf").read_bytes()
        write(tmp_path / "cut.gguf", whole[: len(whole) // 2])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    done = taibao(*args, home=tmp_path, TAIBAO_ENGINE="")
    assert (done.returncode, done.stdout) == (code, b"")
    assert done.stderr.decode().startswith("taibao: ")
    assert message in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_a_read_only_folder_is_found_before_the_model_is_loaded(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    if os.access(folder, os.W_OK):
        folder = Path("/proc")  # the superuser may write to any folder but this kind
        if not folder.is_dir():
            pytest.skip("no folder that this user cannot write to")
    source = write(tmp_path / "in.jsonl", GOOD)
    done = taibao("batch", source, "-o", folder / "out.jsonl", "--model", "none.gguf", home=tmp_path)
    assert done.returncode == 1
    assert f"{folder / 'out.jsonl.journal'}: cannot be written" in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def test_overwrite(tmp_path: Path) -> None:
    out = write(tmp_path / "out.jsonl", "earlier")
    write(tmp_path / "out.jsonl.part", "earlier")
    assert taibao("batch", "-", "-o", out, "--overwrite", home=tmp_path, stdin=GOOD).returncode == 0
    assert rows_of(out.read_bytes())[0]["id"] == 1
    assert not (tmp_path / "out.jsonl.part").exists()


def test_the_first_rows_first_and_the_rest_later(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", "".join(f'{{"text":"text {n}","task":"title"}}\n' for n in range(9)))
    out = tmp_path / "out.jsonl"
    assert taibao("batch", source, "-o", out, "--limit", "4", home=tmp_path).returncode == 0
    assert [row["id"] for row in rows_of(out.read_bytes())] == [1, 2, 3, 4]
    assert taibao("batch", source, "-o", out, home=tmp_path).returncode == 0
    assert [row["id"] for row in rows_of(out.read_bytes())] == list(range(1, 10))


def test_too_many_errors_stop_the_run_and_keep_the_answers(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", GOOD + '{"task":"title"}\n' * 5 + GOOD)
    done = taibao("batch", source, "-o", tmp_path / "out.jsonl", "--max-errors", "2", home=tmp_path)
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [
        "taibao: 2 answers are kept; the same command goes on (without --overwrite, --no-resume)",
        "taibao: stopped by --max-errors: 2 of 3 rows have errors",
    ]
    assert not (tmp_path / "out.jsonl").exists()


def test_a_dry_run_names_what_would_fail_and_writes_nothing(tmp_path: Path) -> None:
    long = '{"task":"title","text":"' + "很长" * 5000 + '"}\n'
    labels = '{"task":"labels","text":"a pump","labels":["pump","valve"]}\n'
    source = write(tmp_path / "in.jsonl", GOOD + long + "nonsense\n" + labels)
    done = taibao("batch", source, "-o", tmp_path / "out.jsonl", "--dry-run", home=tmp_path)
    assert (done.returncode, done.stdout) == (3, b"")
    first, second, last = done.stderr.decode().splitlines()
    assert first.startswith("taibao: line 2: the prompt has ")
    assert second.startswith("taibao: line 3: not JSON")
    assert last.startswith("taibao: dry run: 4 rows, ")
    assert last.endswith(" prompt tokens, 2 rows would fail; nothing was written")
    assert os.listdir(tmp_path) == ["in.jsonl"]


def test_any_width_gives_the_same_bytes(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", "".join(f'{{"text":"text {n}","task":"title,type"}}\n' for n in range(150)))
    outputs = {taibao("batch", source, "--width", str(width), home=tmp_path).stdout for width in (1, 3, 64)}
    assert len(outputs) == 1
    assert len(rows_of(outputs.pop())) == 150


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_keeps_what_is_done(tmp_path: Path, stop: signal.Signals) -> None:
    part = tmp_path / "out.jsonl.part"
    process = subprocess.Popen(
        [sys.executable, "-m", "taibao_cli", "batch", "-", "-o", "out.jsonl"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(tmp_path),
        cwd=tmp_path,
    )
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(GOOD.encode() * 50)
    process.stdin.flush()
    deadline = time.monotonic() + 30
    while not (part.exists() and part.read_bytes().count(b"\n") > 10) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(stop)
    message = process.stderr.read().decode()
    assert process.wait(30) == 130
    answers = (tmp_path / "out.jsonl.journal").read_bytes().count(b"\n") - 1
    assert answers > 10
    kept = f"taibao: interrupted: {answers} answers are kept; the same command goes on"
    assert message == f"{kept} (without --overwrite, --no-resume)\n"
    assert not (tmp_path / "out.jsonl").exists()
    done = taibao("batch", "-", "-o", "out.jsonl", home=tmp_path, stdin=GOOD * 50)
    assert f"out.jsonl: going on with the {answers} answers of the interrupted run\n" in done.stderr.decode()
    assert [row["id"] for row in rows_of((tmp_path / "out.jsonl").read_bytes())] == list(range(1, 51))
    again = taibao("batch", "-", "-o", "out.jsonl", home=tmp_path, stdin=GOOD * 50)
    assert again.returncode == 0
    assert b"out.jsonl is already complete: 50 rows; nothing was changed\n" in again.stderr


def test_a_reader_that_leaves_ends_the_run_quietly(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", GOOD * 20_000)
    process = subprocess.Popen(
        [sys.executable, "-m", "taibao_cli", "batch", source],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(tmp_path),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert json.loads(process.stdout.readline())["id"] == 1
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(30) == 141


def test_a_task_file_of_the_user(tmp_path: Path) -> None:
    made = taibao("tasks", "new", "problem", home=tmp_path)
    assert made.returncode == 0
    assert Path(made.stdout.decode().strip()).is_relative_to(tmp_path)
    done = taibao("batch", "-", home=tmp_path, stdin='{"text":"一种泵","task":"problem"}\n')
    assert rows_of(done.stdout)[0]["output"] == "echo: 一种泵 用一句话说明这份专利解决的技术问题："


def test_the_real_engine_on_a_tiny_model(tmp_path: Path) -> None:
    model = make_tiny_gguf(tmp_path / "tiny.gguf")
    source = write(tmp_path / "in.jsonl", '{"text":"A pump","task":"chat"}\n{"a":"x","b":"y","task":"entail"}\n')
    args = ("batch", source, "--model", model, "--max-tokens", "4", "--threads", "1")
    done = taibao(*args, home=tmp_path, TAIBAO_ENGINE="")
    assert done.returncode == 0, done.stderr
    chat, entail = rows_of(done.stdout)
    assert chat["usage"]["completion"] <= 4
    assert entail["output"] in ("entailed", "neutral", "contradicted")
    assert sum(label["p"] for label in entail["labels"]) == pytest.approx(1, abs=2e-4)
    one_by_one = rows_of(taibao(*args, "--width", "1", home=tmp_path, TAIBAO_ENGINE="").stdout)
    assert [row["output"] for row in one_by_one] == [chat["output"], entail["output"]]


def test_a_deterministic_run_is_one_of_its_own(tmp_path: Path) -> None:
    model = make_tiny_gguf(tmp_path / "tiny.gguf")
    rows = "".join(f'{{"text":"A pump, number {n}","task":"chat"}}\n' for n in range(4))
    source = write(tmp_path / "in.jsonl", rows)
    args = ("batch", source, "--model", model, "--max-tokens", "4", "-o", "out.jsonl", "--threads")
    assert taibao(*args, "1", "--deterministic", home=tmp_path, TAIBAO_ENGINE="").returncode == 0
    manifest = json.loads((tmp_path / "out.jsonl.manifest.json").read_bytes())
    assert manifest["engine"].pop("tuning").startswith("width=1,")
    assert manifest["engine"] == {"kind": "llama.cpp", "width": 1, "threads": 1}
    assert manifest["run"]["deterministic"] == "1 threads"
    assert list(manifest["tasks"]) == ["chat"]
    for options, difference in (
        (("1",), "deterministic was 1 threads, is None"),
        (("2", "--deterministic"), "deterministic was 1 threads, is 2 threads"),
    ):
        done = taibao(*args, *options, home=tmp_path, TAIBAO_ENGINE="")
        assert done.returncode == 1
        assert difference in done.stderr.decode()
