"""Headings of descriptions, and which part each begins.

The five parts and their order: CN Implementing Rules art. 20; 37 CFR 1.77(b) for the American names; EPC R. 42,
PCT R. 5.1 for the European and international ones.
"""

from __future__ import annotations

import re
from typing import Final

from taibao_cli.patents.document.patent import SectionKind

_LONGEST: Final = 90
"""Characters of the longest line that may be a heading."""

_ZH: Final[tuple[tuple[SectionKind, str], ...]] = (
    ("field", r"(?:所属)?技术领域|发明领域|所属领域"),
    ("background", r"(?:背景技术|现有技术|技术背景|发明背景|相关技术)(?:文献)?"),
    ("summary", r"(?:发明|实用新型|申请|本?公开)(?:的)?(?:内容|概述)|技术方案|发明目的|有益效果|概述"),
    ("drawings", r"附图(?:的)?(?:简要|简单)?(?:说明|描述)|图面说明"),
    (
        "embodiments",
        r"(?:具体|详细|最佳|优选)?(?:的)?(?:实施方式|实施方案|(?:实施|对比|比较|试验)例\s*[一二三四五六七八九十\d]{0,3}|实施形态|实施)|(?:发明)?详细(?:说明|描述)",
    ),
    (
        "other",
        r"相关申请(?:的)?(?:交叉)?(?:引用|参考)?|交叉引用|序列表|附图标记(?:说明|列表)?|工业实用性|产业上的可利用性|生物材料(?:的)?保藏",
    ),
)
_EN: Final[tuple[tuple[SectionKind, str], ...]] = (
    (
        "other",
        r"cross[- ]?references?\b.*|(?:related|priority|prior) (?:patent )?applications?|priority(?: claim)?"
        r"|(?:statement|government)\b.*|.*federally sponsored.*|(?:reference to )?sequence listing.*"
        r"|industrial applicability|reference (?:signs?|numerals?)(?: list)?|list of reference.*"
        r"|citation list|patent literature|non-?patent literature|incorporation by reference|copyright notice",
    ),
    (
        "drawings",
        r"(?:brief )?descriptions? of (?:the )?(?:several |various )?(?:views? of (?:the )?)?"
        r"(?:drawings?|figures?)(?: and .*)?|brief description|drawings|figures",
    ),
    (
        "background",
        r"(?:technical )?background(?: .*)?|(?:description of )?(?:the )?(?:prior|related|background) art(?: .*)?"
        r"|description of (?:the )?related (?:art|technology)",
    ),
    ("field", r"(?:technical )?field(?: of .*)?"),
    (
        "summary",
        r"(?:brief |general )?summary(?: .*)?|objects?(?: and summary)? of (?:the )?invention"
        r"|(?:brief )?disclosure(?: of (?:the )?(?:present )?invention)?|brief description of (?:the )?invention"
        r"|technical (?:problem|solution)|solution to problem|advantageous effects?.*",
    ),
    (
        "embodiments",
        r"detailed? (?:description|disclosure)(?: .*)?"
        r"|(?:description of (?:the )?)?(?:preferred |exemplary |illustrative |specific )?embodiments?(?: .*)?"
        r"|modes?(?:\(s\))?(?: for)?(?: carrying out)?(?: the)? invention|best mode.*"
        r"|(?:working |comparative )?examples?(?: \d+.*)?|description of (?:the )?(?:preferred|example|exemplary).*"
        r"|description of embodiments?",
    ),
)
_NUMBERED: Final = re.compile(
    r"^\s*(?:#{1,6}\s*|[一二三四五六七八九十]{1,3}[、.．]\s*|[(（][一二三四五六七八九十\d]{1,3}[)）]\s*|(?:\d{1,2}|[IVX]{1,5})[.、．)]\s*)?"
)
_ENDS: Final = re.compile(r"[\s:：]*$")
_PATTERNS: Final = tuple((kind, re.compile(words, re.IGNORECASE)) for table in (_ZH, _EN) for kind, words in table)


def kind_of(heading: str) -> SectionKind | None:
    """The part a heading begins, None when the line is not one of the headings known here."""
    line = _ENDS.sub("", _NUMBERED.sub("", heading, count=1))
    line = re.sub(r"(?<=[一-鿿])\s+(?=[一-鿿])", "", " ".join(line.split()))
    if not line or len(line) > _LONGEST or line[-1] in "。.;；,，":
        return None
    return next((kind for kind, pattern in _PATTERNS if pattern.fullmatch(line)), None)


def is_flat_heading(text: str) -> bool:
    """Whether a paragraph that is not marked as a heading is one: a known one in capitals, title case or Chinese.

    "Examples" and "Figures" may well be words of a list: an English line of one word counts in capitals only.
    """
    kind = kind_of(text)
    if kind is None:
        return False
    words = _NUMBERED.sub("", text, count=1).split()
    return not text.isascii() or text.upper() == text or (len(words) > 1 and words[0][:1].isupper())
