"""Vectors of words and places in which a question is near to the places whose questions are meant like it.

    python -m train.likeness STORE

makes `taibao_cli/knowledge/questions/*.npz` from the questions that lie there, the texts of the laws in a statute store
(`taibao kb add`) and the primer. Half of the questions of every place, drawn anew each step, stand for the place with
its text; some of the other half are to find it among all places.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import torch
from torch.nn import functional

from taibao_cli.console import note
from taibao_cli.knowledge import questions
from taibao_cli.knowledge.asked import Place
from taibao_cli.knowledge.likeness import Likeness, words_of
from taibao_cli.knowledge.primer import Entry, Lang, entries
from taibao_cli.knowledge.questions import Questions
from taibao_cli.knowledge.store.database import StatuteStore
from taibao_cli.knowledge.store.lookup import applicable
from taibao_cli.knowledge.store.reference import Pinpoint

FOLDER = Path(questions.__file__).with_suffix("")
WIDTH, STEPS, BATCH, RATE = 128, 80, 1500, 2e-3
HELD, DROPPED, TEMPERATURE = 0.5, 0.3, 0.08
OF_LAWS, OF_PRIMER = 4, 2
"""Questions and texts in which a word with a vector stands."""
QUESTIONS = 1.5
"""What all questions of a place count against its text."""


@dataclass
class Texts:
    """Questions and texts of places as rows of word weights (idf), each of length 1: `asked` of questions, `told` of
    the texts of places, `owners` the place of each question."""

    known: list[str]
    idf: torch.Tensor
    asked: torch.Tensor
    told: torch.Tensor
    owners: torch.Tensor

    @staticmethod
    def of(asked: Sequence[tuple[int, str]], told: Sequence[str], least: int) -> Texts:
        """Words that stand in fewer than `least` questions and texts are left out."""
        found = [words_of(text) for text in (*(question for _, question in asked), *told)]
        count = Counter(word for words in found for word in words)
        known = sorted(word for word, number in count.items() if number >= least)
        idf = torch.tensor([math.log(1 + (len(found) - count[word] + 0.5) / (count[word] + 0.5)) for word in known])
        rows = _rows(found, {word: at for at, word in enumerate(known)}, idf)
        owners = torch.tensor([owner for owner, _ in asked])
        return Texts(known, idf, _some(rows, range(len(asked))), _some(rows, range(len(asked), len(found))), owners)

    def places(self, table: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
        """The vector of every place: of its text and of its chosen questions together, of length 1."""
        owners = self.owners[chosen]
        share = QUESTIONS / torch.bincount(owners, minlength=len(self.told))[owners].sqrt()
        shape = (len(self.told), len(self.owners))
        of_place = torch.sparse_coo_tensor(torch.stack([owners, chosen]), share, shape)
        return functional.normalize(torch.sparse.mm(of_place @ self.asked + self.told, table), dim=1)


def trained(texts: Texts, each: Callable[[int, torch.Tensor], None] = lambda _step, _table: None) -> torch.Tensor:
    """The table of word vectors; `each` sees it after every step."""
    torch.manual_seed(0)
    table = torch.nn.Parameter(_start(texts))
    optimizer = torch.optim.Adam([table], lr=RATE)
    for step in range(STEPS):
        held = torch.rand(len(texts.owners)) < HELD
        queries = held.nonzero().squeeze(1)
        queries = queries[torch.randperm(len(queries))[:BATCH]]
        asked = texts.asked.index_select(0, queries).coalesce()
        dropped = torch.sparse_coo_tensor(asked.indices(), functional.dropout(asked.values(), DROPPED), asked.shape)
        found = functional.normalize(torch.sparse.mm(dropped, table), dim=1)
        known = texts.places(table, (~held).nonzero().squeeze(1))
        loss = functional.cross_entropy(found @ known.T / TEMPERATURE, texts.owners[queries])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        each(step, table.detach())
    return table.detach()


def _start(texts: Texts) -> torch.Tensor:
    """The principal directions of the questions and places."""
    everything = torch.arange(len(texts.owners))
    places = torch.sparse_coo_tensor(torch.stack([texts.owners, everything]), torch.ones(len(everything)))
    rows = torch.cat([texts.asked, (places @ texts.asked + texts.told)]).coalesce()
    return 3 * torch.svd_lowrank(rows, q=min(WIDTH, *rows.shape), niter=4)[2]


def _rows(found: Sequence[set[str]], at: dict[str, int], idf: torch.Tensor) -> torch.Tensor:
    kept = [sorted(at[word] for word in words if word in at) for words in found]
    row = torch.tensor([number for number, words in enumerate(kept) for _ in words])
    column = torch.tensor([word for words in kept for word in words])
    lengths = torch.zeros(len(kept)).index_add(0, row, idf[column] ** 2).sqrt()
    return torch.sparse_coo_tensor(
        torch.stack([row, column]), idf[column] / lengths[row], (len(kept), len(idf))
    ).coalesce()


def _some(rows: torch.Tensor, which: range) -> torch.Tensor:
    return rows.index_select(0, torch.arange(which.start, which.stop)).coalesce()


def main(store: Path) -> None:
    texts = dict(_texts(store))
    laws = questions.of_laws()
    _learn("laws", laws, [texts.get(place, "") for place, _ in laws], OF_LAWS)
    known = {entry.id: entry for entry in entries()}
    langs: tuple[Lang, ...] = ("zh", "en")
    for lang in langs:
        asked = questions.of_primer(lang)
        told = [_told(known[id_], lang) for id_, _ in asked]
        _learn(f"primer_{lang}", asked, told, OF_PRIMER)


def _texts(file: Path) -> Iterator[tuple[questions.Article, str]]:
    """The words of every place that has questions, with its headings."""
    with StatuteStore.open(file) as store:
        texts = {text.law_id: text for text in applicable(store.texts(), date.today().isoformat())}
        for place, _ in questions.of_laws():
            pinpoint = Pinpoint(int(place.label)) if place.label.isdecimal() else Pinpoint(label=place.label)
            if text := texts.get(place.law_id):
                found = store.passages_at(text, pinpoint)
                yield place, "\n".join(f"{one.headings} {one.words}" for one in found)


def _told(entry: Entry, lang: Lang) -> str:
    """The words of an entry itself."""
    return "\n".join((entry.topic(lang), *entry.questions(lang), *entry.keywords(lang), entry.answer(lang)))


def _learn(name: str, lines: Questions[Place], told: Sequence[str], least: int) -> None:
    """Write the file for places with their questions and texts."""
    asked = [(number, question) for number, (_, line) in enumerate(lines) for question in line.split("｜")]
    texts = Texts.of(asked, told, least)
    table = trained(texts)
    places = texts.places(table, torch.arange(len(asked)))
    path = FOLDER / f"{name}.npz"
    Likeness.save(path, texts.known, (table * texts.idf[:, None]).numpy(), places.numpy(), questions.digest(lines))
    note(f"{path}: {len(texts.known)} words, {len(lines)} places")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
