"""Measures the law search: python -m tests.knowledge.measure [--apart]. The official texts lie beside the repository.

Prints the share of questions with a right answer among the first five, for plain FTS5 with trigrams, plain BM25 and
this search, how many questions on other things end in NO MATCH, and what a query costs. `--apart` uses the questions
that are kept apart.
"""

from __future__ import annotations

import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from taibao_cli.console import answer
from taibao_cli.knowledge import desk
from taibao_cli.knowledge.primer import Lang, entries
from taibao_cli.knowledge.search import nearest
from taibao_cli.knowledge.store.database import StatuteStore, StoredPassage
from taibao_cli.knowledge.store.lookup import applicable
from taibao_cli.knowledge.store.retrieve import search
from taibao_cli.knowledge.words import index_words, query_words
from tests.knowledge.law_questions import ON, Question, official_store, place_of, questions, recall

Ranked = Callable[[str], list[str]]


def main(apart: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "law.sqlite"
        official_store(file)
        with StatuteStore.open(file) as store:
            for name in ("zh_held",) if apart else ("zh", "zh_apart", "zh_new"):
                _chinese(store, name)
        for name in ("en_held",) if apart else ("en", "en_apart"):
            _english(name)
        _unanswerable(file)


def _chinese(store: StatuteStore, name: str) -> None:
    asked = questions(name)
    fitting = {text.id: text for text in applicable(store.texts(), ON)}
    passages = [
        (f"{text.law_id}:{_place(one)}", one.words)
        for text in fitting.values()
        for one in store.passages(text)
        if one.kind != "front"
    ]
    laws = {place.split(":")[0] for question in asked for place in question.answers}
    answer(f"{name}: {len(asked)} questions on {len(laws)} texts, {len(passages)} passages in force")
    _report("FTS5 trigram", _fts(passages, "trigram", _trigrams), asked)
    _report("BM25 over pairs", _fts(_indexed(passages), "unicode61", query_words), asked)
    start = time.process_time()
    _report("this search", lambda text: [place_of(hit) for hit in search(store, text, ON, 5).hits], asked)
    answer(f"  {1000 * (time.process_time() - start) / len(asked):.1f} ms of processor time a query")


def _english(name: str) -> None:
    asked = questions(name)
    answer(f"{name}: {len(asked)} questions on {len({one.answers for one in asked})} entries of {len(entries())}")
    known = [(one.id, " ".join((one.topic_en, one.answer_en, *one.questions_en))) for one in entries()]
    _report("FTS5 trigram", _fts(known, "trigram", _trigrams), asked)
    _report("BM25", _fts(_indexed(known), "unicode61", query_words), asked)
    _report("this search", lambda text: [hit.entry.id for hit in nearest(text, "en", 5)], asked)


def _unanswerable(file: Path) -> None:
    asked = questions("unanswerable")
    none = sum(desk.ask(one.text, _lang(one.text), file, ON).state == "NO MATCH" for one in asked)
    answer(f"Other things: {none} of {len(asked)} end in NO MATCH ({none / len(asked):.3f})")


def _report(name: str, ranked: Ranked, asked: list[Question]) -> None:
    found = [ranked(question.text) for question in asked]
    answer(f"  {name:16} recall@5 {recall(found, asked):.3f}  recall@1 {recall([one[:1] for one in found], asked):.3f}")


def _fts(rows: list[tuple[str, str]], tokenizer: str, words: Callable[[str], list[str]]) -> Ranked:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE VIRTUAL TABLE text USING fts5 (place UNINDEXED, words, tokenize = '{tokenizer}')")
    connection.executemany("INSERT INTO text VALUES (?, ?)", rows)

    def ranked(question: str) -> list[str]:
        match = " OR ".join(f'"{word}"' for word in words(question))
        if not match:
            return []
        found = connection.execute("SELECT place FROM text WHERE text MATCH ? ORDER BY bm25(text) LIMIT 5", (match,))
        return [row[0] for row in found]

    return ranked


def _indexed(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(place, " ".join(index_words(words))) for place, words in rows]


def _trigrams(text: str) -> list[str]:
    plain = re.sub(r"[\W_]+", "", text) if not text.isascii() else re.sub(r"[^a-z0-9 ]", "", text.lower())
    return [plain[at : at + 3] for at in range(len(plain) - 2)]


def _place(passage: StoredPassage) -> str:
    return str(passage.number) if passage.number and not passage.sub else passage.label


def _lang(text: str) -> Lang:
    return "en" if text.isascii() else "zh"


if __name__ == "__main__":
    main("--apart" in sys.argv)
