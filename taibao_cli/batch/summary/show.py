"""A summary as text and as a row."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Final

from taibao_cli.batch.summary.sentence import Sentence
from taibao_cli.batch.summary.summarize import Summary
from taibao_cli.patents.document.chunks import PartKind
from taibao_cli.patents.language import Lang

_NAMES: Final[Mapping[Lang, Mapping[PartKind, str]]] = {
    "zh": {
        "field": "技术领域",
        "background": "背景技术",
        "summary": "发明内容",
        "drawings": "附图说明",
        "embodiments": "具体实施方式",
        "other": "其他",
        "claims": "权利要求",
        "abstract": "摘要",
    },
    "en": {
        "field": "Technical field",
        "background": "Background",
        "summary": "Summary of the invention",
        "drawings": "Drawings",
        "embodiments": "Embodiments",
        "other": "Other",
        "claims": "Claims",
        "abstract": "Abstract",
    },
}


def summary_text(summary: Summary, lang: Lang) -> str:
    """Sentences with their paragraphs in brackets: one a line, as points, or below the names of the parts."""
    if summary.style == "short":
        return "\n".join(_line(sentence, lang) for sentence in summary.sentences)
    if summary.style == "points":
        return "\n".join(f"- {_NAMES[lang][each.kind]}{_colon(lang)}{_line(each, lang)}" for each in summary.sentences)
    blocks = []
    for kind, together in groupby(summary.sentences, key=lambda sentence: sentence.kind):
        blocks.append("\n".join([f"## {_NAMES[lang][kind]}", *(_line(sentence, lang) for sentence in together)]))
    return "\n\n".join(blocks)


def summary_row(summary: Summary, own: str) -> dict[str, Any]:
    """The row of docs/reading.md."""
    return {
        "id": own,
        "task": "summarize",
        "model": summary.model,
        "style": summary.style,
        "sentences": [
            {"text": each.text, "paragraphs": list(each.ids), "part": each.kind, "quoted": each.quoted}
            for each in summary.sentences
        ],
        "read": summary.read,
        "unsupported": summary.unsupported,
        "error": None,
    }


def _colon(lang: Lang) -> str:
    return "：" if lang == "zh" else ": "


def _line(sentence: Sentence, lang: Lang) -> str:
    return f"{sentence.text}{'' if lang == 'zh' else ' '}{''.join(f'[{_shown(own, lang)}]' for own in sentence.ids)}"


def _shown(own: str, lang: Lang) -> str:
    if lang == "zh":
        return own.replace("claim ", "权利要求").replace("abstract", "摘要")
    return own
