"""The task `ipc` on published documents: `python -m tests.tasks.ipc_dev --data FOLDER` prints the tables of docs/tasks.md.

FOLDER has the corpora of docs/evaluation.md. All dev documents are classified by the built-in model, without a level, as
users do; the sets of `taibao eval` are then compared with a linear SVM fitted on the train split (`--svm`, which takes
long) and with the same model writing a symbol freely. Symbols outside the scheme 2026.01 are counted, and how often the
right subclass is among those that a search by titles finds.
"""  # noqa: E501

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from taibao_cli.batch.runner import Overrides, build_request
from taibao_cli.engine.base import Engine, LabelScore, Request
from taibao_cli.engine.load import load_engine
from taibao_cli.models.registry import Model, resolve
from taibao_cli.patents import ipc
from taibao_cli.patents.ipc import LEVELS, Level
from taibao_cli.patents.ipc_search import search_titles
from taibao_cli.patents.language import Lang
from taibao_cli.tasks import get, prepare
from taibao_cli.tasks.ipc_answer import ipc_labels
from train.data.corpora import Corpora
from train.data.documents import official_symbol
from train.evaluation.baselines import Train
from train.evaluation.lookup_rows import Lookup
from train.evaluation.sets import build_sets

SIZES: Final[Mapping[Level, int]] = {"section": 1, "class": 3, "subclass": 4}
THRESHOLDS: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
FIRST: Final = (20, 50, 200)
FREE_TOKENS: Final = 12

_SYMBOL: Final = re.compile(r"[A-H]\d{2}[A-Z]?|[A-H](?![A-Za-z])")

Scores = Sequence[LabelScore]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the corpora")
    parser.add_argument("--svm", action="store_true", help="fit the linear SVMs too")
    parser.add_argument("--limit", type=int, help="so many documents of each language only")
    chosen = parser.parse_args()
    model = resolve(None)
    engine = load_engine(model, width=16)
    for lang in ("zh", "en"):
        language: Lang = "zh" if lang == "zh" else "en"
        documents = list(_documents(chosen.data, language))[: chosen.limit]
        scored = score(engine, model, documents, language)
        _say(*outside(scored, language))
        _say(*backed_off(documents, scored, language))
        _say(*retrieved(documents, language))
        _say(*compared(chosen.data, language, scored, engine, model, svm=chosen.svm))


Document = Mapping[str, Any]


def _documents(folder: Path, lang: Lang) -> Iterator[Document]:
    """Every dev document with an abstract, translated and damaged ones too."""
    return (row for row in Corpora(folder).rows(f"patents_{lang}", "dev") if row.get("abstract"))


def _request(document: Document, lang: Lang, model: Model) -> Request:
    task = get("ipc")
    fields = {name: document[name] for name in ("title", "abstract") if document.get(name)}
    inputs = prepare(task, {**fields, "lang": lang})
    return build_request(str(document["id"]), task, inputs, model, Overrides())


def score(engine: Engine, model: Model, documents: Sequence[Document], lang: Lang) -> dict[str, Scores]:
    """The probabilities of all subclasses, by id."""
    requests = (_request(document, lang, model) for document in documents)
    return {result.key: result.labels for result in engine.run(requests) if result.labels}


def outside(scored: Mapping[str, Scores], lang: Lang) -> Iterator[str]:
    """Answers and further symbols that the scheme does not have."""
    labels = [label["label"] for scores in scored.values() for label in ipc_labels(scores, "", lang)]
    wrong = sum(label not in ipc.table() for label in labels)
    yield f"| {lang} | {len(scored)} documents | {len(labels)} symbols | {wrong} outside the scheme |"


def backed_off(documents: Sequence[Document], scored: Mapping[str, Scores], lang: Lang) -> Iterator[str]:
    """For each threshold: how often which level is answered, and how often the answer is right."""
    gold = {str(row["id"]): symbol for row in documents if (symbol := official_symbol(row))}
    known = {key: scored[key] for key, symbol in gold.items() if key in scored and symbol[:4] in ipc.labels("subclass")}
    for sure in THRESHOLDS:
        answered, right = Counter[Level](), Counter[Level]()
        for key, scores in known.items():
            label = ipc_labels(scores, "", lang, sure=sure)[0]["label"]
            level = ipc.parse(label).level
            assert level in LEVELS
            answered[level] += 1
            right[level] += gold[key].startswith(label)
        cells = (f"{answered[each] / len(known):.0%}: {right[each] / max(1, answered[each]):.3f}" for each in LEVELS)
        yield f"| {lang} | {len(known)} | {sure} | {' | '.join(cells)} | {sum(right.values()) / len(known):.3f} |"


def retrieved(documents: Sequence[Document], lang: Lang) -> Iterator[str]:
    """How often the right subclass is among the first ones whose titles say most of the text."""
    known = [(_text(row), symbol[:4]) for row in documents if (symbol := official_symbol(row))]
    known = [(text, gold) for text, gold in known if gold in ipc.labels("subclass")]
    places = [_place(text, gold) for text, gold in known]
    cells = (f"{sum(place < first for place in places) / max(1, len(places)):.3f}" for first in FIRST)
    yield f"| {lang} | {len(places)} | {' | '.join(cells)} |"


def _place(text: str, gold: str) -> int:
    found = [symbol.symbol for symbol, _ in search_titles(text, len(ipc.table())) if symbol.level == "subclass"]
    return found.index(gold) if gold in found else len(ipc.table())


def compared(
    folder: Path, lang: Lang, scored: Mapping[str, Scores], engine: Engine, model: Model, *, svm: bool
) -> Iterator[str]:
    """Top-1 and top-3 at each level, on the rows of `taibao eval`."""
    train = Train(folder)
    sets = {made.name: made.rows for made in build_sets(folder, Lookup(), tasks=("ipc",)).made}
    for level in LEVELS:
        rows = [row for row in sets[f"ipc {level} {lang}"] if row.id in scored]
        gold = [str(row.gold) for row in rows]
        own = [[label["label"] for label in ipc_labels(_at(scored[row.id], level), level, lang)] for row in rows]
        documents = [{"id": row.id, **row.inputs} for row in rows]
        free = written(engine, [_request(document, lang, model) for document in documents])
        said = [free.get(row.id, "")[: SIZES[level]] for row in rows]
        lost = sum(symbol not in ipc.table() for symbol in said)
        cells = [f"{_top(own, gold, 1):.3f}", f"{_top(own, gold, 3):.3f}"]
        if svm:
            ranked = train.rank_ipc(lang, SIZES[level], [_text(row.inputs) for row in rows], top=3)
            cells += [f"{_top(ranked, gold, 1):.3f}", f"{_top(ranked, gold, 3):.3f}"]
        cells += [f"{_top([[each] for each in said], gold, 1):.3f}", f"{lost}"]
        yield f"| {level} {lang} | {len(rows)} | {' | '.join(cells)} |"


def _at(scores: Scores, level: Level) -> Scores:
    """Probabilities of a level as sums over its subclasses."""
    shares: Counter[str] = Counter()
    for each in scores:
        shares[each.label[: SIZES[level]]] += each.p  # type: ignore[assignment]
    return [LabelScore(label, p) for label, p in shares.items()]


def _text(inputs: Document) -> str:
    return "\n".join(str(inputs[name]) for name in ("title", "abstract") if inputs.get(name))


def written(engine: Engine, requests: Sequence[Request]) -> dict[str, str]:
    """The first symbol that the model writes when nothing holds it to the scheme, by id; "" for none."""
    free = (replace(request, labels=None, max_tokens=FREE_TOKENS) for request in requests)
    found = {result.key: _SYMBOL.search(result.text) for result in engine.run(free)}
    return {key: match[0] if match else "" for key, match in found.items()}


def _top(ranked: Sequence[Sequence[str]], gold: Sequence[str], size: int) -> float:
    return sum(symbol in labels[:size] for labels, symbol in zip(ranked, gold, strict=True)) / max(1, len(gold))


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
