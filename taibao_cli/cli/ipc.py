"""`taibao ipc`: the scheme, without any model."""

from __future__ import annotations

import json
from typing import Any

import click

from taibao_cli.cli.generation import json_option
from taibao_cli.cli.root import settings
from taibao_cli.console import answer
from taibao_cli.errors import TaibaoError
from taibao_cli.messages import say
from taibao_cli.patents import ipc as scheme
from taibao_cli.patents.ipc_scheme import EDITION, Standing, standing
from taibao_cli.patents.ipc_search import search_titles


@click.group()
def ipc() -> None:
    """Look up symbols of the International Patent Classification, edition 2026.01.

    查国际专利分类号（2026.01 版）。
    """


@ipc.command()
@click.argument("symbol", nargs=-1, required=True)
@json_option
def show(symbol: tuple[str, ...], as_json: bool) -> None:
    """Is SYMBOL in the scheme, and what is above it? H04L 65/1016 needs no quotes. Exit code 1: it is not (any more).

    分类号是否有效，及其上位类目；分类号中间有空格也不必加引号。
    """
    found, lang = standing(" ".join(symbol)), settings().lang
    titled = [] if found.state in ("unknown", "withdrawn") else scheme.path(found.symbol)
    if as_json:
        answer(json.dumps(_as_json(found, titled), ensure_ascii=False))
    else:
        answer(f"{found.symbol}  {_words(found)}")
        for row in titled:
            title, edition = (row.zh, row.zh_edition) if lang == "zh" else (row.en, row.en_edition)
            answer(f"  {row.symbol:<4}  {title}  [{edition}]")
    if found.state in ("unknown", "withdrawn"):
        raise TaibaoError(say("ipc-not-in-scheme", lang, symbol=found.symbol, edition=EDITION))


def _words(found: Standing) -> str:
    key = f"ipc-{found.state.replace(' ', '-')}"
    return say(
        f"{key}-somewhere" if found.state == "withdrawn" and not found.successors else key,
        settings().lang,
        edition=EDITION,
        missing=found.missing,
        last=found.last_edition,
        successors=", ".join(found.successors),
    )


def _as_json(found: Standing, titled: list[scheme.Symbol]) -> dict[str, Any]:
    return {
        "symbol": found.symbol,
        "state": found.state,
        "edition": EDITION,
        "missing": found.missing or None,
        "last_edition": found.last_edition or None,
        "successors": list(found.successors),
        "path": [
            {
                "symbol": row.symbol,
                "zh": row.zh,
                "en": row.en,
                "zh_edition": row.zh_edition,
                "en_edition": row.en_edition,
            }
            for row in titled
        ],
    }


@ipc.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="So many.")
@json_option
def search(words: tuple[str, ...], top: int, as_json: bool) -> None:
    """Sections, classes and subclasses whose titles say these words, in Chinese or English.

    按标题查类目。
    """
    lang = settings().lang
    found = search_titles(" ".join(words), top)
    if not found:
        raise TaibaoError(say("ipc-nothing", lang))
    for row, score in found:
        if as_json:
            line = {"symbol": row.symbol, "score": round(score, 3), "zh": row.zh, "en": row.en}
            answer(json.dumps(line, ensure_ascii=False))
        else:
            answer(f"{row.symbol:<4}  {row.zh if lang == 'zh' else row.en}")
