"""Numbers of applications and publications, and what a list of IPC symbols says as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from taibao_cli.checks.base import Check, Finding, Outcome, Place, Skipped, Words, finding
from taibao_cli.checks.document import Document
from taibao_cli.errors import UsageError
from taibao_cli.patents.ipc import normalise
from taibao_cli.patents.office_numbers import OfficeNumber, office_numbers

_DIGIT: Final = Words(
    "申请号 {number} 的校验位应为 {wanted}",
    "the check digit of application number {number} should be {wanted}",
    "核对申请号",
    "check the number",
)
_KIND: Final = Words(
    "{number}：{country} 没有文献种类代码 {kind}",
    "{number}: {country} has no kind code {kind}",
    "核对公布号",
    "check the number",
)
_TWICE: Final = Words("{symbol} 列出两次", "{symbol} is listed twice", "删去一个", "remove one of them")
_BROADER: Final = Words(
    "已有下位的 {narrow}，{symbol} 多余",
    "{symbol} is broader than {narrow}, which is listed too",
    "删去较宽的分类号",
    "remove the broader one",
)


def _office_numbers(document: Document) -> Outcome:
    own = [(None, number) for text in document.numbers for number in office_numbers(text)]
    named = [(place.at(*each.span), each) for place, text in document.texts() for each in office_numbers(text)]
    if not own and not named:
        return Skipped("没有申请号和公布号", "no application or publication numbers")
    return [each for place, number in [*own, *named] for each in _number(place, number)]


def _number(place: Place | None, number: OfficeNumber) -> Iterator[Finding]:
    if number.sound is False:
        yield finding("office-numbers", "FIX", _DIGIT, place, None, number=number.text, wanted=number.wanted)
    elif number.kind and number.type is None:
        words = _KIND
        yield finding(
            "office-numbers", "REVIEW", words, place, None, number=number.text, country=number.country, kind=number.kind
        )


def _symbols(document: Document) -> Outcome:
    if len(document.ipc) < 2:
        return Skipped("分类号不足两个", "fewer than two symbols")
    symbols = [symbol for symbol in map(_normal, document.ipc) if symbol]
    twice = (symbol for symbol, count in Counter(symbols).items() if count > 1)
    doubled = [finding("ipc-set", "REVIEW", _TWICE, Place("ipc", symbol), None, symbol=symbol) for symbol in twice]
    return [*doubled, *_broader(symbols)]


def _normal(symbol: str) -> str:
    """Empty for what is no symbol, which another check says."""
    try:
        return normalise(symbol)
    except UsageError:
        return ""


def _broader(symbols: list[str]) -> Iterator[Finding]:
    for symbol in dict.fromkeys(symbols):
        below = (other for other in symbols if other != symbol and other.startswith(symbol))
        narrow = next(below, None) if "/" not in symbol else None
        if narrow:
            yield finding("ipc-set", "REVIEW", _BROADER, Place("ipc", symbol), None, symbol=symbol, narrow=narrow)


CHECKS: Final[tuple[Check[Document], ...]] = (
    Check(
        "office-numbers",
        "申请号校验位正确，公布号的文献种类代码存在",
        "application numbers have the right check digit, publication numbers a known kind code",
        "FIX",
        _office_numbers,
        "ZC 0006-2003; WIPO ST.16",
    ),
    Check(
        "ipc-set",
        "分类号没有重复，没有多余的上位类",
        "no IPC symbol stands twice or above another",
        "REVIEW",
        _symbols,
        "IPC 2026.01",
    ),
)
