"""A claim chart: each feature of a claim beside the passage of a document that comes nearest, and what the model says
of the pair."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from taibao_cli.batch.output import errors_of
from taibao_cli.errors import TaibaoError
from taibao_cli.patents.claims.claimset import Claim, parse_claims
from taibao_cli.repl.commands.command import Command, misused
from taibao_cli.repl.document import insert_files
from taibao_cli.repl.streaming import interrupt_cancels
from taibao_cli.repl.words import say

if TYPE_CHECKING:
    from taibao_cli.repl.session import Session

_USAGE: Final = "/chart CLAIM ||| DOCUMENT"
_CUTS: Final = re.compile(r"[;；\n]+|(?<=[^\d])[，,](?=所述|其中|还|且|并|wherein|and )")
_PASSAGES: Final = re.compile(r"(?<=[。！？.!?;；])\s*|\n+")
_TERMS: Final = re.compile(r"[a-z]{4,}|\d+|[一-鿿]{2}", re.IGNORECASE)
_REMAINS: Final = re.compile(r"[^一-鿿]{0,3}|[一-鿿]")
"""A piece that is too short to be a feature."""


def features(claim: Claim) -> list[str]:
    """What the claim is on, then its features, cut at semicolons, lines, and commas before a new one."""
    text = claim.text
    pieces = (piece.strip(" ，,。.:：\t") for piece in _CUTS.split(text))
    return [piece for piece in pieces if not _REMAINS.fullmatch(piece)]


def nearest_passage(feature: str, document: str) -> str:
    """The sentence of the document that has most pairs of characters, words and numbers of the feature; "" for none."""
    wanted = _terms(feature)
    passages = [passage.strip() for passage in _PASSAGES.split(document) if passage.strip()]
    shared = {passage: len(wanted & _terms(passage)) / (1 + len(_terms(passage))) ** 0.3 for passage in passages}
    best = max(shared, key=shared.__getitem__, default="")
    return best if best and shared[best] > 0 else ""


def _terms(text: str) -> set[str]:
    """Words of English, numbers, and every pair of Chinese characters."""
    chinese = re.sub(r"[^一-鿿]", "", text)
    return {found.lower() for found in _TERMS.findall(text) if found.isascii()} | {
        chinese[at : at + 2] for at in range(len(chinese) - 1)
    }


def _chart(session: Session, text: str) -> None:
    first, _, second = insert_files(text).partition("|||")
    claims, document = parse_claims(first.strip()).claims, second.strip()
    if not document and session.document is not None:
        document = session.document.text
    if not claims or not document:
        raise misused(session, _USAGE)
    with interrupt_cancels(session.engine):
        rows = list(_rows(session, claims[0], document))
    session.view.table(tuple(say(key, session.lang) for key in ("feature", "passage", "verdict")), rows)
    session.view.note(say("chart-note", session.lang), "dim")


def _rows(session: Session, claim: Claim, document: str) -> Iterator[tuple[str, str, str]]:
    for feature in features(claim):
        passage = nearest_passage(feature, document)
        if not passage:
            yield feature, "–", say("not-found", session.lang)
            continue
        answered = session.answer("entail", {"a": passage, "b": feature})
        if answered["finish"] == "cancelled":
            raise TaibaoError(say("stopped", session.lang))
        yield feature, passage, _verdict(answered)


def _verdict(answered: dict[str, Any]) -> str:
    """The label with its probability, or why there is none."""
    for error in errors_of(answered):
        return str(error["message"])
    best = answered["labels"][0]
    return f"{best.get('title') or best['label']} {best['p']:.2f}"


COMMANDS: Final = (
    Command(
        "/chart",
        "CLAIM ||| DOCUMENT",
        "权利要求对照表：逐个特征找最近的段落",
        "claim chart: for each feature the nearest passage",
        _chart,
    ),
)
