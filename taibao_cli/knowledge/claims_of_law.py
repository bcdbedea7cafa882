"""Compare two statements on law: do they say the same, or differ in nothing but a number or the polarity?

Each statement is read into a form: the content words in order, the numbers among them, and at each place of the
sequence the modality ("may", "must") and negation that stand there. Content must be equal for any relation at all:
one word more or less ("utility model" for "invention") and the statements are unrelated for this purpose.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from taibao_cli.knowledge.primer import Lang
from taibao_cli.knowledge.words import stem

Relation = Literal["same", "contrary", "other"]

_NOT, _MAY, _MUST = "¬", "M", "O"

# Modality and negation as known -> as stated, where the second denies the first.
_CONTRARY = {
    ("", _NOT), (_NOT, ""), (_MAY, _NOT + _MAY), (_NOT + _MAY, _MAY), (_MUST, _NOT + _MUST), (_MUST, _NOT + _MAY),
    (_NOT + _MAY, _MUST), (_NOT + _MUST, _MUST), (_MUST, _NOT),
}  # fmt: skip
_EQUAL = {("", _MUST), (_MUST, "")}


@dataclass(frozen=True)
class _Form:
    content: tuple[str, ...]
    numbers: tuple[tuple[float, str], ...]
    marks: dict[int, str]
    main: range  # the places that belong to the main clause


def compare(known: str, stated: str, lang: Lang) -> Relation:
    """How `stated` relates to `known`: "same", "contrary" (one number or one polarity differs), or "other"."""
    a, b = _read(known, lang), _read(stated, lang)
    if not a.content or a.content != b.content:
        return "other"
    places = sorted({*a.marks, *b.marks})
    differing = [(p, a.marks.get(p, ""), b.marks.get(p, "")) for p in places if a.marks.get(p) != b.marks.get(p)]
    differing = [item for item in differing if item[1:] not in _EQUAL]
    if not differing:
        return "same" if a.numbers == b.numbers else "contrary"
    if len(differing) > 1 or a.numbers != b.numbers:
        return "other"
    place, known_mark, stated_mark = differing[0]
    return "contrary" if place in a.main and (known_mark, stated_mark) in _CONTRARY else "other"


@functools.lru_cache(maxsize=2048)
def _read(text: str, lang: Lang) -> _Form:
    return _read_zh(text) if lang == "zh" else _read_en(text)


# --- reading: a list of tokens "word", "#" + unit with its value, "¬", "M", "O", and "," between clauses


def _form(tokens: list[tuple[str, float]], main_clause: tuple[int, int]) -> _Form:
    content: list[str] = []
    numbers: list[tuple[float, str]] = []
    marks: dict[int, str] = {}
    starts: list[int] = []
    for position, (token, value) in enumerate(tokens):
        if position in main_clause:
            starts.append(len(content))
        if token in (_NOT, _MAY, _MUST):
            marks[len(content)] = marks.get(len(content), "") + token
        elif token != ",":
            content.append(token)
            if token.startswith("#"):
                numbers.append((value, token))
    first, last, *_ = (*starts, len(content), len(content))
    return _Form(tuple(content), tuple(numbers), marks, range(first, last + 1))


_ZH_NUMERAL = "零〇一二两三四五六七八九十百千万亿"
_ZH_VALUE = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_ZH_SCALE = {"十": 10, "百": 100, "千": 1000}
_ZH_UNITS = {"年": ("#T", 12.0), "个月": ("#T", 1.0), "月": ("#T", 1.0), "个工作日": ("#W", 1.0), "日": ("#D", 1.0),
             "天": ("#D", 1.0), "元": ("#Y", 1.0), "倍": ("#X", 1.0), "项": ("#N", 1.0), "%": ("#P", 1.0)}  # fmt: skip
_ZH_NUMBER = re.compile(rf"([0-9][0-9,]*(?:\.[0-9]+)?[万亿]?|[{_ZH_NUMERAL}]+)(个工作日|个月|年|月|日|天|元|倍|项|%)")
_ZH_SAME = (
    ("国务院专利行政部门", "局"), ("国家知识产权局", "局"), ("专利局", "局"), ("人民法院", "法院"),
    ("审查意见通知书", "审查意见"), ("保护期限", "期"), ("保护期", "期"),
    ("有效期限", "期"), ("有效期", "期"), ("期限", "期"),
    ("专利权", "专利"), ("或者", "或"), ("以及", "和"), ("与", "和"), ("及", "和"),
    ("单位或个人", "人"), ("法定赔偿额", "法定赔偿"),
    ("在中国", ""), ("我国", ""), ("根据专利法", ""), ("依照专利法", ""), ("根据法律规定", ""),
)  # fmt: skip
_ZH_MARKS = re.compile(
    r"(?P<content>未经|不动产|不同|不足|不仅|不但|不论|有权利)"
    r"|(?P<not_may>不得|不可以|不能够|不能|无权)"
    r"|(?P<not_must>不应当|不应该|不应|不需要|不须|不必|不用|无需|无须)"
    r"|(?P<may>可以|能够|有权|能)"
    r"|(?P<must>应当|应该|必须|需要|须|(?<![相对响反适供])应(?![用]))"
    r"|(?P<neg>没有|不|未)"
    r"|(?P<clause>[，,；;])"
    r"|(?P<filler>[的之了是为系均都也其该即共个地]|\s|[。.！!、:：“”\"'‘’《》（）()])"
    r"|(?P<number>#[A-Z]=[0-9.e+]+;)"
    r"|(?P<latin>[a-z0-9]+)"
    r"|(?P<char>.)"
)


def _read_zh(text: str) -> _Form:
    clean = unicodedata.normalize("NFKC", text).lower()
    for word, same in _ZH_SAME:
        clean = clean.replace(word, same)
    clean = _ZH_NUMBER.sub(_zh_number, clean)
    tokens: list[tuple[str, float]] = []
    for match in _ZH_MARKS.finditer(clean):
        kind, word = match.lastgroup, match.group()
        if kind == "number":
            unit, value = word.rstrip(";").split("=")
            tokens.append((unit, float(value)))
        elif kind == "clause":
            tokens.append((",", 0.0))
        elif kind != "filler":
            tokens += [(mark, 0.0) for mark in _marks(kind)] or [(word, 0.0)]
    while tokens and tokens[-1][0] == ",":
        tokens.pop()
    commas = [i for i, (token, _) in enumerate(tokens) if token == ","]
    return _form(tokens, (commas[-1] + 1 if commas else 0, len(tokens)))


def _marks(kind: str | None) -> list[str]:
    return {"not_may": [_NOT, _MAY], "not_must": [_NOT, _MUST], "may": [_MAY], "must": [_MUST], "neg": [_NOT]}.get(
        kind or "", []
    )


def _zh_number(match: re.Match[str]) -> str:
    unit, factor = _ZH_UNITS[match[2]]
    return f"{unit}={_zh_value(match[1]) * factor};"


def _zh_value(text: str) -> float:
    """A Chinese or Arabic numeral with scale: 三万 -> 30000, 500万 -> 5000000, 二十 -> 20."""
    for name, scale in (("亿", 10**8), ("万", 10**4)):
        head, found, tail = text.partition(name)
        if found:
            return _zh_value(head or "一") * scale + (_zh_value(tail) if tail else 0)
    if text[0].isdigit() and text[0].isascii():
        return float(text.replace(",", ""))
    if len(text) > 1 and not set(text) & set(_ZH_SCALE):  # digit by digit, as years are written: 二〇二一
        return float("".join(str(_ZH_VALUE[char]) for char in text))
    total = digit = 0
    for char in text:
        if char in _ZH_SCALE:
            total += (digit or 1) * _ZH_SCALE[char]
            digit = 0
        else:
            digit = _ZH_VALUE[char]
    return float(total + digit)


_EN_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_EN_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_EN_SMALL = {word: i for i, word in enumerate(_EN_ONES)} | {word: 10 * i for i, word in enumerate(_EN_TENS, 2)}
_EN_SCALE = {"hundred": 100, "thousand": 1000, "million": 10**6}
_EN_UNITS = {"year": ("#T", 12.0), "month": ("#T", 1.0), "day": ("#D", 1.0), "yuan": ("#Y", 1.0), "rmb": ("#Y", 1.0),
             "time": ("#X", 1.0), "percent": ("#P", 1.0), "%": ("#P", 1.0)}  # fmt: skip
_EN_FILLER = frozenset((
    "a", "an", "the", "of", "is", "are", "was", "were", "be", "been", "being", "do", "does", "did", "it", "its",
    "there",
))  # fmt: skip
_EN_SUBORDINATE = frozenset((
    "if", "unless", "where", "when", "that", "who", "which", "whether", "without", "after", "before", "until",
    "while",
))  # fmt: skip
_EN_SAME = (
    (r"n't\b", " not"), (r"\bcannot\b", "can not"), (r"\bin china\b", " "), (r"\bunder chinese law\b", " "),
    (r"\b(has|have) to\b", "must"), (r"\b(is|are) required to\b", "must"), (r"\bneed not\b", "not must"),
    (r"\b(may|can|must|should|shall) not\b", "not may"),  # "must not" and "may not" forbid alike
    (r"\bper cent\b", "percent"), (r"\bnever\b", "not"), (r"\b(invention|utility model|design) patent(s?)\b", r"\1\2"),
)  # fmt: skip


def _read_en(text: str) -> _Form:
    clean = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    for pattern, same in _EN_SAME:
        clean = re.sub(pattern, same, clean)
    words = re.findall(r"[0-9][0-9,]*(?:\.[0-9]+)?(?<![,.])|[a-z]+|%|[,;]", clean)
    tokens: list[tuple[str, float]] = []
    position = 0
    while position < len(words):
        taken, token = _en_number(words, position)
        if taken:
            tokens += token
            position += taken
            continue
        tokens += _en_word(words[position])
        position += 1
    return _form(tokens, _en_main(tokens))


def _en_word(word: str) -> list[tuple[str, float]]:
    if word in ("not", "no"):
        return [(_NOT, 0.0)]
    if word in ("may", "can"):
        return [(_MAY, 0.0)]
    if word in ("must", "shall", "should"):
        return [(_MUST, 0.0)]
    if word in (",", ";"):
        return [(",", 0.0)]
    if word in _EN_FILLER:
        return []
    return [(word if word in _EN_SUBORDINATE else stem(word), 0.0)]


def _en_number(words: list[str], start: int) -> tuple[int, list[tuple[str, float]]]:
    """A number with its unit at `start` ("six months", "30,000 to 5,000,000 yuan"): words taken, tokens."""
    values: list[float] = []
    position = start
    while True:
        taken, value = _en_value(words, position)
        if not taken:
            return 0, []
        values.append(value)
        position += taken
        unit = words[position].rstrip("s") if position < len(words) else ""
        if unit in _EN_UNITS:
            name, factor = _EN_UNITS[unit]
            return position + 1 - start, [(name, item * factor) for item in values]
        if unit not in ("to", "and", "or"):
            return (taken, [("#N", value)]) if len(values) == 1 and words[start] != "one" else (0, [])
        position += 1


def _en_value(words: list[str], start: int) -> tuple[int, float]:
    position, total = start, 0.0
    while position < len(words):
        word = words[position]
        if word[0].isdigit():
            total += float(word.replace(",", ""))
        elif word in _EN_SMALL:
            total += _EN_SMALL[word]
        elif word in _EN_SCALE and position > start:
            total *= _EN_SCALE[word]
        else:
            break
        position += 1
    return position - start, total


def _en_main(tokens: list[tuple[str, float]]) -> tuple[int, int]:
    """Start and end of the main clause: after the last comma when a subordinate clause leads, else up to one."""
    names = [token for token, _ in tokens]
    commas = [i for i, name in enumerate(names) if name == ","]
    if names and commas and names[0] in _EN_SUBORDINATE:
        return commas[-1] + 1, len(names)
    for i, name in enumerate(names):
        if name in _EN_SUBORDINATE and i > 0:
            return 0, i
    return 0, len(names)
