"""A claim chart as text, Markdown and a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from taibao_cli.batch.chart import Chart, Dated, Found, Row, Verdict
from taibao_cli.patents.language import Lang

_VERDICTS: Final[Mapping[Lang, Mapping[Verdict, str]]] = {
    "zh": {"disclosed": "公开", "not found": "未找到"},
    "en": {"disclosed": "disclosed", "not found": "not found"},
}
_DATED: Final[Mapping[Lang, Mapping[Dated, str]]] = {
    "zh": {
        "before": "对比文件公开于申请日（优先权日）以前",
        "not before": "注意：对比文件并非公开于申请日（优先权日）以前，不属于现有技术",
        "unknown": "对比文件的公开日或本申请的申请日未知，是否属于现有技术未核对",
    },
    "en": {
        "before": "the reference was published before the filing (priority) date",
        "not before": "note: the reference was not published before the filing (priority) date: no prior art by date",
        "unknown": "publication or filing date unknown: whether the reference is prior art was not checked",
    },
}
_HEADS: Final[Mapping[Lang, tuple[str, str, str, str]]] = {
    "zh": ("#", "技术特征", "结论", "对比文件原文"),
    "en": ("#", "feature", "verdict", "reference"),
}
_WORDS: Final[Mapping[Lang, Mapping[str, str]]] = {
    "zh": {
        "head": "权利要求 {claim}（{patent}）与对比文件 {reference}",
        "count": "公开 {disclosed} / {count} 个特征",
        "nearest": "最接近",
        "nothing": "对比文件中没有这些词",
        "figures": "缺少数值 {figures}",
        "words": "小模型不作判断：结论只依据用词和数值",
        "depends": "本权利要求引用权利要求 {refers}，其特征另见各自的对照表",
    },
    "en": {
        "head": "claim {claim} of {patent} against {reference}",
        "count": "{disclosed} of {count} features disclosed",
        "nearest": "nearest",
        "nothing": "the reference has none of these words",
        "figures": "lacks {figures}",
        "words": "a small model does not judge: words and figures alone decide",
        "depends": "this claim depends on claim {refers}; chart that one for the features it takes over",
    },
}


def chart_text(chart: Chart, lang: Lang) -> str:
    """A block for each feature: verdict, place, probability, and the quote."""
    lines = _head(chart, lang)
    for row in chart.rows:
        lines += [
            "",
            f"{row.feature.number}. {row.feature.text}",
            f"   {_VERDICTS[lang][row.verdict]}{_detail(row, lang)}",
        ]
        if row.found is not None:
            lines.append(f"   “{row.found.quote}”")
    return "\n".join([*lines, "", _count(chart, lang)])


def chart_markdown(chart: Chart, lang: Lang) -> str:
    """A table, a row for each feature."""
    heads = _HEADS[lang]
    lines = [*_head(chart, lang), "", f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for row in chart.rows:
        quote = f" “{_cell(row.found.quote)}”" if row.found is not None else ""
        place = _cell(_detail(row, lang).strip())
        cells = (str(row.feature.number), _cell(row.feature.text), _VERDICTS[lang][row.verdict], f"{place}{quote}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", _count(chart, lang)])


def chart_row(chart: Chart) -> dict[str, Any]:
    """The row of docs/reading.md. Every quote in it was found word for word at its place."""
    return {
        "id": chart.patent.id,
        "task": "chart",
        "model": chart.model,
        "reference": chart.reference.id,
        "claim": chart.claim.number,
        "depends": list(chart.claim.refers),
        "dated": chart.dated,
        "decided_by": "model and words" if chart.judges else "words",
        "disclosed": chart.disclosed,
        "features": [
            {"number": row.feature.number, "text": row.feature.text, "verdict": row.verdict, **_found(row.found)}
            for row in chart.rows
        ],
        "error": None,
    }


def _found(found: Found | None) -> dict[str, Any]:
    if found is None:
        return {"place": None, "quote": None}
    return {
        "place": found.place,
        "quote": found.quote,
        "p": round(found.p, 4),
        "share": round(found.share, 4),
        "missing_figures": list(found.missing_figures),
    }


def _head(chart: Chart, lang: Lang) -> list[str]:
    words = _WORDS[lang]
    names: dict[str, object] = {"claim": chart.claim.number, "patent": chart.patent.id, "reference": chart.reference.id}
    lines = [words["head"].format(**names), _DATED[lang][chart.dated]]
    if not chart.judges:
        lines.append(words["words"])
    if chart.claim.refers:
        lines.append(words["depends"].format(refers=", ".join(map(str, chart.claim.refers))))
    return lines


def _count(chart: Chart, lang: Lang) -> str:
    return _WORDS[lang]["count"].format(disclosed=chart.disclosed, count=len(chart.rows))


def _detail(row: Row, lang: Lang) -> str:
    """Where, how likely, how much of the words; why not."""
    words = _WORDS[lang]
    if row.found is None:
        return f" ({words['nothing']})"
    near = f" {words['nearest']}" if row.verdict == "not found" else ""
    figures = ", ".join(row.found.missing_figures)
    lacks = f", {words['figures'].format(figures=figures)}" if figures else ""
    return f"{near} [{row.found.place}] (p {row.found.p:.2f}, {row.found.share:.0%}{lacks})"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
