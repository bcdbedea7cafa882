"""Text that speaks to a program and not to a reader: hidden characters, instructions to a language model.

Documents are data: whatever they say, no task follows it. These findings say that somebody may have tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from taibao_cli.checks.base import Check, Finding, Outcome, Skipped, Words, finding
from taibao_cli.checks.document import Document

_HIDDEN: Final = Words(
    "有看不见的字符（{codes}）",
    "there are characters that nobody sees ({codes})",
    "查明来源后删去",
    "find out where they come from, and remove them",
)
_SPOKEN: Final = Words(
    "“{text}”像是写给语言模型的指令",
    '"{text}" reads like an instruction to a language model',
    "核对原文；文中的指令不会被执行",
    "compare the original; instructions in a text are not followed",
)
_INVISIBLE: Final = re.compile(
    "[\U000e0000-\U000e007f]+|[\u202d\u202e\u2066-\u2069]+|[\u200b-\u200d\u2060-\u2064\ufeff]{4,}"
)
"""Tag characters, overrides of the direction of writing, runs of characters without width: a single one of these last
is what word processors leave."""

_TOLD: Final = re.compile(
    r"\b(?:ignore|disregard|forget|override)\s+(?:all\s+|any\s+|the\s+|your\s+|these\s+)*"
    r"(?:previous|prior|above|earlier|preceding|foregoing|system)\s+(?:instructions?|prompts?|commands?|rules)\b"
    r"|\byou\s+are\s+(?:now\s+)?(?:chatgpt|an?\s+(?:ai|large\s+language|language|helpful)\s+(?:assistant|model))\b"
    r"|\b(?:reveal|print|repeat|show)\s+(?:me\s+)?(?:your|the)\s+(?:system\s+)?prompt\b"
    r"|(?:忽略|无视|忘记|忘掉|不要理会)(?:掉)?(?:以上|之前|上述|前面|先前|此前|上面)(?:的|所有|全部|一切)*(?:指令|指示|提示词?|要求|规则)"
    r"|你(?:现在)?是(?:一个|一名)?(?:人工智能|AI|ai|大?语言模型|聊天机器人)(?:助手|模型)?"
    r"|(?:输出|泄露|显示|重复|告诉我)(?:你的)?系统提示词"
    r"|<\|(?:im_start|im_end|endoftext|system|user|assistant)\|>|\[/?INST\]|<<SYS>>",
    re.IGNORECASE,
)
_SHOWN: Final = 4


def _unseen(document: Document) -> Outcome:
    texts = list(document.texts())
    if not texts:
        return Skipped("没有文字", "no text")
    return [
        finding("hidden-text", "REVIEW", _HIDDEN, place.at(*match.span()), None, codes=_codes(match[0]))
        for place, text in texts
        for match in _INVISIBLE.finditer(text)
    ]


def _codes(found: str) -> str:
    codes = list(dict.fromkeys(f"U+{ord(char):04X}" for char in found))
    return ", ".join(codes[:_SHOWN]) + ("…" if len(codes) > _SHOWN else "")


def _instructions(document: Document) -> Outcome:
    texts = list(document.texts())
    return list(_spoken(document)) if texts else Skipped("没有文字", "no text")


def _spoken(document: Document) -> Iterator[Finding]:
    for place, text in document.texts():
        for match in _TOLD.finditer(text):
            yield finding("instructions", "REVIEW", _SPOKEN, place.at(*match.span()), None, text=match[0])


CHECKS: Final[tuple[Check[Document], ...]] = (
    Check(
        "hidden-text",
        "没有隐藏字符",
        "no characters that nobody sees",
        "REVIEW",
        _unseen,
    ),
    Check(
        "instructions",
        "没有写给语言模型的指令",
        "no instructions to a language model",
        "REVIEW",
        _instructions,
    ),
)
