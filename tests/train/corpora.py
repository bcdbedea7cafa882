"""Tiny corpora in the folder layout of docs/evaluation.md."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

TOPICS = {
    "H02J 7/00": (
        "充电器",
        "电池组的充电电路包括控制开关和检测电阻，",
        "charger",
        "A charging circuit for a battery pack, ",
    ),
    "B65G 47/90": ("机械手", "夹取工件的机械手包括夹爪和驱动气缸，", "gripper", "A gripper for handling workpieces, "),
    "C08L 23/06": (
        "聚乙烯组合物",
        "聚乙烯组合物包括抗氧剂和无机填料，",
        "polymer blend",
        "A polyethylene composition, ",
    ),
}
ZH_TAIL = (
    "所述部件设有高度为{n}毫米的上盖和下壳，上盖与下壳固定连接，内部设有第一腔体。其结构简单。从而提高了使用寿命。"
)
EN_TAIL = (
    "the device {n} comprises an upper cover and a lower shell which are connected, wherein the inner wall is high. "
    "The structure is simple. The service life is thereby improved."
)


def document(lang: str, number: int, split: str) -> dict[str, Any]:
    symbol = list(TOPICS)[number % 3]
    zh_title, zh_text, en_title, en_text = TOPICS[symbol]
    utility = number % 2 == 0
    opening = ("本实用新型公开了一种" if utility else "本发明公开了一种") + zh_text
    return {
        "id": f"{lang}-{split}-{number}",
        "source": "made for tests",
        "licence": "CC0-1.0",
        "split": split,
        "title": f"{zh_title}{number}" if lang == "zh" else f"{en_title} {number}",
        "abstract": opening + ZH_TAIL.format(n=number) if lang == "zh" else en_text + EN_TAIL.format(n=number),
        "claims": (
            [f"1. 一种{zh_title}，包括上盖{number}。", f"2. 根据权利要求1所述的{zh_title}。"]
            if lang == "zh"
            else [f"1. A {en_title} comprising a cover {number}.", f"2. The {en_title} of claim 1."]
        ),
        "ipc": [symbol],
        "pub_no": f"CN{20600000 + number if utility else 10600000 + number}{'U' if utility else 'A'}",
        **({"description": f"The invention is a {en_title}. " * 3} if lang == "en" else {}),
    }


def pair(number: int, split: str, **fields: Any) -> dict[str, Any]:
    own = {"kind": "title", "zh": f"充电器{number}", "en": f"charger {number}"}
    return {"id": f"p-{split}-{number}", "source": "made", "licence": "CC0-1.0", "split": split, **own, **fields}


def write(folder: Path, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    with lzma.open(folder / f"{name}.jsonl.xz", "wt", encoding="utf-8", preset=0) as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def make_corpora(folder: Path, *, dev: int = 12, train: int = 60) -> Path:
    """All four files; train and dev documents of three subclasses, half of them utility models."""
    folder.mkdir(parents=True, exist_ok=True)
    for lang in ("zh", "en"):
        sizes = (("dev", dev), ("train", train))
        write(folder, f"patents_{lang}", [document(lang, n, split) for split, count in sizes for n in range(count)])
    machine = pair(90, "dev", origin="zh original, utility model (English is low-grade machine translation)")
    clauses = pair(
        91,
        "dev",
        kind="abstract",
        zh="本发明公开一种泵，包括壳体，壳体上设有进水口。该泵简单。",
        en="The invention discloses a pump, comprising a shell, wherein the shell has an inlet. The pump is simple.",
    )
    term = pair(92, "dev", kind="term")
    scheme = pair(93, "dev", kind="ipc", zh="电池组的充电电路", en="Circuits for charging batteries")
    write(folder, "pairs", [*(pair(n, "dev") for n in range(3)), machine, clauses, term, scheme, pair(99, "train")])
    phrases = [
        {"id": f"s-{n}", "source": "made", "licence": "CC0-1.0", "split": "dev", "context": "H02", "score": score, **ab}
        for n, (score, ab) in enumerate(
            [
                (1.0, {"a": "battery charger", "b": "battery charger"}),
                (0.5, {"a": "battery charger", "b": "phone charger"}),
                (0.0, {"a": "battery charger", "b": "cotton yarn"}),
            ]
        )
    ]
    write(folder, "similarity", phrases)
    return folder
