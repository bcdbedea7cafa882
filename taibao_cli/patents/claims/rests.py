"""What each feature of written claims rests on in the text that they were made from: a paragraph and its sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from taibao_cli.patents.anchors import Passage, Passages
from taibao_cli.patents.claims.claimset import parse_claims
from taibao_cli.patents.claims.features import features
from taibao_cli.patents.document.description import read_description


@dataclass(frozen=True, slots=True)
class Rest:
    """A feature of a claim, and the sentence nearest to it, word for word.

    Attributes:
        paragraph: the id of the paragraph that the sentence stands in, counted where none is written; empty when no
            paragraph has any of the words.
        share: of the words of the feature, by weight, those that the paragraph and a second one hold.
        holds: whether that is enough, and every figure of the feature stands there.
    """

    claim: int
    feature: str
    paragraph: str
    quote: str
    share: float
    holds: bool


def rests(claims: str, source: str) -> Iterator[Rest]:
    """For each feature in order. Words and figures alone decide; a model is not asked."""
    sections = read_description(source).sections
    paragraphs = [paragraph for section in sections for paragraph in section.paragraphs]
    passages = Passages(Passage(paragraph.id, paragraph.text) for paragraph in paragraphs)
    for claim in parse_claims(claims):
        for feature in features(claim):
            anchor = passages.anchor(feature.text)
            own = anchor.ids[0] if anchor.ids else ""
            quote = passages.nearest_sentence(feature.text, own) if own else ""
            yield Rest(claim.number, feature.text, own, quote, round(anchor.share, 2), anchor.holds)
