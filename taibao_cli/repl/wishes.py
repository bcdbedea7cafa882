"""What a line wants of the last answer: another word for a term, a shorter text, something else, or nothing at all. For
models that cannot read it themselves; all other lines are questions, and no wishes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from taibao_cli.patents.language import han_count
from taibao_cli.patents.segments import segments
from taibao_cli.patents.termbase.entries import Entry

Plain = Literal["shorter", "otherwise", "nothing"]

_LONGEST: Final = 40
"""Characters of a term."""

_QUOTED: Final = re.compile(r"[‘’“”\"'`「」『』]")
_POLITE: Final = re.compile(
    r"^(?:请|麻烦|能不能|能否|可不可以|可以|能)+|^(?:please|(?:can|could|would) you(?: please)?) |,? please$",
    re.IGNORECASE,
)
_ASKING: Final = re.compile(r"吗?[?？]$|吗$")
_QUESTION: Final = re.compile(
    r"如何|怎么|怎样|什么|多[久少长]|是否|哪|谁|几|^(?:what|when|where|who|why|how|which|is|are|does|do|may)\b",
    re.IGNORECASE,
)
_OTHER_WORD: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?:用|以)(?P<new>.+?)(?:来)?(?:翻译|译|表示|代替|替换|取代)(?P<old>.+)",
        r"(?:把|将)?(?P<old>.+?)(?:一律|统一|都|应该|应当|应|要)?(?:翻译|译|改|换|替换)(?:成|为|作)(?P<new>.+)",
        r"use (?P<new>.+?) (?:for|instead of|in place of|to translate|to render) (?P<old>.+)",
        r"(?:translate|render|replace|change) (?P<old>.+?) (?:as|by|with|to|into) (?P<new>.+)",
        r"(?P<old>.+?) should be (?:(?:translated|rendered) as )?(?P<new>.+)",
        r"(?P<old>.+?) ?(?:=|→|->|=>) ?(?P<new>.+)",
    )
)
_SHORTER: Final = re.compile(
    r"(?:再|更|写|说|改|弄|缩)*得?(?:简?短|简洁|精简|精炼|简练|简略|简明)(?:一?[点些]儿?|一下)?吧?|缩短(?:一下|一?[点些])?|太长了?"
    r"|(?:make (?:it|this|that) )?(?:a (?:bit|little) |even |much )?(?:shorter|briefer|more concise)"
    r"|(?:shorten|condense)(?: (?:it|this|that))?|(?:it is |it's |that's )?too long",
    re.IGNORECASE,
)
_NOTHING: Final = re.compile(
    r"好[的吧啊]?|嗯+|行|可以|对的?|是的?|谢+|谢谢[你您]?|多谢|你好|您好|再见"
    r"|ok(?:ay)?|yes|no|good|great|fine|thanks?(?: you)?|hi|hello|bye",
    re.IGNORECASE,
)
"""What people say without wanting anything."""

_OTHERWISE: Final = re.compile(
    r"(?:重[写译]|重新[写译做]|再[写译]|改[写得成为]|换[个成一]|别[写用说译加]|不要|[写说译]得|去掉|删[掉去除]|加上|补上|润色|扩写|展开|翻?译成).*"
    r"|.*(?:一点|一些|点儿)吧?|(?:译|写)?(?:错|得不对|不对)了?"
    r"|(?:make|translate) (?:it|this|that)\b.*|(?:rewrite|rephrase|reword|redo|expand|lengthen|simplify|polish)\b.*"
    r"|(?:more|less) \w+|longer|simpler|clearer|better|(?:try )?again|wrong|(?:remove|delete|leave out)\b.*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OtherWord:
    """`new` is wanted for `old`, a word of the source or of the answer. `certain`: quoted, or of another language; else
    the line may mean something else."""

    old: str
    new: str
    certain: bool

    @property
    def entry(self) -> Entry | None:
        """Of a glossary, when one of the words is Chinese and one is not."""
        if _is_chinese(self.old) == _is_chinese(self.new):
            return None
        return Entry(self.old, self.new) if _is_chinese(self.old) else Entry(self.new, self.old)


def wish_of(line: str) -> OtherWord | Plain | None:
    """What the line wants of the last answer, if anything."""
    said = " ".join(line.split()).strip("。.!！ ")
    plain = _POLITE.sub("", _ASKING.sub("", said)).strip()
    if _SHORTER.fullmatch(plain):
        return "shorter"
    if _NOTHING.fullmatch(said):
        return "nothing"
    if len(plain) > 3 * _LONGEST or _QUESTION.search(plain):
        return None
    asking = _ASKING.search(said) is not None
    word = _other_word(plain)
    if word is not None and (word.certain or not asking):
        return word
    return "otherwise" if not asking and _OTHERWISE.fullmatch(plain) else None


def _other_word(line: str) -> OtherWord | None:
    for form in _OTHER_WORD:
        if match := form.fullmatch(line):
            old, new = (_QUOTED.sub("", match[name]).strip() for name in ("old", "new"))
            if old and new and old != new and max(len(old), len(new)) <= _LONGEST:
                quoted = _QUOTED.search(line) is not None
                return OtherWord(old, new, quoted or _is_chinese(old) != _is_chinese(new))
    return None


def _is_chinese(text: str) -> bool:
    return han_count(text) > 0


def reworded(text: str, word: OtherWord) -> tuple[str, int]:
    """The text with the other word, and in how many places; English words as they bend and with their article."""
    if _is_chinese(word.old):
        return text.replace(word.old, word.new), text.count(word.old)
    article = "an" if word.new[0].lower() in "aeiou" else "a"

    def instead(match: re.Match[str]) -> str:
        before, old = match["article"] or "", match["old"]
        if before:
            before = (article if before[0].islower() else article.capitalize()) + " "
        return before + (word.new[0].upper() + word.new[1:] if old[0].isupper() else word.new)

    form = rf"(?:\b(?P<article>an?)\s+)?(?<![A-Za-z])(?P<old>{re.escape(word.old)})(?=(?:e?s)?(?![A-Za-z]))"
    return re.subn(form, instead, text, flags=re.IGNORECASE)


def fewer_sentences(text: str) -> tuple[str, int, int]:
    """The first two thirds of the sentences, how many these are and how many there were."""
    cut = segments(text.strip(), len(text) + 1)
    kept = max(1, 2 * len(cut) // 3)
    shorter = "".join(each.text + each.gap for each in cut[:kept]).rstrip()
    if kept < len(cut):
        shorter = re.sub("；$", "。", shorter)
    return shorter, kept, len(cut)
