"""A claim chart: each feature of a claim beside the passage of a document that comes nearest, and what the model says
of the pair."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from taibao_cli.batch.output import errors_of
from taibao_cli.errors import TaibaoError
from taibao_cli.messages import say
from taibao_cli.messages.errors import in_words
from taibao_cli.patents.anchors import Passage, Passages, sentences
from taibao_cli.patents.claims.claimset import Claim, parse_claims
from taibao_cli.patents.claims.features import features
from taibao_cli.patents.language import Lang
from taibao_cli.repl.commands.command import Command, misused
from taibao_cli.repl.document import insert_files
from taibao_cli.repl.streaming import interrupt_cancels

if TYPE_CHECKING:
    from taibao_cli.repl.session import Session

_USAGE: Final = "/chart CLAIM ||| DOCUMENT"


def _chart(session: Session, text: str) -> None:
    first, _, second = insert_files(text).replace("｜｜｜", "|||").partition("|||")
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
    source = Passages(Passage("", sentence) for sentence in sentences(document))
    for feature in (each.text for each in features(claim)):
        nearest = source.ranked(feature, 1)
        if not nearest:
            yield feature, "–", say("not-found", session.lang)
            continue
        passage = nearest[0][0].text
        answered = session.answer("entail", {"a": passage, "b": feature})
        if answered["finish"] == "cancelled":
            raise TaibaoError(say("stopped", session.lang))
        yield feature, passage, _verdict(answered, session.lang)


def _verdict(answered: dict[str, Any], lang: Lang) -> str:
    """The label with its probability, or why there is none."""
    for error in errors_of(answered):
        return in_words(error["message"], lang)
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
