"""Rows to measure with: made-up patent sentences, different in every row, always the same for the same number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count, pairwise
from random import Random
from typing import Any, Final

from taibao_cli.engine.base import Message, Request

Count = Callable[[str], int]
"""Tokens of a text."""

_PARTS: Final = [
    "壳体",
    "叶轮",
    "电机",
    "支架",
    "传感器",
    "控制器",
    "阀体",
    "齿轮箱",
    "散热片",
    "导轨",
    "滑块",
    "夹具",
    "弹簧",
    "密封圈",
    "轴承",
    "连杆",
    "储液罐",
    "过滤网",
    "喷嘴",
    "加热管",
    "托盘",
    "皮带",
    "液压缸",
    "底座",
]
_RELATIONS: Final = ["通过螺栓固定在", "转动连接于", "设置于", "滑动配合于", "焊接在", "电连接至", "套设在", "卡接于"]
_EFFECTS: Final = [
    "降低了运行噪声",
    "提高了传动效率",
    "便于拆卸和维护",
    "延长了使用寿命",
    "减小了整机体积",
    "避免了液体泄漏",
]


LABELS: Final = (
    "A01", "A23", "A61", "A63", "B01", "B21", "B23", "B29", "B60", "B65", "C01", "C07", "C08", "C12",
    "C22", "D06", "E02", "E04", "F02", "F16", "F24", "F28", "G01", "G06", "H01", "H02", "H04",
)  # fmt: skip
"""27 classes of the IPC."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A first turn, what is asked in the second, and another conversation about as long as both."""

    first: Request
    question: str
    other: Request


def translate_rows(count: int, *, clauses: int = 3) -> list[Mapping[str, Any]]:
    """`count` Chinese sentences of about twenty characters a clause, to be translated into English."""
    return [{"task": "translate", "text": _sentence(Random(number), clauses), "lang": "zh"} for number in range(count)]


def text_of(number: int, tokens: int, measured: Count) -> str:
    """A Chinese text of at most `tokens` tokens, always the same for the same number and another for another."""
    text = ""
    for part in count():
        text += _sentence(Random(f"{number} {part}"), 3)
        if measured(text) >= tokens:
            break
    return _fitted(text, tokens, measured)


def _fitted(text: str, tokens: int, measured: Count) -> str:
    """The longest beginning of `text` with at most so many tokens, found by halving."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measured(text[:middle]) <= tokens else (low, middle - 1)
    return text[:low]


def shared_requests(rows: int, measured: Count, *, shared: int = 1000, own: int = 50, new: int = 32) -> list[Request]:
    """Rows with an instruction of about `shared` tokens in common."""
    instruction = text_of(-1, shared, measured)
    return [
        Request(str(row), (Message("system", instruction), Message("user", text_of(row, own, measured))), new)
        for row in range(rows)
    ]


def conversations(number: int, measured: Count, *, first: int = 1000, answer: int = 48) -> list[Conversation]:
    """So many conversations that begin with a text of about `first` tokens."""
    made = []
    for each in range(number):
        begun = (Message("user", text_of(1000 + each, first, measured) + "概括要点。"),)
        other = (Message("user", text_of(2000 + each, first + answer + 20, measured) + "概括要点。"),)
        made.append(
            Conversation(
                Request(f"{each} first", begun, answer),
                f"第{each}点再说详细些。",
                Request(f"{each} other", other, 1),
            )
        )
    return made


def _sentence(rng: Random, clauses: int) -> str:
    parts = rng.sample(_PARTS, clauses + 1)
    numerals = rng.sample(range(10, 90), clauses + 1)
    named = [f"{part}{numeral}" for part, numeral in zip(parts, numerals, strict=True)]
    joined = [f"所述{a}{rng.choice(_RELATIONS)}所述{b}" for a, b in pairwise(named)]
    return "，".join([*joined, f"从而{rng.choice(_EFFECTS)}。"])
