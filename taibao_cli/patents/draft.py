"""A text word by word in the other language: what a small model gets to put right, and the free baseline."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from taibao_cli.patents.language import Lang
from taibao_cli.patents.lexicon import Match
from taibao_cli.patents.word_order import in_order
from taibao_cli.patents.word_order.articles import without_articles
from taibao_cli.patents.word_order.determiners import with_articles
from taibao_cli.patents.word_order.predicates import with_predicates

_TO_EN = str.maketrans(
    {"，": ", ", "、": ", ", "。": ". ", "；": "; ", "：": ": ", "（": " (", "）": ") ", "“": ' "', "”": '" '}
)
_TO_ZH = {",": "，", ";": "；", ":": "："}
_LOOSE = re.compile(r"\s+(?=[,.;:)\]])|(?<=[(\[])\s+")
_VOWEL = re.compile(r"\b(a) (?=(?!eu|uni|us[ei]|util|one\b)[aeiou])", re.IGNORECASE)
_LATIN, _HAN = re.compile(r"[a-z]+"), re.compile(r"[一-鿿]")
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[A-Za-z0-9]")
_FIRST = re.compile(r"^(?:\[\d+\]|\d+\.)?\s*[a-z]")
_STOP = re.compile("[，。；：]")


def draft(pieces: Sequence[Match], source: Lang, *, begins: bool = True, claim: bool = False) -> str:
    """Each term by its first rendering, nouns and what belongs to them in the order of the target language; signs and
    spaces as it writes them. An English draft that `begins` a sentence has a capital; a Chinese one has 所述 for "the"
    in a `claim`, and in a text that shows that it is of one."""
    ordered = in_order(pieces, source)
    if source == "en":
        return _in_chinese(_shown(without_articles(ordered, claim=claim)))
    told = any(_STOP.search(piece.source) for piece in pieces)
    text = _in_english(_shown(with_articles(with_predicates(ordered)) if told else ordered))
    return _FIRST.sub(lambda match: match[0][:-1] + match[0][-1].upper(), text) if begins else text


def _shown(pieces: Sequence[Match]) -> list[str]:
    return [piece.renderings[0] if piece.renderings else piece.source for piece in pieces]


def keeps_to(draft: str, answer: str, source: str, least: float, *, translated: bool) -> bool:
    """Whether an answer can have come of its draft: its length is between `least` and 1 / `least` of the draft's, and
    no word in it is of a script that draft and source do not have it in. Where it is `translated`, the source's words
    do not count, and it has all of the source's numbers and none that is neither there nor in the draft."""
    script = _LATIN if _HAN.search(draft) else _HAN
    known = draft if translated else f"{draft} {source}"
    foreign = set(script.findall(answer.lower())) - set(script.findall(known.lower()))
    given, drafted, own = (_numbers(text) for text in (source, draft, answer))
    kept = not translated or (given <= own and not own.keys() - given.keys() - drafted.keys())
    return kept and not foreign and least * len(draft) <= len(answer) <= len(draft) / least


def _numbers(text: str) -> Counter[str]:
    return Counter(_NUMBER.findall(unicodedata.normalize("NFKC", text)))


def _in_english(shown: Sequence[str]) -> str:
    text = " ".join(" ".join(shown).translate(_TO_EN).split())
    return _VOWEL.sub(r"\1n ", _LOOSE.sub("", text))


def _in_chinese(shown: Sequence[str]) -> str:
    """Points inside the text stay: they belong to numbers and names."""
    if not shown:
        return ""
    signs = [
        _sign_in_chinese(before, word, after)
        for before, word, after in zip(["", *shown], shown, [*shown[1:], ""], strict=False)
    ]
    if signs[-1] == ".":
        signs[-1] = "。"
    spaced = [
        word + (" " if _WORD.match(word[-1:]) and _WORD.match(following[:1]) else "")
        for word, following in pairwise([*signs, ""])
    ]
    return "".join(spaced)


def _sign_in_chinese(before: str, sign: str, after: str) -> str:
    """Commas between digits stay; the hyphen of a compound goes (防水外壳 for "water-proof housing")."""
    if before[-1:].isdigit() and after[:1].isdigit():
        return sign
    if sign == "-" and _HAN.match(before[-1:]) and _HAN.match(after[:1]):
        return ""
    return _TO_ZH.get(sign, sign)
