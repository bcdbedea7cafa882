"""Whether IPC symbols exist in the scheme 2026.01 and have its titles, as far as the shipped table goes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from taibao_cli.checks.base import Finding, Outcome, Place, Skipped, Words, finding
from taibao_cli.errors import UsageError
from taibao_cli.patents.ipc import table
from taibao_cli.patents.ipc_scheme import EDITION, standing
from taibao_cli.patents.language import han_count

ID: Final = "ipc-symbol"
TITLES: Final = "ipc-titles"

_NOT_A_SYMBOL: Final = Words(
    "“{symbol}”不是国际专利分类号",
    '"{symbol}" is not an IPC symbol',
    "写成 H、H04、H04L 或 H04L 65/1016",
    "write it like H, H04, H04L or H04L 65/1016",
)
_CPC_ONLY: Final = Words(
    "{symbol} 属于 CPC 的 Y 部，国际专利分类没有 Y 部",
    "{symbol} is of section Y, which the CPC has and the IPC does not",
    "删去，或作为 CPC 分类号另行标注",
    "leave it out, or mark it as CPC",
)
_UNKNOWN: Final = Words(
    "{symbol}：{edition} 版没有 {missing}",
    "{symbol}: {missing} is not in the scheme {edition}",
    "核对分类号，或注明其版本",
    "check the symbol, or name its edition",
)
_WITHDRAWN: Final = Words(
    "{symbol}：{missing} 最后见于 {last} 版，内容转入 {successors}",
    "{symbol}: {missing} is withdrawn, last seen in {last}; its contents went to {successors}",
    "注明原版本，或改用 {successors}",
    "name the edition it is of, or reclassify to {successors}",
)
_WITHDRAWN_SOMEWHERE: Final = Words(
    "{symbol}：{missing} 最后见于 {last} 版，内置分类表未载内容转入何处",
    "{symbol}: {missing} is withdrawn, last seen in {last}; where its contents went is not in the shipped table",
    "注明原版本，或按现行版重新分类",
    "name the edition it is of, or classify anew",
)
_UNREACHED: Final = Words(
    "{symbol}：内置分类表没有收全 {missing} 所在部分，未检查",
    "{symbol}: the shipped table does not reach {missing}",
)
_OTHER_TITLE: Final = Words(
    "{symbol} 的类名应为“{title}”，而不是“{shown}”",
    'the title of {symbol} is "{title}", not "{shown}"',
    "照分类表改正",
    "take the title of the scheme",
)
_NO_TITLE: Final = Words("{symbol}：内置分类表没有它的类名", "{symbol}: the shipped table does not hold its title")
_Y_SECTION = re.compile(r"\s*Y\d{2}[A-Z]", re.IGNORECASE)


def check_symbols(symbols: Sequence[str]) -> Outcome:
    """FIX for what is no symbol or not in the scheme, REVIEW for what is withdrawn, "not checked" beyond the table."""
    if not symbols:
        return Skipped("没有分类号", "no symbols")
    return (found for symbol in symbols for found in _symbol(symbol))


def check_titles(shown: Mapping[str, str]) -> Outcome:
    """FIX for a title that is not the scheme's, in neither language; below the subclass the table has no titles."""
    if not shown:
        return Skipped("没有给出类名", "no titles are shown")
    return (found for symbol, title in shown.items() for found in _title(symbol, title))


def _title(symbol: str, shown: str) -> Iterator[Finding]:
    known = table().get(symbol.strip().upper())
    place = Place("ipc", symbol)
    if known is None:
        yield finding(TITLES, "not checked", _NO_TITLE, place, symbol=symbol)
    elif _plain(shown) not in (_plain(known.zh), _plain(known.en)):
        title = known.zh if han_count(shown) else known.en
        yield finding(TITLES, "FIX", _OTHER_TITLE, place, symbol=symbol, title=title, shown=shown)


def _plain(title: str) -> str:
    return re.sub(r"[\s.。;；,，]+", "", unicodedata.normalize("NFKC", title)).casefold()


def _symbol(symbol: str) -> Iterator[Finding]:
    place = Place("ipc", symbol)
    try:
        found = standing(symbol)
    except UsageError:
        words = _CPC_ONLY if _Y_SECTION.match(symbol) else _NOT_A_SYMBOL
        yield finding(ID, "FIX", words, place, symbol=symbol)
        return
    missing = found.missing
    if found.state == "unknown":
        yield finding(ID, "FIX", _UNKNOWN, place, symbol=symbol, missing=missing, edition=EDITION)
    elif found.state == "withdrawn":
        successors = ", ".join(found.successors)
        values = {"symbol": symbol, "missing": missing, "last": found.last_edition, "successors": successors}
        words = _WITHDRAWN if successors else _WITHDRAWN_SOMEWHERE
        yield finding(ID, "REVIEW", words, place, None, **values)
    elif found.state == "not checked":
        yield finding(ID, "not checked", _UNREACHED, place, symbol=symbol, missing=missing)
