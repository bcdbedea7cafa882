from __future__ import annotations

import json
import re
from pathlib import Path

from tests.cli.shell import taibao

GOOD = "1. A pump comprising a casing.\n2. The pump of claim 1, wherein it is red.\n"
BAD = "1. 一种泵，包括壳。\n2. 根据权利要求3所述的泵，还包括阀\n"


def test_a_tree(tmp_path: Path) -> None:
    done = taibao("tree", home=tmp_path, stdin=GOOD)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == (
        "1 [product] A pump comprising a casing.\n└─ 2 [product] The pump of claim 1, wherein it is red.\n"
    )


def test_defects_stand_below_the_tree(tmp_path: Path) -> None:
    done = taibao("--lang", "zh", "tree", "-", home=tmp_path, stdin=BAD)
    assert (done.returncode, done.stderr) == (3, b"")
    assert done.stdout.decode() == (
        "1 [产品] 一种泵，包括壳。\n2 [产品] 根据权利要求3所述的泵，还包括阀\n\n"
        "FIX 权利要求 2：引用的权利要求 3 不存在 [ref-missing]\nFIX 权利要求 2：结尾没有句号 [no-full-stop]\n"
    )


def test_several_files_as_json(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.txt").write_text(BAD, encoding="utf-8")
    done = taibao("tree", "--json", "good.txt", "bad.txt", home=tmp_path)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 3
    assert [(row["id"], [claim["refers"] for claim in row["claims"]], len(row["defects"])) for row in rows] == [
        ("good.txt", [[], [1]], 0),
        ("bad.txt", [[], [3]], 2),
    ]
    assert taibao("tree", "good.txt", "good.txt", home=tmp_path).stdout.decode().count("good.txt:\n") == 2


def test_office_and_drawings(tmp_path: Path) -> None:
    text = GOOD + "3. The pump of claim 1 or 2.\n4. The pump of any of claims 1 to 3.\n"
    assert taibao("tree", home=tmp_path, stdin=text).returncode == 0
    us = taibao("tree", "--office", "us", "--mermaid", home=tmp_path, stdin=text)
    assert us.returncode == 3
    assert us.stdout.decode().endswith(
        "  %% FIX claim 4: multiple dependent claim depends on multiple dependent claim 3 [multiple-on-multiple]\n"
    )
    assert taibao("tree", "--dot", home=tmp_path, stdin=text).stdout.startswith(b"digraph claims {\n")


def test_mistakes(tmp_path: Path) -> None:
    assert taibao("tree", "--json", "--dot", home=tmp_path, stdin=GOOD).returncode == 2
    assert taibao("tree", "missing.txt", home=tmp_path).returncode == 4
    done = taibao("tree", home=tmp_path, stdin="权利要求书\n")
    assert (done.returncode, done.stderr.count(b"\n")) == (4, 1)


def test_examples_of_the_page(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "claims.md").read_text(encoding="utf-8")
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    blocks = [block for kind, block in fenced if not kind]
    for lang, claims, shown in (("en", *blocks[:2]), ("zh", *blocks[2:])):
        done = taibao("--lang", lang, "tree", home=tmp_path, stdin=claims)
        assert (done.returncode, done.stdout.decode()) == (3, shown)


def test_patents_of_the_offices(tmp_path: Path) -> None:
    folder = Path(__file__).parents[1] / "fixtures" / "documents"
    done = taibao("tree", "--json", folder / "us-application.xml", folder / "ep-st36.xml", home=tmp_path)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["id"], [claim["number"] for claim in row["claims"]]) for row in rows] == [
        ("US20180123456A1", [21, 22]),
        ("EP1000000B1", [1, 2]),
    ]
    (tmp_path / "rows.jsonl").write_text('{"id": "X", "claims": ["1. A pump."]}\n', encoding="utf-8")
    assert taibao("tree", "rows.jsonl", home=tmp_path).stdout == b"1 [product] A pump.\n"
    (tmp_path / "cut.xml").write_text("<claims>", encoding="utf-8")
    assert taibao("tree", "cut.xml", home=tmp_path).returncode == 4
