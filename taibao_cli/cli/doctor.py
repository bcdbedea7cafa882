"""`taibao doctor`: what is wrong or slow here, and what to do about it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Final

import click

from taibao_cli.cli.findings import Level, findings
from taibao_cli.cli.generation import json_option
from taibao_cli.cli.root import settings
from taibao_cli.console import answer
from taibao_cli.errors import TaibaoError
from taibao_cli.messages import say
from taibao_cli.models.registry import resolve

_MARKS: Final[dict[Level, str]] = {"ok": "  ", "hint": "? ", "problem": "! "}


@click.command()
@click.option("--model", metavar="FILE", help="The model to look at; default: the one that is used.")
@click.option("--probe", "probed", is_flag=True, help="Let it answer for five seconds: speed, and that it is offline.")
@json_option
def doctor(model: str | None, probed: bool, as_json: bool) -> None:
    """Look at model, memory, processor, terminal and what is kept. Exit code 1: something will not work.

    检查模型、内存、处理器、终端和保存的内容，并给出建议。
    """
    lang, found = settings().lang, list(findings(model))
    if probed and not any(finding.level == "problem" for finding in found):
        from taibao_cli.cli.probing import probe

        found += probe(resolve(model))
    for finding in found:
        if as_json:
            answer(json.dumps(asdict(finding), ensure_ascii=False))
            continue
        answer(_MARKS[finding.level] + finding.text(lang))
        if advice := finding.advice(lang):
            answer(f"  → {advice}")
    problems = sum(finding.level == "problem" for finding in found)
    if problems:
        raise TaibaoError(say("doctor-problems", lang, count=problems))
