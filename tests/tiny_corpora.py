"""A corpora folder small enough for tests, in the layout of docs/training.md. All texts are made here."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from random import Random

_THINGS = [
    ("电机", "motor", "H02K 7/14"),
    ("散热装置", "heat sink device", "F28D 15/02"),
    ("锂电池", "lithium battery", "H01M 10/05"),
    ("阀门", "valve", "F16K 1/00"),
    ("水泵", "water pump", "F04D 13/06"),
    ("机器人", "robot", "B25J 9/16"),
    ("轴承", "bearing", "F16C 33/58"),
    ("显示面板", "display panel", "G09G 3/20"),
    ("收割机", "harvester", "A01D 41/12"),
    ("纺织机", "loom", "D03D 49/00"),
    ("钢结构", "steel structure", "E04B 1/24"),
    ("聚合物", "polymer", "C08F 2/00"),
]
_PARTS = [
    ("壳体", "housing"),
    ("底座", "base"),
    ("支架", "bracket"),
    ("弹簧", "spring"),
    ("传感器", "sensor"),
    ("控制器", "controller"),
]
_LICENCE = {"source": "made for tests", "licence": "Apache-2.0"}


def make_corpora(folder: Path, *, rows: int = 120, seed: int = 0) -> Path:
    """Write the corpora files that training reads; a tenth of the rows is `dev`."""
    rng = Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    zh, en, pairs, similar = [], [], [], []
    for number in range(rows):
        split = "dev" if number % 10 == 9 else "train"
        thing, thing_en, symbol = rng.choice(_THINGS)
        (a, a_en), (b, b_en) = rng.sample(_PARTS, 2)
        size = rng.randint(2, 90)
        title, title_en = f"一种带{a}的{thing}", f"{thing_en.capitalize()} with {a_en}"
        abstract = (
            f"本发明公开了一种带{a}的{thing}，包括{a}和{b}，所述{a}上方设有{b}，厚度为{size}毫米。"
            f"所述{b}与{a}固定连接。从而提高了{thing}的使用寿命。"
        )
        abstract_en = (
            f"A {thing_en} with a {a_en} is disclosed, comprising a {a_en} and a {b_en} "
            f"of {size} mm. "
            f"The {b_en} is connected to the {a_en}. The service life of the {thing_en} is thereby improved."
        )
        claims = [f"1.一种{thing}，其特征在于，包括{a}。", f"2.根据权利要求1所述的{thing}，其特征在于，还包括{b}。"]
        claims_en = [
            f"1. A {thing_en} comprising a {a_en}.",
            f"2. The {thing_en} of claim 1, further comprising a {b_en}.",
        ]
        common = {**_LICENCE, "split": split}
        kind = rng.choice("12")
        zh.append(
            {
                **common,
                "id": f"zh-{number}",
                "title": title,
                "abstract": abstract,
                "claims": claims,
                "ipc": [symbol],
                "pub_no": f"CN{kind}{number:08d}",
            }
        )
        en.append(
            {
                **common,
                "id": f"en-{number}",
                "title": title_en,
                "abstract": abstract_en,
                "claims": claims_en,
                "ipc": [symbol],
                "pub_no": f"US{number:08d}B2",
                "description": " ".join([abstract_en] * 3),
            }
        )
        pairs.append({**common, "id": f"p-{number}", "kind": "title", "zh": title, "en": title_en})
        pairs.append({**common, "id": f"q-{number}", "kind": "abstract", "zh": abstract, "en": abstract_en})
        pairs.append({**common, "id": f"t-{number}", "kind": "term", "zh": thing, "en": thing_en})
        similar.append(
            {
                **common,
                "id": f"s-{number}",
                "a": f"{thing_en} {a_en}",
                "b": f"{thing_en} {b_en}",
                "score": rng.choice([0, 0.25, 0.5, 0.75, 1]),
            }
        )
    said = [{"role": "user", "content": "你是谁？"}, {"role": "assistant", "content": "我是{{name}}。"}]
    files = {
        "patents_zh": zh, "patents_en": en, "pairs": pairs, "similarity": similar,
        "instructions": [{**_LICENCE, "split": "train", "id": "i-1", "lang": "zh", "messages": said}],
    }  # fmt: skip
    for name, made in files.items():
        with lzma.open(folder / f"{name}.jsonl.xz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in made)
    return folder
