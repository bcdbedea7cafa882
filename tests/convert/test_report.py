"""The quality report: measured rows, the budget, the pages."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from convert.report import SOURCE, Budget, TypeRow, over_budget, quantized_path, recommend
from convert.reportpages import markdown, plot
from taibao_cli.cli import convert_report
from taibao_cli.cli.convert import convert
from taibao_cli.errors import TaibaoError, UsageError


def row(type_: str, megabytes: float, kl: float, titles: float, **values: Any) -> TypeRow:
    fields = {"ppl_ratio": 1 + kl, "top1": 1 - kl, "rows_per_s": 2.0, "peak_bytes": 10**8, **values}
    return TypeRow(type=type_, bytes=int(megabytes * 1e6), kl=kl, metrics={"titles": titles}, **fields)


ROWS = [
    row(SOURCE, 16, 0.0, 0.80),
    row("q8_0", 8.5, 0.0014, 0.80),
    row("q6_k", 6.6, 0.0055, 0.79, peak_bytes=2 * 10**8),
    row("q4_k_m", 4.9, 0.03, 0.785),
    row("q3_k_m", 4.0, 0.1, 0.80),
    row("iq4_xs", 4.5, 0.036, 0.70),
]


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        (Budget(), "q4_k_m"),
        (Budget(kl=0.2), "q3_k_m"),
        (Budget(kl=0.01), "q6_k"),
        (Budget(loss=0.2), "iq4_xs"),
        (Budget(kl=0.01, peak_bytes=150_000_000), "q8_0"),
        (Budget(kl=0.0001), SOURCE),
        (Budget(kl=0.01, bytes=6_000_000), None),
    ],
)
def test_the_smallest_within_the_budget(budget: Budget, expected: str | None) -> None:
    chosen = recommend(ROWS, budget)
    assert (chosen and chosen.type) == expected


def test_what_is_beyond_the_budget_is_named() -> None:
    budget = Budget(kl=0.01, loss=0.02, bytes=4_200_000, peak_bytes=90_000_000)
    assert over_budget(ROWS[5], ROWS[0], budget) == ["KL 0.036", "titles 0.7", "size 4.5 MB", "memory 100 MB"]
    broken = row("q2_k", 1, float("nan"), 0.8)
    assert over_budget(broken, ROWS[0], Budget()) == ["KL nan"]


def test_markdown() -> None:
    chosen = recommend(ROWS, Budget())
    lines = markdown("m.gguf", ROWS, Budget(), chosen, ["200 paragraphs"]).splitlines()
    assert lines[0] == "# m.gguf in 5 number formats"
    assert lines[2] == (
        "| type | MB | perplexity ratio | KL (nats) | same first token | titles | rows/s | memory MB | beyond |"
    )
    assert "| **q4_k_m** | 4.9 | 1.0300 | 0.03 | 97.00% | 0.785 | 2 | 100 |  |" in lines
    assert "| q3_k_m | 4.0 | 1.1000 | 0.1 | 90.00% | 0.8 | 2 | 100 | KL 0.1 |" in lines
    assert lines[-3].startswith(
        "Budget: KL at most 0.05 nats, scores at most 2.0% below the original's. Recommended: **q4"
    )
    assert lines[-1] == "- 200 paragraphs"
    assert "No file is within the budget." in markdown("m", ROWS, Budget(kl=0, bytes=1), None, [])


def test_plot_has_a_point_for_each_file_and_smaller_files_to_the_left() -> None:
    svg = ET.fromstring(plot("m & n.gguf", ROWS, Budget(), ROWS[3]))
    circles = svg.findall("{*}circle")
    x = {row.type: float(circle.attrib["cx"]) for row, circle in zip(ROWS, circles, strict=True)}
    y = {row.type: float(circle.attrib["cy"]) for row, circle in zip(ROWS, circles, strict=True)}
    assert sorted(x, key=lambda name: x[name]) == ["q3_k_m", "iq4_xs", "q4_k_m", "q6_k", "q8_0", SOURCE]
    assert sorted(y, key=lambda name: y[name]) == ["q3_k_m", "iq4_xs", "q4_k_m", "q6_k", "q8_0", SOURCE]
    assert [circle.attrib["fill"] for circle in circles].count("#1f77b4") == 1
    assert {text.text for text in svg.findall("{*}text")} >= {"m & n.gguf: size and divergence", "q8_0", "1e-1"}


def test_names_of_files() -> None:
    assert quantized_path(Path("a/m-f16.gguf"), Path("out"), "q8_0") == Path("out/m-q8_0.gguf")
    assert quantized_path(Path("m.gguf"), Path("out"), "q8_0") == Path("out/m-q8_0.gguf")


def test_the_command(tiny_gguf: Path, tmp_path: Path, texts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    paragraphs = tmp_path / "texts.txt"
    paragraphs.write_text("\n".join(texts), encoding="utf-8")
    asked: list[Path] = []

    def metric(path: Path) -> dict[str, float]:
        asked.append(path)
        return {"titles": 0.5 if "q4_0" in path.name else 0.9}

    monkeypatch.setattr(convert_report, "_metric", lambda *_: metric)
    arguments = ["report", tiny_gguf, "--texts", paragraphs, "-o", tmp_path / "out", "--types", "q8_0,Q4_0"]
    arguments += ["--rows", 2, "--ctx", 256, "--threads", 1, "--data", tmp_path, "--max-kl", 0.2]
    done = CliRunner().invoke(convert, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    values = json.loads((tmp_path / "out/report.json").read_text(encoding="utf-8"))
    assert asked == [tiny_gguf, tmp_path / "out/tiny-q8_0.gguf", tmp_path / "out/tiny-q4_0.gguf"]
    assert values["recommended"] == "q8_0"
    rows = {entry["type"]: entry for entry in values["rows"]}
    assert list(rows) == [SOURCE, "q8_0", "q4_0"]
    assert rows["q8_0"]["bytes"] == (tmp_path / "out/tiny-q8_0.gguf").stat().st_size
    assert rows[SOURCE]["kl"] < 1e-9 < rows["q8_0"]["kl"] < rows["q4_0"]["kl"] < 0.2
    assert rows[SOURCE]["ppl_ratio"] == 1.0
    assert all(entry["rows_per_s"] > 0 and entry["peak_bytes"] > 20_000_000 for entry in rows.values())
    page = (tmp_path / "out/report.md").read_text(encoding="utf-8")
    assert done.stdout == page + "\n" or done.stdout == page
    assert "titles 0.5" in page
    ET.parse(tmp_path / "out/report.svg")
    again = CliRunner().invoke(convert, [str(argument) for argument in arguments])
    assert isinstance(again.exception, TaibaoError)


def test_types_that_are_not_known(tmp_path: Path) -> None:
    arguments = ["report", "m.gguf", "--texts", "t", "-o", str(tmp_path), "--types", "q8_0,q9"]
    result = CliRunner().invoke(convert, arguments)
    assert isinstance(result.exception, UsageError)
    assert "no number format q9" in str(result.exception)
