"""Claim charts: verdicts need probability, words and figures; quotes are verified; dates are compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from taibao_cli.batch.chart import Chart, chart, dated, verified
from taibao_cli.batch.chart_show import chart_markdown, chart_row, chart_text
from taibao_cli.engine.base import LabelScore, Request, Result
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.errors import RowError, UsageError
from taibao_cli.models.registry import Model
from taibao_cli.patents.document.patent import DocumentNumber, Origin, Patent
from taibao_cli.patents.document.text import read_text
from tests.cli.shell import taibao

MODEL = Model(name="fake", path=Path(), sha256="0" * 64, prompt="full", lexicon=None, metadata={})
OWN = """水泵
权利要求书
1. 一种水泵，其特征在于，包括泵壳(1)，所述泵壳由铸铁制成，壁厚为12mm，其中设有红外线传感器。
2. 根据权利要求1所述的水泵，还包括阀。
"""
OTHER = """参考泵
权利要求书
1. 一种离心水泵，包括泵壳和叶轮。
说明书
具体实施方式
[0001] 图1示出一种水泵。该泵壳由灰铸铁制成。
[0002] 该泵壳的壁厚为10mm。
"""


class Judge(FakeEngine):
    """Says that every pair is entailed with the same probability."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self._p = p

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        for request in requests:
            if request is not None and request.labels:
                first, *rest = request.labels
                others = tuple(LabelScore(label, (1 - self._p) / len(rest)) for label in rest)
                yield Result(request.key, first, "label", labels=(LabelScore(first, self._p), *others))


def patent(text: str, name: str = "a.txt") -> Patent:
    return read_text(text, Origin(name, "text"))


def made(p: float = 0.9, own: str = OWN, other: str = OTHER, claim: int = 1) -> Chart:
    return chart(patent(own), patent(other, "b.txt"), claim, Judge(p), MODEL)


def verdicts(found: Chart) -> list[tuple[str, str, str]]:
    return [(row.feature.text, row.verdict, row.found.place if row.found else "") for row in found.rows]


def test_words_figures_and_probability_decide() -> None:
    assert verdicts(made()) == [
        ("一种水泵", "disclosed", "0001"),
        ("包括泵壳(1)", "disclosed", "0001"),
        ("所述泵壳由铸铁制成，壁厚为12mm", "not found", "0001"),
        ("其中设有红外线传感器", "not found", ""),
    ]
    assert made(p=0.4).disclosed == 0
    assert made(own=OWN.replace("12mm", "10mm").replace("由铸铁制成，", "")).rows[2].verdict == "disclosed"


def test_quotes_stand_in_the_reference_word_for_word() -> None:
    found = made()
    for row in found.rows:
        if row.found is not None:
            assert verified(found.reference, row.found.place, row.found.quote)
    assert not verified(found.reference, "0001", "该泵壳由铸铁制成。")
    assert not verified(found.reference, "0009", "该泵壳的壁厚为10mm。")
    assert not verified(found.reference, "0001", "")


NUMBERED = """参考泵
说明书
具体实施方式
[0001] 如图1所示，本实施例的离心水泵包括泵壳1和叶轮2，叶轮2设在泵壳1内。
[0002] 泵壳1由铸铁制成，叶轮2由黄铜制成。
[0003] 叶轮2有三片叶片，叶片沿圆周均匀分布。
"""


def test_with_a_small_model_words_and_figures_decide() -> None:
    own = """水泵
权利要求书
1. 一种离心水泵，其特征在于，包括泵壳和设在所述泵壳内的叶轮；所述泵壳由铸铁制成；所述叶轮有两片叶片；
所述泵壳内设有红外线传感器。
"""
    small = replace(MODEL, prompt="brief")
    found = chart(patent(own), patent(NUMBERED, "b.txt"), 1, Judge(0.01), small)
    assert "小模型不作判断" in chart_text(found, "zh")
    assert chart_row(found)["decided_by"] == "words"
    assert verdicts(found) == [
        ("一种离心水泵", "disclosed", "0001"),
        ("包括泵壳和设在所述泵壳内的叶轮", "disclosed", "0001"),
        ("所述泵壳由铸铁制成", "disclosed", "0002"),
        ("所述叶轮有两片叶片", "not found", "0003"),
        ("所述泵壳内设有红外线传感器", "not found", "0001"),
    ]


@pytest.mark.parametrize(
    ("filed", "priority", "published", "expected"),
    [
        ("2020-01-02", "", "2020-01-01", "before"),
        ("2020-01-02", "", "2020-01-02", "not before"),
        ("2020-01-02", "2019-01-02", "2019-06-01", "not before"),
        ("2020-01-02", "", "", "unknown"),
        ("", "", "2019-06-01", "unknown"),
    ],
)
def test_dates(filed: str, priority: str, published: str, expected: str) -> None:
    own = replace(
        Patent(),
        application=DocumentNumber("CN", "1", "", filed),
        priorities=(DocumentNumber("US", "2", "", priority),) if priority else (),
    )
    assert dated(own, replace(Patent(), publication=DocumentNumber("CN", "3", "A", published))) == expected


def test_a_claim_that_is_not_there_and_two_languages() -> None:
    with pytest.raises(UsageError, match="no claim 7; there are 1, 2"):
        made(claim=7)
    with pytest.raises(UsageError, match="translate one of them first"):
        made(other="CLAIMS\n1. A pump comprising a casing.")


def test_a_model_that_fails_is_an_error() -> None:
    engine = FakeEngine(errors={"1/0/0": RowError("engine", "died", retryable=True)})
    with pytest.raises(RowError, match="died"):
        chart(patent(OWN), patent(OTHER), 1, engine, MODEL)


def test_shown_as_text_and_markdown() -> None:
    text = chart_text(made(), "zh")
    assert text.startswith("权利要求 1（a.txt）与对比文件 b.txt\n对比文件的公开日或本申请的申请日未知")
    assert "1. 一种水泵\n   公开 [0001] (p 0.90, 100%)\n   “图1示出一种水泵。”" in text
    assert "缺少数值 12mm" not in text
    assert "缺少数值 12" in text
    assert text.endswith("公开 2 / 4 个特征")
    table = chart_markdown(made(claim=2), "en")
    assert "this claim depends on claim 1" in table
    assert "| # | feature | verdict | reference |\n|---|---|---|---|\n| 1 |" in table
    assert chart_row(made())["features"][3] == {
        "number": 4,
        "text": "其中设有红外线传感器",
        "verdict": "not found",
        "place": None,
        "quote": None,
    }


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(OWN, encoding="utf-8")
    (tmp_path / "b.txt").write_text(OTHER, encoding="utf-8")
    done = taibao("chart", "--claim", "1", "--json", "a.txt", "b.txt", home=tmp_path)
    row = json.loads(done.stdout)
    assert (done.returncode, row["id"], row["reference"], row["claim"], len(row["features"])) == (
        0,
        "a.txt",
        "b.txt",
        1,
        4,
    )
    assert taibao("chart", "--markdown", "a.txt", "b.txt", home=tmp_path).stdout.count(b"\n| ") == 5
    assert taibao("chart", "a.txt", "none.txt", home=tmp_path).returncode == 4
    assert taibao("chart", "--claim", "9", "a.txt", "b.txt", home=tmp_path).returncode == 2
    (tmp_path / "two.jsonl").write_text(
        '{"id": "X", "abstract": "水泵。"}\n{"id": "Y", "abstract": "阀。"}\n', encoding="utf-8"
    )
    assert b"holds 2 patents; the first one, X, is used" in taibao("chart", "a.txt", "two.jsonl", home=tmp_path).stderr
