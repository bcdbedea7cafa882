"""Two models on the same rows, and what pages say of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from train.evaluation.charts import Bar, interval_chart
from train.evaluation.compare import compare
from train.evaluation.document import Page
from train.evaluation.evaluate import report_on
from train.evaluation.pages import comparison_page, page_words, report_page
from train.evaluation.passed import passed
from train.evaluation.rows import EvalRow
from train.evaluation.sets import EvalSet
from train.evaluation.shares import label_scores, shares
from train.evaluation.tables import METRICS

TEXT = "本发明公开了一种泵，包括壳体。"


def evalset(count: int, *, kind: Any = "gold", golds: str = "ab") -> EvalSet:
    rows = tuple(
        EvalRow(f"r{n}", {"task": "labels", "text": TEXT * (1 + n % 5), "labels": ["a", "b"], "lang": "zh"},
                golds[n % len(golds)], section="FH"[n % 2])
        for n in range(count)
    )  # fmt: skip
    return EvalSet("labels zh", "labels", "zh", ("accuracy", "macro-F1"), kind, "made", rows)


def report(made: EvalSet, right: int, label: str = "m", samples: int = 0) -> dict[str, Any]:
    """Of a model that has the first `right` rows right."""
    rows = []
    for at, row in enumerate(made.rows):
        own = str(row.gold) if at < right else "x"
        rows.append({"output": own, "error": None, "finish": "label", "labels": [{"label": own, "p": 0.9}]})
    found = report_on(made, rows, {}, seconds=1.0, samples=samples)
    return {"model": {"label": label}, "taibao": "0", "seconds": 1.0, "sets": [found.as_json()]}


def test_a_better_model_is_found_row_by_row() -> None:
    made = evalset(200)
    found = compare(report(made, 100), report(made, 140))
    accuracy, f1 = found.differences
    assert (accuracy.metric, accuracy.first, accuracy.second, accuracy.difference) == ("accuracy", 0.5, 0.7, 0.2)
    assert (accuracy.higher, accuracy.lower, accuracy.verdict, accuracy.p) == (40, 0, "better", 0.0)
    assert 0.13 < accuracy.interval[0] < 0.2 < accuracy.interval[1] < 0.27
    assert (f1.metric, f1.higher, f1.verdict) == ("macro-F1", None, "better")
    worse = compare(report(made, 140), report(made, 100)).differences[0]
    assert (worse.verdict, worse.lower) == ("worse", 40)


def test_pairing_makes_small_differences_visible() -> None:
    """2.5 % of 400 rows, all one way: unpaired intervals of 5 % would hide it."""
    made = evalset(400)
    assert compare(report(made, 200), report(made, 210)).differences[0].verdict == "better"


@pytest.mark.parametrize(("count", "kind"), [(99, "gold"), (200, "lookup")])
def test_nothing_is_claimed_of_few_or_looked_up_rows(count: int, kind: str) -> None:
    made = evalset(count, kind=kind)
    assert compare(report(made, 10), report(made, count)).differences[0].verdict == "no claim"


def test_only_rows_with_the_same_question_and_gold_are_compared() -> None:
    first, second = evalset(120), evalset(120, golds="aab")
    same = sum(one.gold == other.gold for one, other in zip(first.rows, second.rows, strict=True))
    assert compare(report(first, 60), report(second, 60)).differences[0].rows == same
    found = compare(report(evalset(4, golds="a"), 1), report(evalset(4, golds="b"), 1))
    assert found.differences == []
    assert found.left_out == [("labels zh", "no row was measured with the same question and gold in both")]
    nothing = compare(report(evalset(4), 1), {"sets": []})
    assert nothing.left_out == [("labels zh", "only the first report has it")]


def test_shares_by_section_and_length() -> None:
    made = evalset(30)
    table = METRICS["accuracy"].table(made.rows, [("a",)] * 30, "labels")
    found = {(each.by, each.name): each for each in shares(made.rows, table, METRICS["accuracy"])}
    assert set(found) == {
        ("section", "F"),
        ("section", "H"),
        ("length", "short"),
        ("length", "middle"),
        ("length", "long"),
    }
    assert (found["section", "F"].value, found["section", "H"].value) == (1.0, 0.0)
    assert found["length", "short"].longest <= found["length", "middle"].longest < found["length", "long"].longest
    assert sum(each.rows for (by, _), each in found.items() if by == "length") == 30


def test_labels_one_by_one() -> None:
    made = evalset(4)
    a, b = label_scores(made.rows, [("a",), ("a",), ("x",), ("b",)])
    assert (a.label, a.rows, a.given, a.precision, a.recall, a.f1) == ("a", 2, 2, 0.5, 0.5, 0.5)
    assert (b.precision, b.recall, b.f1) == (1.0, 0.5, pytest.approx(2 / 3, abs=1e-4))
    assert label_scores(made.rows, ["text"] * 4) == []


def test_pass_rates_of_checks_beside_those_of_gold() -> None:
    asked = {"task": "translate", "text": "加热到250℃，如图2所示。", "lang": "zh", "to": "en"}
    rows = [EvalRow(str(n), asked, "Heated to 250 °C, as shown in Fig. 2.") for n in range(3)]
    answers = ["Heated to 250 °C, as shown in Fig. 2.", "Heated to 205 °C, as shown in Fig. 2.", None]
    whole, *checks = passed("translate", rows, answers)
    assert (whole.check, whole.rows, whole.fix, whole.rate, whole.gold_rate) == ("all", 3, 2, round(1 / 3, 4), 1.0)
    quantities = next(each for each in checks if each.check == "quantities")
    assert (quantities.rows, quantities.rate, quantities.gold_rate) == (2, 0.5, 1.0)
    assert passed("ipc", rows, answers) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pages_show_what_was_measured_and_run_nothing(lang: Any) -> None:
    made = evalset(120)
    first, second = report(made, 60, "<b>one</b>", samples=2), report(made, 80, "two")
    first["sets"][0]["samples"][0]["answer"] = "<script>alert(1)</script> | a"
    page = report_page(first, lang)
    html = page.html()
    assert "<script>" not in html
    assert "&lt;b&gt;one&lt;/b&gt;" in html
    for key in ("scores", "sections", "lengths", "labels", "confidence", "runs", "samples"):
        assert f"<h2>{page_words(lang)[key]}</h2>" in html
    markdown = page.files(Path("p.md"))
    text = markdown[Path("p.md")]
    assert "&lt;script>alert(1)&lt;/script> \\| a" in text
    compared = comparison_page(first, second, compare(first, second), lang).html()
    assert page_words(lang)["better"] in compared
    assert "+0.167" in compared


def test_words_are_the_same_in_both_languages() -> None:
    assert set(page_words("zh")) == set(page_words("en"))


def test_charts_are_well_formed() -> None:
    svg = interval_chart("A & B", [Bar("<x>", 0.5, 0.4, 1.7, 0.2)], other="best")
    root = ElementTree.fromstring(svg)
    assert next(each.text for each in root.iter("{http://www.w3.org/2000/svg}text")) == "A & B"
    lines = [each for each in root.iter("{http://www.w3.org/2000/svg}line") if each.get("stroke-width") == "3"]
    assert float(lines[0].get("x2") or 0) == 690.0  # cut at the end of the scale
    page = Page("t", "en")
    page.table(["a"], [["x\ny"]])
    assert "| x y |" in page.files(Path("t.md"))[Path("t.md")]
