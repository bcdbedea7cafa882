"""`taibao train data build`: from patent tables to examples of every task."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from taibao_cli.errors import InputError
from taibao_cli.tasks.registry import builtin_tasks
from tests.cli.shell import taibao
from train.instructions.build import Plan, build, split_of
from train.instructions.conversation import Problem
from train.instructions.made import CLASSES, KINDS
from train.instructions.patents import Patent, read_patents
from train.instructions.phrasings import phrasings

TEXTS = {
    "H01M": (
        "一种电池正极材料",
        "本发明公开了一种电池正极材料，包括基体和包覆层，所述包覆层的厚度为20nm。"
        "所述基体为三元材料，粒径为5微米。该材料循环性能好，从而提高了电池的寿命。",
    ),
    "F28D": (
        "一种散热装置",
        "本发明公开了一种散热装置，包括基板、翅片和风扇，所述翅片固定在基板上，所述风扇位于翅片上方。"
        "所述基板为铝板，厚度为3毫米。该装置结构简单，提高了散热效率。",
    ),
}
ENGLISH = (
    "Heat sink",
    "The invention discloses a heat sink, comprising a base plate having an upper surface, a plurality of fins fixed "
    "to the base plate, and a fan arranged above the fins. The base plate is made of aluminium and has a thickness of "
    "3 mm. The heat sink thereby improves the dissipation of heat at low cost.",
)


def row(number: int, symbol: str) -> dict[str, Any]:
    title, abstract = TEXTS[symbol]
    return {
        "pub_no": f"CN1{number:08}A",
        "ipc": [f"{symbol} 4/525"],
        "title": f"{title}{number}",
        "abstract": abstract.replace("20", str(20 + number)),
        "title_en": f"{ENGLISH[0]} {number}",
        "abstract_en": ENGLISH[1].replace("3 mm", f"{number + 3} mm"),
        "claims": [
            "1. 一种装置，其特征在于，包括基板。",
            f"2. 根据权利要求1所述的装置，其特征在于，还包括风扇{number}。",
        ],
        "claims_en": f"1. A device comprising a plate.\n2. The device of claim 1, further comprising a fan {number}.",
    }


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "patents.jsonl"
    rows = [row(number, "H01M" if number % 2 else "F28D") for number in range(24)]
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in rows), encoding="utf-8")
    return path


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    path = tmp_path / "talk.json"
    path.write_text(json.dumps([{"instruction": "你好", "output": "您好"}], ensure_ascii=False), encoding="utf-8")
    return path


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_kind_in_both_languages_and_dialogue(table: Path, talk: Path, tmp_path: Path) -> None:
    built = build([table], [talk], tmp_path / "data", Plan(dev=0, test=0))
    rows = rows_of(tmp_path / "data" / "train.jsonl")
    assert {(each["task"], each["lang"]) for each in rows} == {
        *((kind, lang) for kind in KINDS if kind != "dialogue" for lang in ("zh", "en")),
        ("chat", "zh"),
    }
    assert set(CLASSES) == {"classification", "translation", "generation", "pairs", "dialogue"}
    assert built.counts["train"]["translate"] == 24 * 2 * 3
    assert sum(built.counts["train"].values()) == len(rows)
    assert [each["messages"] for each in rows if each["task"] == "chat"] == [
        [{"role": "user", "content": "你好"}, {"role": "assistant", "content": "您好"}]
    ]


def test_prompts_are_those_of_the_tasks_and_of_other_words(table: Path, tmp_path: Path) -> None:
    build([table], [], tmp_path / "data", Plan(dev=0, test=0, weights={"ipc": 5}))
    asked: Counter[str] = Counter()
    system = builtin_tasks()["ipc"].prompts[("full", "zh")].system
    for each in rows_of(tmp_path / "data" / "train.jsonl"):
        if each["task"] == "ipc" and each["lang"] == "zh":
            assert (each["messages"][-1]["role"], each["messages"][-2]["role"]) == ("assistant", "user")
            assert ("电池正极材料" in each["messages"][-2]["content"]) == (each["messages"][-1]["content"] == "H01M")
            own = each["messages"][0]["role"] == "system"
            assert not own or each["messages"][0]["content"] == system
            asked["own" if own else each["messages"][0]["content"][:6]] += 1
    assert len(asked) >= len(phrasings()["ipc", "zh"])
    assert sum(asked.values()) == 24 * 5
    assert asked["own"] == 24  # five takings, five phrasings: each once


def test_a_weight_for_all_that_patents_give(table: Path, talk: Path, tmp_path: Path) -> None:
    plan = Plan(dev=0, test=0, weights={"all": 0.25, "ipc": 2, "translate": 0})
    counts = build([table], [talk], tmp_path / "data", plan).counts["train"]
    assert (counts["ipc"], counts["translate"], counts["dialogue"]) == (2 * 2 * 24, 0, 1)
    assert 24 * 2 * 0.25 * 0.5 < counts["title"] < 24 * 2 * 0.25 * 2


def test_a_family_is_in_one_split_whatever_is_added(table: Path, tmp_path: Path) -> None:
    plan = Plan(dev=0.2, test=0.2)
    build([table], [], tmp_path / "a", plan)
    numbers = {s: {e["pub_no"] for e in rows_of(tmp_path / "a" / f"{s}.jsonl")} for s in ("train", "dev", "test")}
    assert all(numbers.values())
    assert not numbers["train"] & numbers["dev"]
    assert not (numbers["train"] | numbers["dev"]) & numbers["test"]
    assert {number: split_of(number, plan) for split in numbers for number in numbers[split]} == {
        number: split for split in numbers for number in numbers[split]
    }
    assert split_of("family 7", plan) == split_of("family 7", plan)


def test_the_same_files_give_the_same_bytes(table: Path, talk: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        build([table], [talk], tmp_path / name, Plan())
    for file in ("train.jsonl", "dev.jsonl", "test.jsonl", "build.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_columns_of_chinese_exports(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["公开（公告）号", "标题（中文）", "摘要(中文)", "权利要求", "IPC主分类号", "专利类型", "简单同族"]
        )
        writer.writerow(
            [
                "CN209876543U",
                "泵",
                "本实用新型公开了一种泵。",
                "1.一种泵。2.根据权利要求1所述的泵。",
                "F04B 1/00",
                "",
                "F1",
            ]
        )
        writer.writerow(["X1", "", "", "", "", "外观设计", ""])
    first, second = read_patents(path)
    assert isinstance(first, Patent)
    assert (first.number, first.family, first.symbol, first.type) == ("CN209876543U", "F1", "F04B", "utility model")
    assert (first.text("zh", "title"), len(first.claims("zh"))) == ("泵", 2)
    assert isinstance(second, Problem)
    assert str(second) == f"{path}:3: schema: no title, abstract, claims or description"


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (Plan(weights={"ipcs": 1}), "kinds are type, ipc"),
        (Plan(weights={"ipc": -1}), "weights 0 or more"),
        (Plan(dev=0.6, test=0.5), "below 1 together"),
    ],
)
def test_plans_without_sense(plan: Plan, said: str, table: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said):
        build([table], [], tmp_path / "data", plan)
    assert not (tmp_path / "data").exists()


def test_command(table: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"title": "泵", "abstract": "一种泵。"}\nnot json\n', encoding="utf-8")
    done = taibao("train", "data", "build", table, bad, "-o", "data", "--weight", "ipc=0", home=tmp_path)
    told = done.stderr.decode()
    assert done.returncode == 3
    assert f"{bad}:2: bad json" in told
    assert re.search(r"train: \d+ examples \(abstract", told)
    assert "ipc" not in {each["task"] for each in rows_of(tmp_path / "data" / "train.jsonl")}
    again = taibao("train", "data", "build", table, "-o", "data", home=tmp_path)
    assert (again.returncode, "exists" in again.stderr.decode()) == (4, True)
    wrong = taibao("train", "data", "build", table, "-o", "d", "--weight", "ipc", home=tmp_path)
    assert wrong.returncode == 2


def test_examples_of_ones_own_are_parted_as_they_are(tmp_path: Path) -> None:
    own = [
        {"instruction": f"译：{n}", "output": f"answer {n}", "task": "translate", "family": f"{n // 2}"}
        for n in range(60)
    ]
    (tmp_path / "own.json").write_text(json.dumps(own, ensure_ascii=False), encoding="utf-8")
    shares = ("--dev", "0.2", "--test", "0.2")
    done = taibao("train", "data", "build", "--dialogue", "own.json", "-o", "data", *shares, home=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    parts = [rows_of(tmp_path / "data" / f"{name}.jsonl") for name in ("train", "dev", "test")]
    families = [{each["family"] for each in part} for part in parts]
    assert all(families)
    assert sum(map(len, families)) == len(set().union(*families)) == 30
    said = [(each["messages"][0]["content"], each["messages"][1]["content"]) for part in parts for each in part]
    assert sorted(said) == sorted((row["instruction"], row["output"]) for row in own)
    assert {each["task"] for part in parts for each in part} == {"translate"}
    nothing = taibao("train", "data", "build", "-o", "more", home=tmp_path)
    assert (nothing.returncode, "give tables of patents, or examples" in nothing.stderr.decode()) == (2, True)


def test_phrasings_have_the_places_of_their_task() -> None:
    for (name, lang), forms in phrasings().items():
        own = forms[0].prompt("full", lang).user
        places = {place for place in ("{text}", "{a}", "{b}", "{to}") if place in own}
        assert len(forms) >= 3
        for form in forms[1:]:
            words = form.prompt("full", lang)
            assert {place for place in ("{text}", "{a}", "{b}", "{to}") if place in words.user} == places, (name, words)
