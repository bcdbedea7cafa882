"""Trees over patent documents: title, IPC symbol and patent type of one text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from taibao_cli.patents import ipc
from taibao_cli.patents.language import Lang, nfc
from taibao_cli.tasks import Task, prepare
from train.data.corpora import Corpora, Row, Split
from train.data.trees import Branch, Tree, task_branch

_SENTENCE_END = re.compile(r"[。；.;]\s*")
_TYPE_WORDS = re.compile(r"本?实用新型|本发明|(?i:the|this|present) (?i:utility model|invention)")
_TYPE_NEUTRAL = {"zh": ("本申请", "本方案", "该方案", ""), "en": ("the application", "this disclosure", "the solution")}
_COMMON_TITLE = 5

TextLimit = Mapping[Lang, int]


def cut(text: str, limit: int) -> str:
    """The longest run of whole sentences within `limit` characters; a first sentence longer than that is kept."""
    if len(text) <= limit:
        return text
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    return text[: max([end for end in ends if end <= limit], default=ends[0] if ends else limit)].strip()


def patent_type(row: Row) -> str | None:
    """The type a publication number proves: CN 1/2/3 after the country (new numbers), kind codes, WO and US designs."""
    number = re.sub(r"[\s/]", "", str(row.get("pub_no") or ""))
    if match := re.fullmatch(r"CN([123])\d{8}[A-Z]?\d?", number):
        return {"1": "invention", "2": "utility model", "3": "design"}[match[1]]
    if re.fullmatch(r"CN\d{7,9}[UY]\d?", number):
        return "utility model"
    if re.fullmatch(r"CN\d{7,9}[ABC]\d?|WO\d{8,12}(?:A\d)?|US\d{7,11}(?:[AB]\d?)?", number):
        return "invention"
    if re.fullmatch(r"USD\d+S?\d?|CN\d{7,9}[SD]\d?", number):
        return "design"
    return None


def official_symbol(row: Row) -> str | None:
    """The first IPC symbol an office gave; labels that only name a search or a file (`code_note`) do not count."""
    symbols = row.get("ipc") or []
    return None if row.get("code_note") or not symbols else str(symbols[0])


def ipc_branch(task: Task, row: Row, symbol: str, weight: float) -> Branch:
    """The subclass as answer; of a subclass the current edition no longer has, only the part that still stands."""
    value = symbol.split(" ")[0]
    inputs = prepare(task, row)
    if value in ipc.labels("subclass"):
        return task_branch(task, inputs, value, weight=weight)
    level = 3 if value[:3] in ipc.labels("class") else 1
    known = next(label for label in ipc.labels("subclass") if label.startswith(value[:level]))
    return task_branch(task, inputs, known, weight=weight, supervised=level)


@dataclass(frozen=True, slots=True)
class Taken:
    """What is taken of the documents of one language: texts of up to `limit` characters, cut at a sentence end, of the
    part `share` of the documents; the part `titled` of them with the title above the text; the part `text_share` of the
    texts is trained as language too. A token of a symbol counts `symbol_weight` in the loss beside one of a title."""

    limit: int
    share: float
    titled: float
    text_share: float
    symbol_weight: float


_SCARCE: Final = {"D": 4, "E": 2}
"""How often documents of IPC sections that are rare in the corpora are taken."""


def document_trees(
    corpora: Corpora, name: str, split: Split, tasks: Mapping[str, Task], rng: Random, taken: Taken
) -> Iterator[Tree]:
    """Title, IPC and type of the documents of `patents_zh` or `patents_en`. Documents that somebody translated count
    too: their symbols and types are as good as any."""
    rows = [row for row in corpora.rows(name, split) if row.get("abstract")]
    common = Counter(row.get("title") for row in rows)
    for row in rows:
        symbol = official_symbol(row)
        for _ in range(_SCARCE.get(symbol[0], 1) if symbol else 1):
            if rng.random() < taken.share and (tree := _tree(row, symbol, common, tasks, rng, taken)):
                yield tree


def _tree(
    row: Row, symbol: str | None, common: Counter[str | None], tasks: Mapping[str, Task], rng: Random, taken: Taken
) -> Tree | None:
    title = nfc(row["title"]).strip() if row.get("title") else ""
    lang: Lang = "zh" if re.search(r"[一-鿿]", row["abstract"]) else "en"
    kind = patent_type(row)
    text = cut(nfc(row["abstract"]).strip(), taken.limit)
    if kind and rng.random() < 0.4:
        text = _TYPE_WORDS.sub(lambda _: rng.choice(_TYPE_NEUTRAL[lang]), text)
    with_title = bool(title) and rng.random() < taken.titled
    shown = {"text": f"{title}\n{text}" if with_title else text, "lang": lang}
    branches: list[Branch] = []
    if title and not with_title and not row.get("ocr_noise") and common[title] <= _COMMON_TITLE:
        branches.append(task_branch(tasks["title"], prepare(tasks["title"], shown), title))
    if symbol:
        branches.append(ipc_branch(tasks["ipc"], shown, symbol, weight=taken.symbol_weight))
    if kind and (lang == "zh" or rng.random() < 0.5):
        branches.append(task_branch(tasks["type"], prepare(tasks["type"], shown), kind, weight=1.0))
    return Tree(tuple(branches), text_weight=0.5 if rng.random() < taken.text_share else 0.0) if branches else None


def scheme_trees(corpora: Corpora, split: Split, task: Task, rng: Random, share: float) -> Iterator[Tree]:
    """Titles of the scheme's groups, below those they belong to, and their subclass: technology that few documents of
    the corpora are about. Each title is taken in one language."""
    langs: tuple[Lang, ...] = ("zh", "en")
    for row in corpora.rows("pairs", split):
        if row["kind"] == "ipc" and row.get("code") and rng.random() < share:
            lang = rng.choice(langs)
            above = str((row.get("context") or {}).get(lang) or "").split(" > ")[-2:]
            text = nfc("\n".join([*filter(None, above), row[lang]]))
            yield Tree((ipc_branch(task, {"text": text, "lang": lang}, row["code"], weight=2.0),))


_DESIGN_ZH = (
    "1.本外观设计产品的名称：{title}。2.本外观设计产品的用途：用于{use}。3.本外观设计产品的设计要点：在于{point}。"
    "4.最能表明设计要点的图片或照片：{view}。",
    "本外观设计产品的名称为{title}，设计要点在于产品的{point}，最能表明设计要点的是{view}。",
    "{title}的外观设计，产品的{point}如图所示，富有美感，适于工业应用。",
)
_DESIGN_EN = (
    "The ornamental design for a {title}, as shown and described.",
    "The design concerns the {point} of a {title}; the view that shows it best is the {view}.",
    "Ornamental design of a {title}. The features of the design lie in the {point}.",
)


def design_trees(titles: list[tuple[Lang, str]], task: Task, rng: Random, count: int) -> Iterator[Tree]:
    """Constructed design patents: no corpus holds any. The wording follows the brief explanation that art. 31 of the
    Implementing Rules (2023) asks for, and the single claim of US design patents (37 CFR 1.153)."""
    for _ in range(count):
        lang, title = rng.choice(titles)
        noun = re.sub(r"^一种|的?(?:制备|制造|生产|加工)?方法.*$", "", title) if lang == "zh" else title.lower()
        values = (
            {
                "title": noun,
                "use": rng.choice(["日常使用", "家居生活", "工业生产", noun]),
                "point": rng.choice(["形状", "形状与图案的结合", "图案和色彩"]),
                "view": rng.choice(["立体图", "主视图", "立体图1"]),
            }
            if lang == "zh"
            else {
                "title": noun,
                "point": rng.choice(["shape", "surface pattern", "configuration", "shape and colour"]),
                "view": rng.choice(["perspective view", "front view"]),
            }
        )
        text = rng.choice(_DESIGN_ZH if lang == "zh" else _DESIGN_EN).format(**values)
        yield Tree((task_branch(task, prepare(task, {"text": text, "lang": lang}), "design"),))
