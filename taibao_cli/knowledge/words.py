"""Words of Chinese and English text for searching: pairs of characters, stems, and words that ask but do not say."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

ZH_FILLER: Final = re.compile(
    r"专利法|商标法|著作权法|民法典|实施细则|怎么样|怎么办|怎么|怎样|什么时候|"
    r"什么样|什么|为什么|如何|哪些|哪种|哪个|哪|多少|多久|多长|几年|几个月|"
    r"是不是|是否|可不可以|能不能|谁|要不要|有没有|可以|能否|请问|请|我们|我的|"
    r"我|你|您|它|这个|那个|吗|呢|吧|啊|的|了|是|有|在|和|与|或者|应当|"
    r"需要|必须|应该|会|要|能|把|被|对|后|时"
)
EN_FILLER: Final = frozenset(
    """
    a an the of to in on for is are was were be been do does did can could may might must should shall will
    would i my me you your we our it its this that these those what which who whom whose when where why how
    if and or not no with by from at as there their they them he she his her need have has had long many much
    get make made after before than under about any some please tell explain mean between into us so also
    just want know time
    """.split()  # noqa: SIM905
)

_ASKING: Final = re.compile(
    r"(?:应当|应该|需要|可以|[是有要会能])?(?:怎么样|怎么办|怎么|怎样|为什么|什么时候|什么样|什么|如何|哪些|哪种|哪个|"
    r"多少[年天]?|多久|多长时间|多长|几年|几个月|几天)|是不是|是否|可不可以|能不能|要不要|有没有|能否|请问|"
    r"[吗呢吧啊？?]|(?<!目)的|(?<=[一-鿿]{2})[和与或及](?=[一-鿿]{2})"
)
"""What only asks or joins. Unlike ZH_FILLER it leaves words like 有效 and 时间 whole."""

_HAN: Final = "㐀-䶿一-鿿豈-﫿〇\U00020000-\U0003ffff"
_RUN: Final = re.compile(f"(?P<han>[{_HAN}]+)|[^\\W_{_HAN}]+")


def index_words(text: str) -> list[str]:
    """The words of a text as they are indexed: stems of words in letters, and of each run of Chinese characters all
    pairs and its last character. So a word of two characters is a word, and one character is the beginning of one."""
    found: list[str] = []
    for match in _RUN.finditer(canonical(text)):
        run = match.group()
        if match["han"]:
            found += [run[at : at + 2] for at in range(len(run))]
        else:
            found.append(stem(run))
    return found


def query_words(text: str) -> list[str]:
    """The words of a query, each once: pairs of characters, stems, and single characters that stand alone.

    Words that only ask (怎么, 多久, what) are left out unless nothing else is there.
    """
    plain = canonical(text)
    without = [run for run in _runs(without_asking(plain)) if run not in EN_FILLER]
    found: dict[str, None] = {}
    for run in without or _runs(plain):
        pairs = [run[at : at + 2] for at in range(len(run) - 1)] or [run]
        found.update(dict.fromkeys(pairs if _is_han(run) else [stem(run)]))
    return list(found)


def without_asking(text: str) -> str:
    """A text with blanks in place of the Chinese words that only ask."""
    return _ASKING.sub(" ", text)


def is_single(word: str) -> bool:
    """Whether a query word is one Chinese character, which matches as the beginning of indexed words."""
    return len(word) == 1 and _is_han(word)


def canonical(text: str) -> str:
    """A text in one form of its characters, in small letters."""
    return unicodedata.normalize("NFKC", text).lower()


def _runs(text: str) -> list[str]:
    return [match.group() for match in _RUN.finditer(text)]


def _is_han(run: str) -> bool:
    match = _RUN.fullmatch(run)
    return match is not None and match["han"] is not None


def stem(word: str) -> str:
    """A trivial English stem: plural and common verb endings off, licence and license alike."""
    word = word.replace("license", "licence")
    for ending, rest in (
        ("ies", "y"),
        ("ations", "at"),
        ("ation", "at"),
        ("ing", ""),
        ("ed", ""),
        ("es", ""),
        ("s", ""),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)] + rest
            break
    return word.removesuffix("e") if len(word) > 4 else word
