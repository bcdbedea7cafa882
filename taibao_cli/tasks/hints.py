"""What a lexicon and a glossary offer to a translation, at run time and in training alike."""

from __future__ import annotations

from collections.abc import Mapping

from taibao_cli.patents.claims.citations import match_around
from taibao_cli.patents.claims.openings import opening_in
from taibao_cli.patents.draft import draft
from taibao_cli.patents.language import Lang
from taibao_cli.patents.lexicon import Lexicon, Match, offered
from taibao_cli.patents.word_order.predicates import opened
from taibao_cli.tasks.prepare import Hints, HintsOf


def lexicon_hints(lexicon: Lexicon, glossary: Mapping[Lang, Mapping[str, str]] | None = None) -> HintsOf:
    """Finds terms and makes drafts, in which the opening of a dependent claim is rendered by rule; the glossary wins
    over the lexicon."""

    def hints(text: str, source: Lang, to: Lang) -> Hints:
        def match(part: str) -> list[Match]:
            return lexicon.match(part, source, glossary[source] if glossary is not None else None)

        def around(part: str) -> list[Match]:
            return match_around(part, match) if cites else match(part)

        cites = source == "zh" and "权利要求" in text
        known = match(text)
        found = opening_in(text, source)
        if found is None:
            return Hints(offered(known), draft(around(text) if cites else known, source))
        number, opening = found
        start, title = len(number) + opening.end, draft(match(opening.title), source, begins=False)
        pieces = around(text[start:])
        told = opened(pieces, sentence=bool(opening.word)) if source == "zh" else pieces
        rest = draft(told, source, begins=False, claim=True)
        return Hints(offered(known), f"{number}{opening.rendered(title, to)}{' ' if to == 'en' else ''}{rest}")

    return hints
