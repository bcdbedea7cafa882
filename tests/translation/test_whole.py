"""What the measure of whole patents counts, apart from the checks that it measures."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.translation import whole


@pytest.mark.parametrize(
    ("source", "output", "signs", "numbers"),
    [
        ("泵壳（1）厚5 mm。", "The casing (1) is 5 mm thick.", [], []),
        ("泵壳（1）厚5 mm。", "The casing is 5 mm thick.", ["1"], []),
        ("泵壳（12）厚5 mm。", "The casing 12 is 6 mm thick.", [], ["5"]),
        ("设有2个泵。", "There are two pumps.", [], []),
        ("转速为1,500转。", "The speed is 1500 rpm.", [], []),
        ("叶轮（2）与叶轮（2）。", "The impeller (2).", ["2"], []),
    ],
)
def test_what_is_lost(source: str, output: str, signs: list[str], numbers: list[str]) -> None:
    row = {"source": source, "output": output}
    assert (whole.signs_lost(row), whole.numbers_lost(row)) == (signs, numbers)


def test_one_patent() -> None:
    piece = {"patent": "p", "part": "claim", "number": "1", "state": "PASS", "checks": []}
    rows = [
        {**piece, "id": "claim-1/1", "source": "一种泵（1）。", "output": "A pump."},
        {
            **piece,
            "id": "claim-2/0",
            "number": "2",
            "source": "根据权利要求1所述的泵，",
            "output": "The pump of claim 1,",
        },
        {"part": "document", "checks": [], "state": "PASS"},
    ]
    counts: Counter[str] = Counter()
    whole.count(counts, rows, "en")
    assert (counts["claims"], counts["claim graphs kept"], counts["pieces PASS"]) == (2, 1, 2)
    assert counts["of them not flagged (numerals)"] == 1


def test_without_corpora_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["whole", "--data", str(tmp_path)])
    whole.main()
    assert capsys.readouterr().out.startswith("skipped: ")
