"""Claim sets as dependency graphs, read without a model.

A claim that opens with a reference ("The pump of claim 1", 根据权利要求1所述的泵) depends on the claims it names.
One that names a claim only to say what it is for, made by or part of (一种实施权利要求1所述方法的装置, "a product made
by the method of claim 3") is independent in substance, although it refers: CN Guidelines for Patent Examination,
part II ch. 2 §3.1.2; EPO Guidelines F-IV 3.8. So is one of another category than the claim it opens with
(权利要求1所述化合物的用途).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from taibao_cli.patents.claims.numbers import Numbered, cancelled, cut, items
from taibao_cli.patents.claims.parts import Category, Opening, category, opening, split_parts
from taibao_cli.patents.claims.references import Reference, references
from taibao_cli.patents.claims.subject import is_own_subject
from taibao_cli.patents.language import Lang, detect


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim.

    Attributes:
        number: as written, or counted where none is (`numbered` False).
        text: without the number.
        refers: claims it depends on, ranges and lists expanded; empty when independent.
        cites: claims it names without depending on them.
        opens_with_reference: dependent in form; with empty `refers` it is independent in substance.
        title: what it is about: 泵 of 根据权利要求1所述的泵, "pump" of "The pump of claim 1".
        transition: 其特征在于, 包括, 由…组成, "comprising" …; empty when none was recognised.
        references: the phrases behind `refers` and `cites`, with their places in `text`.
    """

    number: int
    text: str
    lang: Lang
    numbered: bool
    refers: tuple[int, ...]
    cites: tuple[int, ...]
    opens_with_reference: bool
    title: str
    preamble: str
    transition: str
    body: str
    category: Category
    references: tuple[Reference, ...]

    @property
    def independent(self) -> bool:
        return not self.refers

    @property
    def basis(self) -> Reference | None:
        """The phrase that `refers` comes from."""
        return self.references[0] if self.refers else None


@dataclass(frozen=True, slots=True)
class ClaimSet:
    """Claims in the order of the text.

    Attributes:
        head: what stood before the first one.
        cancelled: numbers that an amended set lists as cancelled; they are no claims.
    """

    claims: tuple[Claim, ...]
    head: str = ""
    cancelled: frozenset[int] = frozenset()

    def __iter__(self) -> Iterator[Claim]:
        return iter(self.claims)

    def __len__(self) -> int:
        return len(self.claims)

    def get(self, number: int) -> Claim | None:
        """The first claim that has the number."""
        return next((claim for claim in self.claims if claim.number == number), None)


def parse_claims(text: str | Sequence[str], lang: Lang | None = None) -> ClaimSet:
    """Read claims from a text with numbers ("1. …", "1、…", "权利要求1：…", "Claim 1. …"), or one by one.

    Headers ("What is claimed is:") and whatever else precedes the first number go to `head`; lines without a number
    belong to the claim before. `lang` is that of all claims; None finds it for each. Never raises on any text.
    """
    head, found = cut(text) if isinstance(text, str) else items(text)
    gone = cancelled(text if isinstance(text, str) else "\n".join(text))
    return claim_set(found, head=head, cancelled=gone, lang=lang)


def claim_set(
    found: Sequence[Numbered], *, head: str = "", cancelled: frozenset[int] = frozenset(), lang: Lang | None = None
) -> ClaimSet:
    """The graph of claims that are cut and numbered already, as XML has them; see `parse_claims`."""
    drafts: list[_Draft] = []
    first: dict[int, _Draft] = {}
    before: tuple[int, ...] = ()
    for item in found:
        draft = _Draft.read(item, lang, before)
        drafts.append(draft)
        if item.number not in first:
            before += (item.number,)
        first.setdefault(item.number, draft)
    claims: list[Claim] = []
    categories: dict[int, Category] = {}
    for draft in drafts:
        claim = draft.finished(first, categories)
        categories.setdefault(claim.number, claim.category)
        claims.append(claim)
    return ClaimSet(tuple(claims), head, cancelled)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A claim before it is known what the claims it refers to are about."""

    item: Numbered
    lang: Lang
    found: tuple[Reference, ...]
    opening: Opening

    @classmethod
    def read(cls, item: Numbered, lang: Lang | None, before: tuple[int, ...]) -> _Draft:
        own = lang or detect(item.text)
        found = tuple(_known(reference, before) for reference in references(item.text, own))
        return cls(item, own, found, opening(item.text, own, found))

    def finished(self, first: dict[int, _Draft], categories: dict[int, Category]) -> Claim:
        text, opened = self.item.text, self.opening
        named = opened.reference.numbers if opened.reference else ()
        parents = [first[number] for number in named if number in first and first[number] is not self]
        kind = _category(opened, parents[0] if parents else None, self.lang, categories)
        above = [(parent.opening.title, _category_of(parent, categories)) for parent in parents] or [("", kind)]
        depends = bool(named) and not all(is_own_subject(opened, kind, *each, self.lang) for each in above)
        refers = named if depends else ()
        cites = (number for reference in self.found for number in reference.numbers if number not in refers)
        parts = split_parts(text, self.lang, opened.reference.end if depends and opened.reference else 0)
        return Claim(
            number=self.item.number,
            text=text,
            lang=self.lang,
            numbered=self.item.written,
            refers=refers,
            cites=tuple(dict.fromkeys(cites)),
            opens_with_reference=bool(depends or (opened.reference and opened.definite)),
            title=opened.title,
            preamble=parts.preamble,
            transition=parts.transition,
            body=parts.body,
            category=kind,
            references=self.found,
        )


def _known(reference: Reference, before: tuple[int, ...]) -> Reference:
    """A reference to all preceding claims gets their numbers."""
    if not reference.preceding:
        return reference
    mode = reference.mode if len(before) > 1 else "single"
    return Reference(before, reference.start, reference.end, mode, preceding=True)


def _category(opened: Opening, parent: _Draft | None, lang: Lang, categories: dict[int, Category]) -> Category:
    """By the claim's own words; "The invention of claim 1" is what claim 1 is."""
    vague = not opened.title or opened.title.lower() in ("invention", "subject matter", "subject-matter", "claim")
    if vague and parent is not None:
        return _category_of(parent, categories)
    return category(opened.title, lang)


def _category_of(parent: _Draft, categories: dict[int, Category]) -> Category:
    """As it was decided, or by the words of a claim that comes later."""
    return categories.get(parent.item.number) or category(parent.opening.title, parent.lang)
