"""Examples that a patent gives: one kind for each task, by rules that docs/finetuning.md states."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from taibao_cli.patents.language import Lang, other
from taibao_cli.tasks.task import LANGS
from train.data.documents import cut
from train.data.pairs import clauses, entailment
from train.data.texts import lead_and_effect, numbered
from train.instructions.patents import Patent

CLASSES: Final[Mapping[str, tuple[str, ...]]] = {
    "classification": ("type", "ipc"),
    "translation": ("translate",),
    "generation": ("title", "abstract", "claims", "summarize"),
    "pairs": ("similarity", "entail", "relevance"),
    "dialogue": ("dialogue",),
}
"""The five classes and their kinds; all but dialogue are tasks."""

KINDS: Final = tuple(kind for kinds in CLASSES.values() for kind in kinds)

_ROOM: Final[Mapping[Lang, int]] = {"zh": 2000, "en": 6000}
"""Characters of claims and descriptions in a prompt or an answer."""

_HALF: Final[Mapping[Lang, int]] = {"zh": 220, "en": 600}


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the task `kind` with its answer as a value; `patent` is where it comes from."""

    kind: str
    lang: Lang
    inputs: Mapping[str, Any]
    value: str | float
    patent: Patent


@dataclass(frozen=True, slots=True)
class Pool:
    """Patents of one split, to draw others from."""

    patents: Sequence[Patent]
    by_subclass: Mapping[str, Sequence[Patent]]

    @classmethod
    def of(cls, patents: Sequence[Patent]) -> Pool:
        groups: dict[str, list[Patent]] = defaultdict(list)
        for patent in patents:
            groups[patent.symbol].append(patent)
        return cls(patents, groups)

    def near(self, patent: Patent, lang: Lang, rng: Random) -> Patent | None:
        """Another one of the same subclass with an abstract in `lang`."""
        return _drawn([p for p in self.by_subclass.get(patent.symbol, ()) if p is not patent], lang, rng)

    def far(self, patent: Patent, lang: Lang, rng: Random) -> Patent | None:
        """One of another section; without any, None."""
        groups = [key for key in self.by_subclass if key and key[0] != patent.symbol[:1]]
        return _drawn(self.by_subclass[rng.choice(groups)], lang, rng) if groups else None

    def any_other(self, patent: Patent, lang: Lang, rng: Random) -> Patent | None:
        return _drawn([p for p in rng.choices(self.patents, k=8) if p is not patent], lang, rng)


def _drawn(patents: Sequence[Patent], lang: Lang, rng: Random) -> Patent | None:
    written = [patent for patent in patents if patent.text(lang, "abstract")]
    return rng.choice(written) if written else None


def items_of(patent: Patent, pool: Pool, rng: Random) -> Iterator[Item]:
    """Every example that the patent gives, in the order of `KINDS`, Chinese before English."""
    for lang in LANGS:
        yield from _classification(patent, lang)
        yield from _translation(patent, lang)
        yield from _generation(patent, lang)
        yield from _pairs(patent, pool, lang, rng)


def _classification(patent: Patent, lang: Lang) -> Iterator[Item]:
    title, abstract = patent.text(lang, "title"), patent.text(lang, "abstract")
    text = {key: value for key, value in (("title", title), ("abstract", abstract)) if value}
    if not abstract:
        return
    if patent.type:
        yield Item("type", lang, {"text": abstract}, patent.type, patent)
    if patent.symbol:
        yield Item("ipc", lang, text, patent.symbol, patent)


def _translation(patent: Patent, lang: Lang) -> Iterator[Item]:
    """Title, abstract and claims into the other language, where the row has both; claims only where equally many."""
    to = other(lang)
    for part in ("title", "abstract"):
        if (text := patent.text(lang, part)) and (answer := patent.text(to, part)):
            yield Item("translate", lang, {"text": text, "to": to}, answer, patent)
    own, theirs = patent.claims(lang), patent.claims(to)
    if own and len(own) == len(theirs):
        kept = numbered(own, _ROOM[lang]).count("\n") + 1 if own else 0
        pair = numbered(own[:kept], _ROOM[lang] * 9), numbered(theirs[:kept], _ROOM[to] * 9)
        yield Item("translate", lang, {"text": pair[0], "to": to}, pair[1], patent)


def _generation(patent: Patent, lang: Lang) -> Iterator[Item]:
    title, abstract = patent.text(lang, "title"), patent.text(lang, "abstract")
    claims, description = patent.claims(lang), patent.text(lang, "description")
    if title and abstract:
        yield Item("title", lang, {"abstract": abstract}, title, patent)
    if claims and abstract:
        yield Item("abstract", lang, {"claims": numbered(claims, _ROOM[lang])}, abstract, patent)
        yield Item("claims", lang, {"abstract": abstract}, numbered(claims, _ROOM[lang]), patent)
    if description and abstract:
        yield Item("summarize", lang, {"description": cut(description, _ROOM[lang])}, abstract, patent)
    elif abstract and (summary := lead_and_effect(abstract, lang)):
        yield Item("summarize", lang, {"text": abstract}, summary, patent)


def _pairs(patent: Patent, pool: Pool, lang: Lang, rng: Random) -> Iterator[Item]:
    abstract = patent.text(lang, "abstract")
    if not abstract:
        return
    if foreign := pool.any_other(patent, lang, rng):
        made = entailment({"abstract": abstract}, {"abstract": foreign.text(lang, "abstract")}, lang, rng)
        if made:
            yield Item("entail", lang, {"a": made[0], "b": made[1]}, made[2], patent)
    if not patent.symbol:
        return
    halves = _halves(abstract, lang)
    near, far = pool.near(patent, lang, rng), pool.far(patent, lang, rng)
    for kind, values in (("relevance", ("relevant", "background", "unrelated")), ("similarity", (0.75, 0.5, 0.0))):
        pairs = [(halves[0], halves[1], values[0])] if halves else []
        for found, value in ((near, values[1]), (far, values[2])):
            if found:
                pairs.append((abstract[: _HALF[lang]], found.text(lang, "abstract")[: _HALF[lang]], value))
        if pairs:
            a, b, value = rng.choice(pairs)
            yield Item(kind, lang, {"a": a, "b": b}, value, patent)


def _halves(abstract: str, lang: Lang) -> tuple[str, str] | None:
    """The clauses of an abstract in two halves; None for fewer than four."""
    parts = clauses(abstract, lang)
    half, joiner = len(parts) // 2, "，" if lang == "zh" else ", "
    return (joiner.join(parts[:half]), joiner.join(parts[half:])) if half >= 2 else None
