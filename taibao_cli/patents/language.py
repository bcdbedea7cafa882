"""Which of the two languages a text is written in, and its canonical form."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Lang = Literal["zh", "en"]

_HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿]+")
_LATIN_WORD = re.compile(r"[A-Za-z]+")


def nfc(text: str) -> str:
    """Unicode NFC, the form Qwen's tokenizers work on (llama.cpp does not normalise by itself)."""
    return unicodedata.normalize("NFC", text)


def han_count(text: str) -> int:
    """Chinese characters in the text, punctuation not counted."""
    return sum(map(len, _HAN.findall(text)))


def detect(text: str) -> Lang:
    """Chinese when Han characters are at least a fifth of Han characters plus Latin words, else English.

    A Chinese claim full of Latin abbreviations stays Chinese; an English text quoting one Chinese term stays English.
    """
    han = han_count(text)
    words = len(_LATIN_WORD.findall(text))
    return "zh" if han > 0 and han * 4 >= words else "en"


def other(lang: Lang) -> Lang:
    return "en" if lang == "zh" else "zh"
