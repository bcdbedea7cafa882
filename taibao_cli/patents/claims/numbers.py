"""A text of claims cut into claims at their numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from taibao_cli.patents.claims.references import expand_numbers
from taibao_cli.patents.language import han_count

_NUMBER = (
    r"(?:(?:[【\[]\s*)?(?:权利要求|claim)\s*(?P<named>\d{1,3})\s*(?:[】\]]\s*[.．、:：]?|[.．、:：](?!\d)|(?=\n))"
    r"|(?P<plain>\d{1,3})\s*(?:[.．](?!\d)|、|[:：](?=\s)))\s*"
)
_FIRST = re.compile(r"\s*" + _NUMBER, re.IGNORECASE)
_LINE = re.compile(r"^[^\S\n]*" + _NUMBER, re.IGNORECASE | re.MULTILINE)
_INLINE = re.compile(r"(?:(?<=[.。;；:：])|(?<=^权利要求书))\s*" + _NUMBER, re.IGNORECASE | re.MULTILINE)
_INTRODUCED = re.compile(
    r"[^\n]{0,200}(?:claim|follows|权利要求)[^\n:：]{0,60}(?:[:：]|(?<=follows)\.)\s*|\s*权利要求书\s*",
    re.IGNORECASE,
)
"""What may stand before the first number in its line."""

_HEADER = re.compile(
    r"\s*(?:权\s*利\s*要\s*求(?:\s*书)?|(?:the\s+)?(?:patent\s+)?claims?"
    r"|(?:what|i|we|the\s+invention)\b[^\n.;]{0,40}\bclaim(?:s|ed)?\b[^\n.;\d]{0,12})"
    r"\s*[:：]?\s*(?:\n|$)",
    re.IGNORECASE,
)
_MENTION = re.compile(r"权利要求|其特征|\bclaims?\s+\d|\b(?:preceding|previous|foregoing)\s+claims?\b", re.IGNORECASE)
_ARTICLE = re.compile(r"一[种类套项组]|(?:An?|One or more|Use|Method|Process|Apparatus|In an?)\b")
_ENDED = re.compile(r"[。.．!！?？][”’\"')）\]]*$")
_OPEN = re.compile(r"(?:[,:，：、]|\b(?:and|or)|[和或])$")
_ABBREVIATED = re.compile(r"\b(?:figs?|nos?|eqs?|refs?|pat)\.$", re.IGNORECASE)
_NEAR = 120

_CANCELLED = re.compile(
    r"^[^\S\n]*(?:(?:权利要求|claims?)\s*)?(?P<numbers>\d{1,3}(?:\s*(?:[-–—~～,，、]|至|到|to|and|和)\s*\d{1,3})*)\s*[.．、:：]?"
    r"\s*[(（\[]?\s*(?:cancel+ed|deleted|已?删除|已?取消)\s*[)）\]]?\s*[.。]?[^\S\n]*$",
    re.IGNORECASE | re.MULTILINE,
)
_SPACED = re.compile(r"[一-鿿][ \u3000](?=[一-鿿])")
_SPACES = re.compile(r"(?<=[一-鿿，。；：、（）]) +(?=[一-鿿，。；：、（）\d])|(?<=[\d）]) +(?=[一-鿿，。；：、（）])")


@dataclass(frozen=True, slots=True)
class Numbered:
    """A claim's text without its number; `written` is False for a number that was only counted."""

    number: int
    text: str
    written: bool


def cut(text: str) -> tuple[str, tuple[Numbered, ...]]:
    """What stands before the first claim (headers, a title), and the claims.

    A number begins a claim at the start of a line, or after the end of the claim before when it is the next one and
    what follows reads like a claim. Steps numbered inside a claim stay in it. A text without numbers is one claim.
    Lines that only say that claims are cancelled are left out; spaces between all characters of a Chinese text, as
    OCR leaves them, are closed.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    text = _closed_up(_CANCELLED.sub("", text))
    marks = list(_accepted(text))
    if not marks:
        header = _HEADER.match(text)
        start = header.end() if header else 0
        body = text[start:].strip()
        return text[:start].strip(), (Numbered(1, body, False),) if body else ()
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    claims = (
        Numbered(_value(mark), text[mark.end() : end].strip(), True) for mark, end in zip(marks, ends, strict=True)
    )
    return text[: marks[0].start()].strip(), tuple(claims)


def _closed_up(text: str) -> str:
    spaced = len(_SPACED.findall(text))
    return _SPACES.sub("", text) if spaced * 2 > han_count(text) else text


def cancelled(text: str) -> frozenset[int]:
    """Numbers of claims that the text lists as cancelled: "4-6. (Canceled)", 3.（删除）."""
    return frozenset(number for match in _CANCELLED.finditer(text) for number in expand_numbers(match["numbers"]))


def items(claims: Sequence[str]) -> tuple[str, tuple[Numbered, ...]]:
    """Claims given one by one, with or without numbers; blank ones and headers are left out.

    An item that begins with a number may hold the claims after it as well, as badly cut sources have it.
    """
    heads: list[str] = []
    found: list[Numbered] = []
    for claim in claims:
        introduced = _INTRODUCED.match(claim)
        if _FIRST.match(claim) or (introduced and _FIRST.match(claim, introduced.end())) or _HEADER.fullmatch(claim):
            head, inner = cut(claim)
            heads += [head] if head else []
            found += inner
        elif text := claim.strip():
            found.append(Numbered(found[-1].number + 1 if found else 1, text, False))
    return "\n".join(heads), tuple(found)


def _accepted(text: str) -> Iterator[re.Match[str]]:
    last: re.Match[str] | None = None
    at_lines = {match.start(): match for match in _LINE.finditer(text)}
    taken = {match.end() for match in at_lines.values()}
    inline = {match.start(): match for match in _INLINE.finditer(text) if match.end() not in taken}
    for at, match in sorted((at_lines | inline).items()):
        if last is None and at in inline:
            line = text.rfind("\n", 0, at) + 1
            if _value(match) != 1 or not _INTRODUCED.fullmatch(text, line, at):
                continue
        if last is None or _begins(text, last, match, next_only=at in inline):
            yield match
            last = match


def _begins(text: str, last: re.Match[str], match: re.Match[str], *, next_only: bool) -> bool:
    before = text[max(last.end(), match.start() - _NEAR) : match.start()].rstrip()
    after = text[match.end() : match.end() + _NEAR].partition("\n")[0]
    following = _value(match) == _value(last) + 1
    like = _MENTION.search(after) is not None or after.startswith("一种")
    if next_only and _ABBREVIATED.search(before):
        return False
    if next_only:
        return following and not before.endswith((":", "：")) and (like or _ARTICLE.match(after) is not None)
    if _ENDED.search(before):
        return following or like or _ARTICLE.match(after) is not None
    return like or (following and not before.endswith((";", "；")) and _OPEN.search(before) is None)


def _value(mark: re.Match[str]) -> int:
    return int(mark["named"] or mark["plain"])
