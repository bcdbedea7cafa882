"""Rows to measure with: made-up patent sentences, different in every row, always the same for the same number."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from random import Random
from typing import Any, Final

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


def translate_rows(count: int, *, clauses: int = 3) -> list[Mapping[str, Any]]:
    """`count` Chinese sentences of about twenty characters a clause, to be translated into English."""
    return [{"task": "translate", "text": _sentence(Random(number), clauses), "lang": "zh"} for number in range(count)]


def _sentence(rng: Random, clauses: int) -> str:
    parts = rng.sample(_PARTS, clauses + 1)
    numerals = rng.sample(range(10, 90), clauses + 1)
    named = [f"{part}{numeral}" for part, numeral in zip(parts, numerals, strict=True)]
    joined = [f"所述{a}{rng.choice(_RELATIONS)}所述{b}" for a, b in pairwise(named)]
    return "，".join([*joined, f"从而{rng.choice(_EFFECTS)}。"])
