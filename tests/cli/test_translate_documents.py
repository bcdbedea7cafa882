"""`taibao translate FILE -o`: every form of output, glossary and memory, a failing piece asked again and flagged."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from pathlib import Path

import docx
import pytest
from lxml import etree

from taibao_cli.engine import fake
from taibao_cli.engine.base import Request
from tests.cli.shell import Done, taibao

PATENT = {
    "id": "P1",
    "title": "离心泵",
    "abstract": "一种离心泵。",
    "claims": [
        "1. 一种离心泵，包括泵壳（1）和叶轮（2）。",
        "2. 根据权利要求1所述的离心泵，其特征在于，所述叶轮（2）的直径为5 mm。",
    ],
    "description": (
        "## 技术领域\n[0001] 本发明涉及一种离心泵。\n## 具体实施方式\n[0002] 泵壳1内有叶轮2。叶轮2转动，泵壳1不动。"
    ),
}
ANSWERS = {
    "离心泵": "Centrifugal pump",
    "泵壳": "the casing",
    "叶轮": "a rotor",
    "一种离心泵。": "A centrifugal pump.",
    "一种离心泵，包括泵壳（1）和叶轮（2）。": "A centrifugal pump, comprising a casing (1) and a rotor (2).",
    "所述叶轮（2）的直径为5 mm。": "The rotor (2) has a diameter of 5 mm.",
    "本发明涉及一种离心泵。": "The invention relates to a centrifugal pump.",
    "泵壳1内有叶轮2。": "The casing 1 has a rotor 2.",
    "叶轮2转动，泵壳1不动。": "The rotor 2 turns, the casing 1 does not.",
}
IMPELLER = {
    source: answer.replace("rotor", "impeller").replace("a imp", "an imp") for source, answer in ANSWERS.items()
}
DIAMETER = "所述叶轮（2）的直径为5 mm。"
AGAIN = "上一次的译文有误"


class Engine:
    """What the fake engine says, and what it was asked."""

    def __init__(self, answers: Mapping[str, str], again: str = "") -> None:
        self.answers, self.again = answers, again
        self.asked: list[str] = []

    def __call__(self, request: Request) -> str:
        prompt = request.messages[-1].content
        self.asked.append(prompt)
        return self.again if AGAIN in prompt else self.answers.get(prompt.rsplit("\n", 1)[-1], "?")


def translated(
    home: Path, monkeypatch: pytest.MonkeyPatch, output: str, engine: Engine, *options: str, patent: object = PATENT
) -> Done:
    monkeypatch.setattr(fake, "_echo", engine)
    (home / "p.jsonl").write_text(json.dumps(patent, ensure_ascii=False) + "\n", encoding="utf-8")
    return taibao("translate", "p.jsonl", "-o", output, *options, home=home)


def test_docx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = translated(tmp_path, monkeypatch, "out.docx", Engine(ANSWERS))
    assert (done.returncode, done.stdout) == (0, b"")
    shown = [each.text for each in docx.Document(io.BytesIO((tmp_path / "out.docx").read_bytes())).paragraphs]
    assert "1. A centrifugal pump, comprising a casing (1) and a rotor (2)." in shown
    claim = "2. The centrifugal pump according to claim 1, characterized in that the rotor (2) has a diameter of 5 mm."
    assert claim in shown
    assert "TECHNICAL FIELD" in shown


def test_txt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert translated(tmp_path, monkeypatch, "out.txt", Engine(ANSWERS)).returncode == 0
    assert (tmp_path / "out.txt").read_text(encoding="utf-8") == (
        "Centrifugal pump\n\nABSTRACT\n\nA centrifugal pump.\n\nCLAIMS\n\n"
        "1. A centrifugal pump, comprising a casing (1) and a rotor (2).\n\n"
        "2. The centrifugal pump according to claim 1, characterized in that the rotor (2) has a diameter of 5 mm.\n\n"
        "DESCRIPTION\n\nTECHNICAL FIELD\n\n[0001] The invention relates to a centrifugal pump.\n\n"
        "DETAILED DESCRIPTION\n\n[0002] The casing 1 has a rotor 2. The rotor 2 turns, the casing 1 does not.\n"
    )


def test_jsonl_has_a_check_result_in_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert translated(tmp_path, monkeypatch, "out.jsonl", Engine(ANSWERS)).returncode == 0
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(row["state"], row["checks"]) for row in rows] == [("PASS", [])] * len(rows)
    assert {row["origin"] for row in rows[:-1]} == {"model", "rule"}
    assert rows[-1]["terms"] == {"离心泵": "centrifugal pump", "泵壳": "casing", "叶轮": "rotor"}


def test_tmx_and_xliff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert translated(tmp_path, monkeypatch, "out.tmx", Engine(ANSWERS)).returncode == 0
    units = etree.parse(tmp_path / "out.tmx").findall(".//tu")
    pairs = {tuple(seg.text for seg in unit.findall(".//seg")) for unit in units}
    assert (DIAMETER, ANSWERS[DIAMETER]) in pairs
    assert translated(tmp_path, monkeypatch, "out.xlf", Engine(ANSWERS)).returncode == 0
    root = etree.parse(tmp_path / "out.xlf").getroot()
    states = {target.get("state") for target in root.iter("{*}target")}
    assert states == {"translated"}
    assert DIAMETER in [source.text for source in root.iter("{*}source")]


@pytest.mark.parametrize("form", ["tsv", "tbx"])
def test_the_glossary_is_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    glossary = tmp_path / f"terms.{form}"
    glossary.write_text("叶轮\timpeller\n" if form == "tsv" else TBX, encoding="utf-8")
    engine = Engine(IMPELLER)
    done = translated(tmp_path, monkeypatch, "out.jsonl", engine, "--glossary", glossary.name)
    assert done.returncode == 0
    assert [prompt for prompt in engine.asked if DIAMETER in prompt and "impeller" in prompt]
    disobeyed = translated(
        tmp_path, monkeypatch, "out.jsonl", Engine(ANSWERS), "--glossary", glossary.name, "--overwrite"
    )
    assert disobeyed.returncode == 3
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    wrong = {row["id"] for row in rows if "glossary" in {check["check"] for check in fixes(row)}}
    assert {"claim-1/1", "claim-2/1"} <= wrong


TBX = """<?xml version="1.0" encoding="UTF-8"?>
<martif type="TBX" xml:lang="zh"><text><body><termEntry>
<langSet xml:lang="zh"><ntig><termGrp><term>叶轮</term></termGrp></ntig></langSet>
<langSet xml:lang="en"><tig><term>impeller</term></tig></langSet>
</termEntry></body></text></martif>
"""


def fixes(row: Mapping[str, object]) -> list[Mapping[str, str]]:
    return [check for check in row["checks"] if check["state"] == "FIX"]  # type: ignore[attr-defined]


def test_known_pieces_come_from_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert translated(tmp_path, monkeypatch, "memory.tmx", Engine(ANSWERS)).returncode == 0
    engine = Engine({})
    done = translated(tmp_path, monkeypatch, "out.jsonl", engine, "--tm", "memory.tmx")
    assert done.returncode == 0
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    by_id = {row["id"]: row for row in rows}
    assert (by_id["claim-2/1"]["origin"], by_id["claim-2/1"]["output"]) == ("memory", ANSWERS[DIAMETER])
    assert not [prompt for prompt in engine.asked if DIAMETER in prompt]


WRONG = {**ANSWERS, DIAMETER: "The rotor (2) has a diameter of 6 mm."}


def test_a_failing_piece_is_asked_again_with_the_failure_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(WRONG, again=ANSWERS[DIAMETER])
    assert translated(tmp_path, monkeypatch, "out.jsonl", engine).returncode == 0
    (prompt,) = [prompt for prompt in engine.asked if AGAIN in prompt]
    assert re.search(r"数值 5 在译文中成了 6", prompt)
    assert WRONG[DIAMETER] in prompt
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["origin"] for row in rows if row["id"] == "claim-2/1"] == ["again"]


@pytest.mark.parametrize("output", ["out.jsonl", "out.docx", "out.txt", "out.tmx", "out.xlf"])
def test_what_stays_wrong_after_all_tries_is_flagged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    engine = Engine(WRONG, again=WRONG[DIAMETER])
    done = translated(tmp_path, monkeypatch, output, engine, "--tries", "3")
    assert done.returncode == 3
    assert sum(AGAIN in prompt for prompt in engine.asked) == 3
    assert b"1 " in done.stderr
    data = (tmp_path / output).read_bytes()
    if output.endswith("docx"):
        runs = [run for each in docx.Document(io.BytesIO(data)).paragraphs for run in each.runs]
        marked = [run.text for run in runs if run.font.highlight_color is not None]
        assert any("6 mm" in text for text in marked)
    elif output.endswith("jsonl"):
        (row,) = [row for row in map(json.loads, data.splitlines()) if row["id"] == "claim-2/1"]
        assert [check["check"] for check in fixes(row)] == ["quantities"]
    elif output.endswith("xlf"):
        units = {unit.get("id"): unit for unit in etree.fromstring(data).iter("{*}trans-unit")}
        target = next(unit for name, unit in units.items() if "claim-2/1" in str(name)).find("{*}target")
        assert target.get("state") == "needs-translation"
    elif output.endswith("tmx"):
        assert "6 mm" not in data.decode()
    else:
        assert "6 mm" in data.decode()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("-o", "out.odt"), 2, ".docx"),
        (("-o", "there.txt"), 1, "there.txt"),
        (("-o", "none/out.txt"), 1, "folder"),
        (("-o", "out.txt", "--json"), 2, "--json"),
        (("--tm", "m.tmx"), 2, "--tm goes with -o"),
        (("-o", "out.txt", "--to", "zh"), 4, "already in zh"),
    ],
)
def test_what_is_refused(tmp_path: Path, options: tuple[str, ...], code: int, message: str) -> None:
    (tmp_path / "p.jsonl").write_text(json.dumps(PATENT, ensure_ascii=False) + "\n", encoding="utf-8")
    (tmp_path / "there.txt").write_text("x", encoding="utf-8")
    done = taibao("translate", "p.jsonl", *options, home=tmp_path)
    assert (done.returncode, message in done.stderr.decode()) == (code, True), done.stderr.decode()
    assert (tmp_path / "there.txt").read_text(encoding="utf-8") == "x"
