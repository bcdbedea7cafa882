"""A report, or a comparison of two, as a page for readers, in Chinese or English."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from taibao_cli.patents.language import Lang
from train.evaluation.charts import Bar, interval_chart, reliability_chart
from train.evaluation.compare import Compared
from train.evaluation.document import Page
from train.evaluation.reports import Report, interval, shown
from train.tables import read_toml

Words = Mapping[str, str]
Set = Mapping[str, Any]

FILE: Final = Path(__file__).parent / "words.toml"
SCORES: Final = ("set", "gold", "n", "metric", "score", "95", "baseline", "its", "verdict")
RUNS: Final = ("set", "n", "errors", "invalid", "loops", "cut", "seconds")
"""Columns of the tables of scores and of runs, as keys of the words."""


@cache
def page_words(lang: Lang) -> Words:
    """What the pages say, in one language."""
    words: Words = read_toml(FILE)[lang]
    return words


def report_page(report: Report, lang: Lang) -> Page:
    """Everything a report holds; sections without content are left out."""
    words, sets = page_words(lang), report["sets"]
    page = Page(words["title"].format(model=report["model"]["label"]), lang)
    rows = sum(made["rows"] for made in sets)
    page.paragraph(words["made"].format(version=report["taibao"], rows=rows, seconds=report["seconds"]))
    page.plot("scores", _score_chart(sets, words))
    _scores(page, sets, words)
    _languages(page, sets, words)
    _shares(page, sets, words)
    _parts(page, sets, words)
    _labels(page, sets, words)
    _confidence(page, sets, words)
    _checks(page, sets, words)
    _stability(page, sets, words)
    _runs(page, sets, words)
    _samples(page, sets, words)
    return page


def _unit(metric: str, value: float) -> float:
    """On 0..1, for plots."""
    return value / 100 if metric in ("chrF", "BLEU") else value


def _score_chart(sets: Sequence[Set], words: Words) -> str:
    bars = []
    for made in sets:
        score = made["scores"][0]
        low, high = (_unit(score["metric"], bound) for bound in score["interval"])
        others = [_unit(score["metric"], other["value"]) for other in score["baselines"]]
        label = f"{made['name']}  {score['metric']}"
        bars.append(Bar(label, _unit(score["metric"], score["value"]), low, high, max(others, default=None)))
    return interval_chart(
        words["chart"], bars, other=words["best"] if any(bar.other is not None for bar in bars) else ""
    )


def _scores(page: Page, sets: Sequence[Set], words: Words) -> None:
    page.heading(words["scores"])
    page.paragraph(words["constructed"])
    rows = []
    for made in sets:
        for score in made["scores"]:
            name = score["metric"]
            own = [made["name"], made["kind"], str(made["rows"]), name, shown(name, score["value"])]
            own.append(interval(name, score["interval"]))
            others = [(o["name"], shown(name, o["value"]), words[o["verdict"]]) for o in score["baselines"]]
            rows += [[*own, *cells] for cells in others or [("–", "–", "–")]]
    page.table([words[key] for key in SCORES], rows)


def _languages(page: Page, sets: Sequence[Set], words: Words) -> None:
    """Sets that exist in both languages, side by side."""
    by_name: dict[str, dict[str, Set]] = {}
    for made in sets:
        stem, _, lang = made["name"].rpartition(" ")
        if lang in ("zh", "en"):
            by_name.setdefault(stem, {})[lang] = made
    rows = []
    for stem, pair in by_name.items():
        if len(pair) == 2:
            scores = [pair[lang]["scores"][0] for lang in ("zh", "en")]
            name = scores[0]["metric"]
            cells = [f"{shown(name, score['value'])} ({interval(name, score['interval'])})" for score in scores]
            rows.append([stem, name, *cells])
    if rows:
        page.heading(words["languages"])
        page.table([words[key] for key in ("set", "metric", "zh", "en")], rows)


def _shares(page: Page, sets: Sequence[Set], words: Words) -> None:
    for by, heading in (("section", "sections"), ("length", "lengths")):
        rows = []
        for made in sets:
            name = made["scores"][0]["metric"]
            for share in made["shares"]:
                if share["by"] == by:
                    value = [shown(name, share["value"]), interval(name, share["interval"]), str(share["longest"])]
                    rows.append([made["name"], name, share["name"], str(share["rows"]), *value])
        if rows:
            page.heading(words[heading])
            page.table([words[key] for key in ("set", "metric", "which", "n", "score", "95", "characters")], rows)


def _parts(page: Page, sets: Sequence[Set], words: Words) -> None:
    rows = []
    for made in sets:
        name = made["scores"][0]["metric"]
        sections = {share["name"] for share in made["shares"]}
        for part, found in made["parts"].items():
            if part not in sections:
                rows.append([made["name"], name, part, str(found["rows"]), shown(name, found[name])])
    if rows:
        page.heading(words["by-part"])
        page.table([words[key] for key in ("set", "metric", "which", "n", "score")], rows)


def _labels(page: Page, sets: Sequence[Set], words: Words) -> None:
    rows = [
        [made["name"], each["label"], str(each["rows"]), str(each["given"])]
        + [f"{each[key]:.3f}" for key in ("precision", "recall", "f1")]
        for made in sets
        for each in made["labels"]
    ]
    if rows:
        page.heading(words["labels"])
        page.table([words[key] for key in ("set", "label", "n", "given", "precision", "recall", "F1")], rows)


def _confidence(page: Page, sets: Sequence[Set], words: Words) -> None:
    rows, lines = [], {}
    for made in sets:
        if found := made["confidence"]:
            lines[made["name"]] = found["bins"]
            gap = f"{found['gap']:+.3f} ({found['gap_interval'][0]:+.3f}–{found['gap_interval'][1]:+.3f})"
            numbers = [f"{found[key]:.3f}" for key in ("ece", "brier")]
            sure = [str(found["sure"]), str(found["sure_wrong"])]
            means = [f"{found[key]:.3f}" for key in ("confidence", "accuracy")]
            rows.append([made["name"], str(found["rows"]), *means, gap, *numbers, *sure])
    if rows:
        page.heading(words["confidence"])
        page.paragraph(words["gap-note"])
        keys = ("set", "n", "p", "right", "gap", "ece", "brier", "sure", "wrong")
        page.table([words[key] for key in keys], rows)
        page.plot("reliability", reliability_chart(words["reliability"], lines, words["x"], words["y"]))


def _checks(page: Page, sets: Sequence[Set], words: Words) -> None:
    rows = []
    for made in sets:
        for found in made["checks"]:
            gold = "–" if found["gold_rate"] is None else f"{found['gold_rate']:.3f}"
            counts = [str(found[key]) for key in ("rows", "review", "fix")]
            rate = [f"{found['rate']:.3f}", interval("", found["interval"]), gold]
            rows.append([made["name"], found["check"], *counts, *rate])
    if rows:
        page.heading(words["checks"])
        page.table([words[k] for k in ("set", "check", "n", "review", "fix", "passed", "95", "its-pass")], rows)


def _stability(page: Page, sets: Sequence[Set], words: Words) -> None:
    rows = []
    for made in sets:
        if found := made["stability"]:
            agreement = [f"{found['agreement']:.3f}", interval("", found["interval"])]
            each = ", ".join(f"{value:.3f}" for value in found["accuracy"])
            counts = [str(found["rows"]), str(found["phrasings"])]
            rows.append([made["name"], *counts, *agreement, str(found["unanimous"]), each])
    if rows:
        page.heading(words["stability"])
        page.table([words[key] for key in ("set", "n", "phrasings", "agree", "95", "same", "each")], rows)


def _runs(page: Page, sets: Sequence[Set], words: Words) -> None:
    rows = []
    for made in sets:
        invalid = f"{made['invalid']} ({interval('', made['invalid_interval'])})"
        counts = [str(made["rows"]), str(made["errors"]), invalid, str(made["loops"]), str(made["cut"])]
        rows.append([made["name"], *counts, f"{made['seconds']:.1f}"])
    page.heading(words["runs"])
    page.table([words[key] for key in RUNS], rows)


def _samples(page: Page, sets: Sequence[Set], words: Words) -> None:
    rows = [
        [made["name"], str(sample["id"]), _shown(sample["source"]), _shown(sample["answer"]), _shown(sample["gold"])]
        for made in sets
        for sample in made["samples"]
    ]
    if rows:
        page.heading(words["samples"])
        page.table([words["set"], "id", words["source"], words["answer"], words["reference"]], rows)


def _shown(value: object) -> str:
    if isinstance(value, Mapping) and len(value) == 1:
        value = next(iter(value.values()))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def comparison_page(first: Report, second: Report, found: Compared, lang: Lang) -> Page:
    """Two models on the same rows."""
    words = page_words(lang)
    names = {"first": first["model"]["label"], "second": second["model"]["label"]}
    page = Page(words["compared"].format(**names), lang)
    page.paragraph(words["common"])
    bars, seen = [], set()
    for each in found.differences:
        if each.set not in seen:
            seen.add(each.set)
            numbers = (_unit(each.metric, number) for number in (each.difference, *each.interval))
            bars.append(Bar(f"{each.set}  {each.metric}", *numbers))
    if bars:
        most = max(0.01, *(max(abs(bar.low), abs(bar.high)) for bar in bars))
        page.plot("differences", interval_chart(words["chart-differences"], bars, low=-most, high=most))
        page.table(*difference_table(found, words))
    if found.left_out:
        page.heading(words["left"])
        page.table([words["set"], words["why"]], [list(pair) for pair in found.left_out])
    return page


def difference_table(found: Compared, words: Words) -> tuple[list[str], list[list[str]]]:
    """Columns and rows."""
    rows = []
    for each in found.differences:
        values = [shown(each.metric, value) for value in (each.first, each.second)]
        change = [f"{each.difference:+.3f}", f"{each.interval[0]:+.3f}–{each.interval[1]:+.3f}", f"{each.p:.3f}"]
        counts = ["–" if count is None else str(count) for count in (each.higher, each.lower)]
        rows.append([each.set, each.metric, str(each.rows), *values, *change, *counts, words[each.verdict]])
    before, after = ("set", "metric", "n", "first", "second", "difference", "95"), ("higher", "lower", "verdict")
    return [*(words[key] for key in before), "p", *(words[key] for key in after)], rows
