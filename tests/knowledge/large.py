"""Measures a store of 50,000 articles made of shuffled official sentences: python -m tests.knowledge.large."""

from __future__ import annotations

import random
import re
import statistics
import tempfile
import time
from pathlib import Path

from taibao_cli.console import answer
from taibao_cli.knowledge.numerals import to_han
from taibao_cli.knowledge.store.database import Source, StatuteStore
from taibao_cli.knowledge.store.retrieve import search
from tests.knowledge.law_questions import LAW, ON, questions
from tests.knowledge.store.texts import source

TEXTS, ARTICLES, QUERIES = 50, 1000, 200


def main() -> None:
    sources = _sources(random.Random(1))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "law.sqlite"
        with StatuteStore.open(file) as store:
            wall, start = time.perf_counter(), time.process_time()
            store.add(sources)
            took = time.process_time() - start
            answer(f"import of {store.count()}: {took:.1f} s of processor time, {time.perf_counter() - wall:.1f} s")
            spent = sorted(_milliseconds(store, one.text) for one in questions("zh")[:QUERIES])
        answer(f"query: median {statistics.median(spent):.1f}, 95 % {spent[int(0.95 * len(spent))]:.1f}, "
               f"most {spent[-1]:.1f} ms of processor time")  # fmt: skip
        answer(f"file: {file.stat().st_size / 1e6:.0f} MB")


def _sources(draw: random.Random) -> list[Source]:
    texts = [file.read_text(encoding="utf-8") for file in sorted(LAW.glob("*.md")) if file.name != "INDEX.md"]
    sentences = [sentence for text in texts for sentence in re.findall(r"[^。\n]{8,120}。", text)]

    def article(number: int) -> str:
        return f"第{to_han(number)}条 " + "".join(draw.choice(sentences) for _ in range(draw.randint(1, 4)))

    return [
        source(f"# 试验法规{to_han(at)}\n\n" + "\n".join(map(article, range(1, ARTICLES + 1))) + "\n", f"{at}.md")
        for at in range(1, TEXTS + 1)
    ]


def _milliseconds(store: StatuteStore, question: str) -> float:
    start = time.process_time()
    search(store, question, ON, 5)
    return 1000 * (time.process_time() - start)


if __name__ == "__main__":
    main()
