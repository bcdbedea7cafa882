"""`taibao checklist`: what to settle before filing, transferring or marketing, with the articles and open questions."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from taibao_cli.batch.writer import StreamWriter
from taibao_cli.cli.days import on_option
from taibao_cli.cli.root import settings
from taibao_cli.config import law_store
from taibao_cli.console import answer
from taibao_cli.knowledge.checklist import TOPICS, Checklist, Step, Topic, checklist
from taibao_cli.knowledge.citation import DISCLAIMER
from taibao_cli.knowledge.store.present import place_words
from taibao_cli.knowledge.store.quoting import pinpoint_of
from taibao_cli.messages import say
from taibao_cli.patents.language import Lang


@click.command("checklist")
@click.argument("topic", type=click.Choice(TOPICS))
@on_option
@click.option("--quote", is_flag=True, help="The words of the articles too, where your statute store has them.")
@click.option("--json", "as_json", is_flag=True, help="JSON, one object.")
def checklist_(topic: Topic, day: str, quote: bool, as_json: bool) -> int:
    """Steps to take, each with its articles, then the questions that only you can answer.

    咨询清单：申请、转让许可、成果转化。
    """
    found = checklist(topic, day, law_store())
    lang = settings().lang
    if as_json:
        StreamWriter(sys.stdout.buffer).write(_json(found, day, lang))
        return 0
    answer(f"# {found.title(lang)}\n")
    for step in found.steps:
        answer("\n".join([f"- [ ] {step.text(lang)}", *_lines(step, lang, quote=quote)]))
    answer(f"\n## {say('checklist-open', lang)}\n")
    for zh, en in found.questions:
        answer(f"- {zh if lang == 'zh' else en}")
    answer("\n" + DISCLAIMER[lang])
    return 0


def _lines(step: Step, lang: Lang, *, quote: bool) -> list[str]:
    """The articles on one line, or a line for each with its words."""
    if quote:
        named = [(f"《{one.law}》" if lang == "zh" else f"{one.law_en}, ", one) for one in step.citations]
        heads = [(f"  {law}{place_words(pinpoint_of(one), lang)}", one.quote) for law, one in named]
        return [f"{head}{'：' if lang == 'zh' else ': '}{words}" if words else head for head, words in heads]
    by_law: dict[str, list[str]] = {}
    for one in step.citations:
        law = f"《{one.law}》" if lang == "zh" else one.law_en
        by_law.setdefault(law, []).append(one.article if lang == "zh" else one.article_number)
    if lang == "zh":
        return ["  " + "；".join(law + "、".join(articles) for law, articles in by_law.items())]
    return ["  " + "; ".join(f"{law}, Art. {', '.join(articles)}" for law, articles in by_law.items())]


def _json(found: Checklist, day: str, lang: Lang) -> dict[str, object]:
    return {
        "title": found.title_zh,
        "title_en": found.title_en,
        "on": day,
        "steps": [
            {"zh": one.zh, "en": one.en, "citations": [asdict(citation) for citation in one.citations]}
            for one in found.steps
        ],
        "questions": [{"zh": zh, "en": en} for zh, en in found.questions],
        "disclaimer": DISCLAIMER[lang],
    }
