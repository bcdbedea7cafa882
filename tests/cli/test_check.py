from __future__ import annotations

import json
import re
from pathlib import Path

from taibao_cli.checks.registry import DOCUMENT_CHECKS, GENERATED_CHECKS, TRANSLATION_CHECKS, table
from tests.checks.pairs import PUMP_EN, PUMP_ZH
from tests.cli.shell import taibao

PAGE = Path(__file__).parents[2] / "docs" / "checks.md"
GOOD = "1. A pump comprising a casing.\n2. The pump of claim 1, wherein it is red.\n"
BAD = "1. 一种泵，包括壳。\n2. 根据权利要求3所述的泵，还包括阀\n"


def pair(tmp_path: Path, answer: str) -> list[str]:
    (tmp_path / "a.txt").write_text(PUMP_ZH, encoding="utf-8")
    (tmp_path / "b.txt").write_text(answer, encoding="utf-8")
    return ["check", "--task", "translate", "--source", "a.txt", "--answer", "b.txt"]


def test_a_sound_document(tmp_path: Path) -> None:
    done = taibao("check", home=tmp_path, stdin=GOOD)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines()[-1] == (
        "PASS: claim-numbers, claim-references, claim-multiple, claim-sentence, claim-subject, claim-transition, "
        "antecedent-basis, runaway, commercial-wording, claim-wording, cross-references, jurisdiction-wording, "
        "hidden-text, instructions"
    )


def test_a_document_to_mend(tmp_path: Path) -> None:
    done = taibao("--lang", "zh", "check", "-", home=tmp_path, stdin=BAD)
    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout.decode().splitlines()[:2] == [
        "FIX 权利要求 2：引用的权利要求 3 不存在 [claim-references]",
        "FIX 权利要求 2：结尾没有句号 [claim-sentence]",
    ]
    unchecked, passed = done.stdout.decode().splitlines()[-2:]
    assert unchecked.startswith("未检查：title-length、title-wording（没有发明名称）；abstract-length（没有摘要）；")
    assert passed.startswith("通过：claim-numbers、")


def test_a_translation(tmp_path: Path) -> None:
    assert taibao(*pair(tmp_path, PUMP_EN), home=tmp_path).returncode == 0
    done = taibao(*pair(tmp_path, PUMP_EN.replace("12.5", "12.6")), home=tmp_path)
    assert done.returncode == 1
    assert done.stdout.decode().splitlines()[0] == "FIX claim 1: 12.5 became 12.6 in the answer [quantities]"
    done = taibao(*pair(tmp_path, PUMP_EN.replace("casing (1) consists", "casing consists")), home=tmp_path)
    assert done.returncode == 3


def test_fail_on(tmp_path: Path) -> None:
    call = pair(tmp_path, PUMP_EN.replace("casing (1) consists", "casing consists"))
    assert taibao(*call, "--fail-on", "fix", home=tmp_path).returncode == 0
    assert taibao(*call, "--fail-on", "review", home=tmp_path).returncode == 3
    bad = pair(tmp_path, PUMP_EN.replace("12.5", "12.6"))
    assert taibao(*bad, "--fail-on", "fix", home=tmp_path).returncode == 1


def test_glossary_and_forbidden_words(tmp_path: Path) -> None:
    call = pair(tmp_path, PUMP_EN)
    (tmp_path / "g.tsv").write_text("叶轮\trotor\n", encoding="utf-8")
    (tmp_path / "f.txt").write_text("blade\n\nwidget\n", encoding="utf-8")
    done = taibao(*call, "--glossary", "g.tsv", home=tmp_path)
    assert (done.returncode, done.stdout.decode().count("[glossary]")) == (1, 3)
    done = taibao(*call, "--forbid", "f.txt", home=tmp_path)
    assert done.stdout.decode().splitlines()[0] == 'FIX answer: the answer uses the forbidden "blade" [glossary]'


def test_a_generated_abstract(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("一种离心泵，叶轮直径为12.5 mm。", encoding="utf-8")
    (tmp_path / "b.txt").write_text("一种离心泵，叶轮直径为15 mm。", encoding="utf-8")
    call = ["check", "--task", "abstract", "--source", "a.txt", "--answer"]
    assert taibao(*call, "a.txt", home=tmp_path).returncode == 0
    done = taibao(*call, "b.txt", home=tmp_path)
    assert done.returncode == 1
    assert done.stdout.decode().splitlines()[0] == 'FIX answer: "15 mm" is not in the source [new-numbers]'


def test_a_patent_in_xml(tmp_path: Path) -> None:
    (tmp_path / "p.xml").write_text(
        '<us-patent-application lang="EN"><claims><claim id="c1" num="1"><claim-text>1. A pump of claim 3</claim-text>'
        "</claim></claims></us-patent-application>",
        encoding="utf-8",
    )
    done = taibao("check", "--office", "us", "p.xml", home=tmp_path)
    assert done.returncode == 1
    assert {line.split(" [")[1] for line in done.stdout.decode().splitlines() if line.startswith("FIX")} == {
        "claim-references]",
        "claim-sentence]",
    }


def test_json(tmp_path: Path) -> None:
    done = taibao(*pair(tmp_path, PUMP_EN.replace("12.5", "12.6")), "--json", home=tmp_path)
    (row,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, row["id"], row["state"]) == (1, "b.txt", "FIX")
    (wrong,) = [each for each in row["findings"] if each["state"] == "FIX"]
    assert wrong == {
        "check": "quantities",
        "state": "FIX",
        "place": {"part": "claim", "number": 1, "span": None},
        "office": None,
        "zh": "数值 12.5 在译文中成了 12.6",
        "en": "12.5 became 12.6 in the answer",
        "repair": {"zh": "改回 12.5", "en": "change it back to 12.5"},
    }


def test_sarif(tmp_path: Path) -> None:
    done = taibao("check", "--sarif", home=tmp_path, stdin=BAD)
    log = json.loads(done.stdout)
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == [check.id for check in (*DOCUMENT_CHECKS, *TRANSLATION_CHECKS, *GENERATED_CHECKS)]
    assert [(each["ruleId"], each["level"]) for each in run["results"]] == [
        ("claim-references", "error"),
        ("claim-sentence", "error"),
    ]


def test_rows_of_task_commands(tmp_path: Path) -> None:
    error = {"type": "too_long", "message": "line 5: too long", "retryable": False}
    rows = [
        {"id": "t", "task": "translate", "source": "厚5 mm。", "output": "5 cm thick.", "error": None},
        {"id": "n", "task": "translate", "output": "5 mm thick.", "error": None},
        {"id": "i", "task": "ipc", "output": "H04L", "error": None},
        {
            "id": "m",
            "task": "ipc,title",
            "output": {"ipc": "H98Z", "title": "泵"},
            "error": {"ipc": None, "title": None},
        },
        {"id": "e", "task": "translate", "output": None, "error": error},
        {"id": "d", "title": "泵", "abstract": "一种泵。"},
        {"id": "p", "source": "厚5 mm。", "answer": "5 mm thick."},
        {"id": "x", "text": GOOD},
        {"id": "b", "claims": 3},
        {"id": "o"},
        {"id": "w", "task": "ipc,title", "output": None, "error": error},
    ]
    text = "\n".join([*map(json.dumps, rows), "{broken"])
    done = taibao("check", "-", "--json", home=tmp_path, stdin=text)
    states = {row["id"]: row["state"] for row in map(json.loads, done.stdout.splitlines())}
    assert states == {
        "t": "FIX",
        "n": "PASS",
        "i": "PASS",
        "m": "FIX",
        "e": "REVIEW",
        "d": "PASS",
        "p": "PASS",
        "x": "PASS",
        "b": "REVIEW",
        "o": "PASS",
        "w": "REVIEW",
        12: "REVIEW",
    }
    assert done.returncode == 1
    assert taibao("check", "-", home=tmp_path, stdin=json.dumps(rows)).stdout.decode().startswith("t:\n")


def test_controls_never_reach_the_terminal(tmp_path: Path) -> None:
    done = taibao(*pair(tmp_path, PUMP_EN.replace("rubber", "\x1b]0;橡\x07胶\u202e")), home=tmp_path)
    assert not {"\x1b", "\x07", "\u202e"} & set(done.stdout.decode())


def test_mistakes(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("泵", encoding="utf-8")
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\x00")
    for arguments, code in (
        (("--source", "a.txt"), 2),
        (("--task", "translate", "a.txt"), 2),
        (("--source", "a.txt", "--answer", "a.txt", "a.txt"), 2),
        (("--office", "jp", "a.txt"), 2),
        (("missing.txt",), 4),
        (("--encoding", "utf-8", "bad.txt"), 4),
        (("--source", "a.txt", "--answer", "missing.txt"), 4),
    ):
        done = taibao("check", *arguments, home=tmp_path)
        assert (done.returncode, done.stdout) == (code, b""), arguments


def test_an_empty_answer_is_a_finding(tmp_path: Path) -> None:
    done = taibao(*pair(tmp_path, ""), home=tmp_path)
    assert done.returncode == 1
    assert b"the answer is empty" in done.stdout


def test_the_example_of_the_page(tmp_path: Path) -> None:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    source, rendered, shown = [block for kind, block in fenced if not kind]
    (tmp_path / "a.txt").write_text(source, encoding="utf-8")
    (tmp_path / "b.txt").write_text(rendered, encoding="utf-8")
    done = taibao("check", "--source", "a.txt", "--answer", "b.txt", home=tmp_path)
    assert (done.returncode, done.stdout.decode()) == (1, shown)


def test_the_page_has_the_table_of_all_checks(tmp_path: Path) -> None:
    assert table() in PAGE.read_text(encoding="utf-8")
    assert taibao("check", "--list", home=tmp_path).stdout.decode() == table() + "\n"
