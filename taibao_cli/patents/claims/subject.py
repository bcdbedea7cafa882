"""Whether a claim that names another has a subject of its own, and whether two subjects agree."""

from __future__ import annotations

import re

from taibao_cli.patents.claims.parts import EN_METHODS, Category, Opening, head
from taibao_cli.patents.language import Lang

_ZH_MADE = re.compile(
    r"[^，。；]{0,12}(?:方法|工艺|系统|装置|设备)所?(?:制备|制造|制作|制得|制成|生产|获得|得到|加工)(?:的|得|而成)"
)
_ZH_PLAIN = 4
"""A title up to this length (制备方法) is a short name of the parent's subject, not another subject."""

_EN_CITING = re.compile(
    r"\b(?:compris\w+|includ\w+|having|contain\w+|carr(?:y|ying)\s+out|perform\w*|implement\w*|execut\w*|practi[cs]\w+"
    r"|(?:made|produced|obtained|obtainable|producible|prepared|manufactured|formed|generated|encoded|derived)"
    r"\s+(?:by|from|using|with|according\s+to)|using|for\s+use|use\s+in|with|configured\s+to|adapted\s+to|equipped"
    r"|storing|encoding|expressing|transformed"
    r"|for\s+(?:the|an?|making|producing|preparing|manufacturing|using|operating|controlling))\b",
    re.IGNORECASE,
)
_EN_JOINED = re.compile(r"\b(?:of|for|to|in|by|using|with)\b", re.IGNORECASE)
_EN_EITHER = re.compile(r"\s+(?:or|and|and/or)\s+", re.IGNORECASE)
_EN_GENERAL = EN_METHODS | {"system", "device", "apparatu", "composition", "product", "use", "article"}
_EN_VAGUE = {"", "invention", "matter", "claim", "improvement", "combination"}


def is_own_subject(opened: Opening, kind: Category, parent_title: str, parent_kind: Category, lang: Lang) -> bool:
    """Whether a claim that opens with a reference is about something else than the claim referred to.

    A plain noun of another category ("The method of claim 1", where claim 1 is a device) is not: that is a defect of
    a dependent claim.
    """
    title = opened.title
    if lang == "zh":
        if _ZH_MADE.match(title):
            return True
        return kind != parent_kind and len(title) > _ZH_PLAIN and re.search(r"[的在中]", title) is not None
    if kind != parent_kind:
        return _EN_JOINED.search(title) is not None or _EN_CITING.search(title) is not None
    same = _words(parent_title)[: len(_words(title))] == _words(title)
    if opened.definite or same:
        return False
    if _EN_CITING.search(title) is None and not _has_part(title, parent_title):
        return False
    return head(title) != head(parent_title) or head(title) in _EN_GENERAL


def _has_part(title: str, parent_title: str) -> bool:
    """Whether the parent's subject stands after the noun that the title is about: "a trailer carrying a canoe"."""
    nouns = [word.removesuffix("s") for word in _words(title)]
    own, part = head(title), head(parent_title)
    return own in nouns and part in nouns[nouns.index(own) + 1 :]


def agree(title: str, parents: tuple[str, ...], lang: Lang) -> bool:
    """Whether a dependent claim names the subject of one of the claims above it; True when unsure."""
    if not title or not any(parents):
        return True
    if lang == "zh":
        return any(_zh_same(title, name) for name in parents)
    nouns = {head(part) for part in _EN_EITHER.split(title)}
    known = {word.removesuffix("s") for name in parents for word in _words(name)}
    known |= EN_METHODS if known & EN_METHODS else set()
    return bool(nouns & (_EN_VAGUE | known))


def _zh_same(title: str, parent: str) -> bool:
    return title in parent or parent in title or _zh_end(title) == _zh_end(parent)


def _zh_end(title: str) -> str:
    """The last character of the noun; signs in parentheses do not count."""
    return re.sub(r"[（(][^（）()]*[）)]", "", title).strip()[-1:]


def _words(title: str) -> list[str]:
    return re.findall(r"[a-z]+", title.lower())
