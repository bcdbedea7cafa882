"""Reference numerals: which sign stands for which part, where, and where a text contradicts itself.

Signs stand in parentheses after the name in Chinese claims and abstracts, without them in Chinese descriptions
(CN Guidelines for Patent Examination, part II ch. 2 §2.2.6, 2.4, 3.3), and in either way in English texts.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from taibao_cli.patents.figures import figures
from taibao_cli.patents.language import han_count
from taibao_cli.patents.protected import protected, without

_SIGN = r"\d{1,4}(?:[a-fi-ln-rt-zA-FHILP-RTUX-Z](?![A-Za-z]))?(?: ?['′’″]){0,2}"
_AND = r"\s*(?:[,，、;；/]|和|或|与|及|以及|\band\b|\bor\b)\s*"
_TO = r"\s*(?:[-–—~～−]|至|到|\bto\b)\s*"
_GROUP = re.compile(rf"[(（]\s*({_SIGN}(?:(?:{_AND}|{_TO}){_SIGN})*)\s*[)）]")
_ITEM = re.compile(rf"({_SIGN})(?:{_TO}({_SIGN}))?")
_PARTED = re.compile(r"(\d+)([A-Za-z]?)(['′’″]*)")
_MARK = re.compile(
    r"(?:^|(?<=[\n;；。.])|(?<!\d[:：])(?<=[:：]))[^\S\n]*(?P<mark>[(（]\d{1,2}[)）]|\d{1,2}[)）、.．](?!\d))(?=\s*[^\s\d])"
    r"|(?<=[,，])[^\S\n]*(?P<after>[(（]\d{1,2}[)）])(?=\s*[^\s\d])",
    re.MULTILINE,
)
_LONGEST: Final = 60
"""A range over more signs is read as its two ends."""

_ZH_BARE = re.compile(rf"(?<=[一-鿿])({_SIGN})(?![\d.%％℃°A-Za-z×:：/~～±-]|\s*[%％℃°])")
_EN_BARE = re.compile(
    rf"(?<=[A-Za-z] )({_SIGN})(?![\d%°A-Za-z×:/±]|[.-]\d|\s?(?:%|°|[μnmck]?m\b|[mk]?[gLVAW]\b|k?Hz\b))"
)
_ZH_MEASURED = re.compile(
    r"\s*(?:[个只根条块片层排列组套对台支把张颗粒级段道圈枚件种路次倍毫厘微纳千米克升秒分天年月日度份位万亿]"
    r"|小时|以[上下]|左右)"
)
_ZH_VALUED = re.compile(
    r"(?:[为是约于至到第达过占和或共有每近取低高小大超即内的]|等于|不足)$"
    r"|[压流量度长宽高径距值率功重力速温时间数比例式表步骤]$"
)
_ZH_STOP = re.compile(
    r"所述|该|上述|前述|一种|多个|若干|至少|[一二两三四五六七八九十][个根条块只对组片]|包括|包含|具有|设有|设置|安装"
    r"|固定|连接|通过|位于|以及|其中|用于|带动|驱动|并|与|和|及|或|由|在|的|于|将|从|有|是|为|使|且|则|所"
)
_ZH_NO_NAME = re.compile(
    r"(?:步骤|公?式|方程式?|表|实施例|对比例|比较例|试验例|制备例|合成例|定理|引理|推论|命题|编号|序号|条件|化合物|图|权利要求|方案|阶段|如下|包括|包含|为|是|有|于|括|的|在|由|第)$"
)
_EN_NO_NAME_WORDS: Final = (
    "step steps formula equation equations table tables example examples embodiment embodiments claim claims fig "
    "figs figure figures compound compounds condition conditions no nos number type group phase scheme comprising "
    "comprises including includes is are was were be following namely as of and or to in on at by with from for "
    "than about least most between has have having that which over under above below approximately up only first "
    "second third seq id al equals equal exceeding per each every any all both into within page line article rule "
    "version may january theorem lemma proposition corollary definition remark algorithm problem procedure "
    "experiment position positions residue residues day days week weeks month months section chapter appendix"
)
_EN_MEASURES_WORDS: Final = (
    "length width height thickness diameter temperature voltage current pressure distance ratio value speed "
    "weight time frequency angle content amount range area volume power thereof"
)
_EN_STOP_WORDS: Final = (
    "the a an said of with and or to in on by from at for is are comprising having via between into through each "
    "which that wherein least one two three four when where being further comprises includes including has"
)
_EN_NO_NAME: Final = frozenset(_EN_NO_NAME_WORDS.split())
_EN_MEASURES: Final = frozenset(_EN_MEASURES_WORDS.split())
_EN_STOP: Final = frozenset(_EN_STOP_WORDS.split())
_EN_WORDS = re.compile(r"[A-Za-z][\w-]*|[^\s\w]")
_NEAR: Final = 60

ConflictKind = Literal["one-sign-two-names", "one-name-two-signs"]


@dataclass(frozen=True, slots=True)
class Numeral:
    """One occurrence: the sign ("12a", "3'"), the name before it, whether in parentheses; place of the sign's group.

    `name` of a Chinese text may begin with words that are not part of it: where a name begins is not written.
    """

    sign: str
    name: str
    start: int
    end: int
    bracketed: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    """A sign with two names, or a name with two signs; `occurrences` has the first of each."""

    kind: ConflictKind
    names: tuple[str, ...]
    signs: tuple[str, ...]
    occurrences: tuple[Numeral, ...]


def numerals(text: str) -> tuple[Numeral, ...]:
    """Occurrences in the order of the text; the signs of a list or range ("101-103") share one place.

    A sign without parentheses counts only where the same name and sign stand together at least twice.
    """
    return _read(text)[0]


def lone_numerals(text: str) -> tuple[Numeral, ...]:
    """Signs without parentheses that stand once with their name, in a text that has others which stand more often:
    they may be numerals too."""
    sure, lone = _read(text)
    return lone if any(not found.bracketed for found in sure) else ()


@functools.lru_cache(maxsize=64)
def _read(text: str) -> tuple[tuple[Numeral, ...], tuple[Numeral, ...]]:
    """Numerals, and signs that may be some."""
    marked = list(markers(text))
    hidden = [(span.start, span.end) for span in protected(text)]
    hidden += [(found.start, found.end) for found in figures(text)] + marked
    seen = without(text, hidden)
    bracketed = [found for match in _GROUP.finditer(seen) for found in _bracketed(seen, match)]
    seen = without(seen, {(found.start, found.end) for found in bracketed})
    bare = [*_bare(seen, _ZH_BARE), *_bare(seen, _EN_BARE)]
    pairs = Counter((_last(found.name), found.sign) for found in [*bracketed, *bare])
    kept = [found for found in bare if pairs[_last(found.name), found.sign] > 1]
    lone = tuple(found for found in bare if pairs[_last(found.name), found.sign] == 1)
    return tuple(sorted([*bracketed, *kept], key=lambda found: found.start)), lone


def markers(text: str) -> Iterator[tuple[int, int]]:
    """Places of list marks: (1), 1), 1、 at the beginning of a line or after a stop."""
    for match in _MARK.finditer(text):
        yield match.span("mark" if match["mark"] else "after")


def numeral_table(found: Iterable[Numeral]) -> Mapping[str, tuple[str, ...]]:
    """Sign -> its names, each once; names that end in one another are one name, the shortest."""
    table: dict[str, list[str]] = {}
    for numeral in found:
        names = table.setdefault(numeral.sign, [])
        same = next((at for at, name in enumerate(names) if _same(name, numeral.name)), None)
        if same is None:
            names.append(numeral.name)
        else:
            names[same] = _common(names[same], numeral.name)
    return {sign: tuple(name for name in names if name) for sign, names in table.items()}


def conflicts(found: Sequence[Numeral]) -> tuple[Conflict, ...]:
    """Signs with two names and names with two signs. Signs listed together ("bolts (1, 2)") do not contradict."""
    named = [numeral for numeral in found if numeral.name]
    table = numeral_table(named)
    result: list[Conflict] = []
    for sign, names in table.items():
        if len(names) > 1:
            firsts = [next(each for each in named if each.sign == sign and _same(each.name, name)) for name in names]
            result.append(Conflict("one-sign-two-names", names, (sign,), tuple(firsts)))
    by_name: dict[str, list[Numeral]] = {}
    usual = _usual_names(named)
    for numeral in named:
        name = usual[numeral.sign] if len(table[numeral.sign]) == 1 else ""
        known = by_name.setdefault(name.lower(), [])
        grouped = any(each.start == numeral.start or _base(each.sign) == _base(numeral.sign) for each in known)
        if name and not grouped:
            known.append(numeral)
    for name, numbered in by_name.items():
        if len(numbered) > 1:
            signs = tuple(each.sign for each in numbered)
            result.append(Conflict("one-name-two-signs", (name,), signs, tuple(numbered)))
    return tuple(result)


def _usual_names(found: Iterable[Numeral]) -> Mapping[str, str]:
    """Sign -> the name that stands with it most often, of those the first."""
    names: dict[str, Counter[str]] = {}
    for numeral in found:
        names.setdefault(numeral.sign, Counter())[numeral.name] += 1
    return {sign: counted.most_common(1)[0][0] for sign, counted in names.items()}


def expand(group: str) -> tuple[str, ...]:
    """The signs of "101-103, 12a": each one."""
    signs: list[str] = []
    for match in _ITEM.finditer(group):
        first, last = _clean(match[1]), _clean(match[2]) if match[2] else None
        signs += _between(first, last) if last else [first]
    return tuple(dict.fromkeys(signs))


def _bracketed(text: str, match: re.Match[str]) -> Iterator[Numeral]:
    name = _name(text[max(0, match.start() - _NEAR) : match.start()])
    if name:
        for sign in expand(match[1]):
            yield Numeral(sign, name, *match.span(), bracketed=True)


def _bare(text: str, pattern: re.Pattern[str]) -> Iterator[Numeral]:
    for match in pattern.finditer(text):
        before = text[max(0, match.start() - _NEAR) : match.start()]
        if pattern is _ZH_BARE and (_ZH_VALUED.search(before) or _ZH_MEASURED.match(text, match.end())):
            continue
        name = _name(before)
        if len(_last(name)) > 1 and _last(name) not in _EN_MEASURES:
            yield Numeral(_clean(match[1]), name, *match.span(), bracketed=False)


def _name(before: str) -> str:
    """The name that ends here, or an empty one where none does."""
    before = before.rstrip()
    if not before:
        return ""
    return _zh_name(before) if han_count(before[-1]) else _en_name(before)


def _zh_name(before: str) -> str:
    if _ZH_NO_NAME.search(before):
        return ""
    words = re.search(r"[一-鿿A-Za-z\d]+$", before)
    return _ZH_STOP.split(words[0])[-1] if words else ""


def _en_name(before: str) -> str:
    words = _EN_WORDS.findall(before)
    if not words or not words[-1][0].isalpha() or words[-1].lower() in _EN_NO_NAME or before.endswith("al."):
        return ""
    kept: list[str] = []
    for word in reversed(words[-4:]):
        if not word[0].isalpha() or word.lower() in _EN_STOP:
            break
        kept.insert(0, word)
    return " ".join(kept)


def _last(name: str) -> str:
    """What two mentions of one part have in common: the last two characters, the last word in the singular."""
    if han_count(name[-1:]):
        return name[-2:]
    return name.rpartition(" ")[2].lower().removesuffix("s")


def _same(first: str, second: str) -> bool:
    """Whether two names may be those of one part: the last character or the last word is the same,
    or an English name has all words of the other."""
    if han_count(first[-1:]) and han_count(second[-1:]):
        return first[-1] == second[-1]
    ours, theirs = ({word.removesuffix("s") for word in name.lower().split()} for name in (first, second))
    return _last(first) == _last(second) or ours <= theirs or theirs <= ours


def _common(first: str, second: str) -> str:
    """What both names end with, of Chinese names; of English ones the shorter."""
    if not han_count(first[-1:]):
        return min(first, second, key=len)
    length = 0
    while length < min(len(first), len(second)) and first[-1 - length] == second[-1 - length]:
        length += 1
    return first[len(first) - length :]


def _clean(sign: str) -> str:
    return re.sub("[′’]", "'", sign).replace("″", "''").replace(" ", "")


def _base(sign: str) -> str:
    match = _PARTED.match(sign)
    return match[1] if match else sign


def _between(first: str, last: str) -> list[str]:
    start, end = _PARTED.fullmatch(first), _PARTED.fullmatch(last)
    if start and end and not (start[3] or end[3]):
        low, high = int(start[1]), int(end[1])
        if not (start[2] or end[2]) and low < high <= low + _LONGEST:
            return [str(number) for number in range(low, high + 1)]
        if low == high and start[2] and start[2] < end[2]:
            return [f"{low}{chr(code)}" for code in range(ord(start[2]), ord(end[2]) + 1)]
    return [first, last]
