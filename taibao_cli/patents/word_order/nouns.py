"""Where a noun with what belongs to it ends in a Chinese text, by the words of its pieces."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from taibao_cli.patents.lexicon import Match

BEGIN: Final = frozenset({"所述", "所述的", "该"})
SINGULAR: Final = frozenset({"一种", "一个"})
SEVERAL: Final = frozenset({"多个", "两个"})
COUNTS: Final = SINGULAR | SEVERAL
JOINS: Final = frozenset({"和", "与", "及", "以及", "或", "或者", "、"})
"""Between nouns."""

_ENDS: Final = re.compile(
    "的|和|与|及|以及|或|或者|在|于|由|对|从|向|以|并|并且|且|其中|其|将|把|被|使|使得|通过|根据|按照|基于|利用|用"
    "|采用|可|能|能够|可以|是|为|有|具有|具备|包括|包含|含有|设有|设置有|设置|设置在|设置于|设于|安装|安装在|固定|固定在|连接"
    "|连接于|相连|连通|位于|属于|涉及|提供|公开|实现|提高|降低|减少|避免|解决|进行|形成|得到|当|时|后|前|上|下|内|外|中"
    "|之间|等|而|又|也|还|不|从而|进入|延长|减小|增加|增大|增强|改善|保证|确保|便于|获得|获取|产生|关闭|打开|推动|带动|防止|满足"
    "|适用|穿过|伸入|插入|远离|靠近|使其|以便|加入|称取|依次|分别|同时|使用|至|到|其特征在于|还包括|包括有|还设有|还具有|一种|一个|多个|两个"
)
"""Words that no noun with what belongs to it goes beyond."""

_TELLS: Final = re.compile(".{2,}了|.*(?:公开|提供|涉及|提出|属于)(?:了|了?一种)?")
"""What says that something is done or told."""

FOR: Final = frozenset({"用于", "用来", "适用于", "应用于", "针对", "基于"})
STOPS: Final = re.compile("[，。；：,;:]|[.](?![0-9])")

MADE: Final = {
    "制成": "made of",
    "组成": "consisting of",
    "构成": "composed of",
    "驱动": "driven by",
}
"""Behind 由 and a noun."""

JOINED: Final = re.compile(
    "(?:固定|转动|滑动|活动|螺纹|电)?连接|相连接|相连|相?连通|相通|铰接|焊接|相?配合|接触|啮合|抵接"
)
"""Behind 与 and a noun."""

PUT: Final = {
    "在": "",
    "位于": "located",
    **dict.fromkeys(("设置在", "设置于", "设于", "设在"), "arranged"),
    **dict.fromkeys(("安装在", "安装于", "装在"), "mounted"),
    **dict.fromkeys(("固定在", "固定于"), "fixed"),
    "连接在": "connected",
    "放置在": "placed",
}
"""What is placed, before a noun and a word such as 内."""

HAS: Final = re.compile(
    "(?:设|设置|开设|填充|形成|套设|装|焊接|(?:固定|转动|滑动|活动|螺纹|可拆卸)?(?:安装|连接|设置)|固定|铰接|缠绕|配置)有"
)
"""Behind a place that has something."""

_FIXED: Final = re.compile(
    "(?:固定|转动|滑动|活动|可拆卸|螺纹)(?:安装|连接|设置|焊接)[在于到至]?|(?:安装|连接|设置|焊接)[在于到至]"
)

CLAIMED: Final = re.compile(".*权利要求.*(?:述|限定|记载)的?")
"""A piece that refers to claims, as `claims.citations` makes it."""

NUMERAL: Final = re.compile(r"[（(]\d+[A-Za-z]?[）)]|\d{1,4}[A-Za-z]?")
"""A reference numeral, with parentheses as in claims or without as in descriptions."""

REACH: Final = 60
"""So many pieces before or behind a word are looked at for what goes with it."""

_WORD: Final = re.compile(r"\w")
_OTHERS: Final = BEGIN | MADE.keys() | PUT.keys() | FOR


def ends_noun(piece: Match) -> bool:
    """Whether no noun with what belongs to it goes beyond the piece."""
    return _ends(piece.source, bool(piece.renderings))


def noun_end(pieces: Sequence[Match], start: int) -> int:
    """Behind the noun that begins at `start`."""
    return next((at for at in range(start, len(pieces)) if ends_noun(pieces[at])), max(start, len(pieces)))


@lru_cache(maxsize=8192)
def _ends(word: str, known: bool) -> bool:
    if word in _OTHERS or any(pattern.fullmatch(word) for pattern in (JOINED, HAS, _FIXED, _TELLS, CLAIMED)):
        return True
    if _ENDS.fullmatch(word.removesuffix("了")):
        return True
    return not (known and _WORD.search(word)) and not NUMERAL.fullmatch(word)
