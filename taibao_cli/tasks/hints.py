"""What a lexicon and a glossary offer to a translation, at run time and in training alike."""

from __future__ import annotations

from collections.abc import Mapping

from taibao_cli.patents.draft import draft
from taibao_cli.patents.language import Lang
from taibao_cli.patents.lexicon import Lexicon, offered
from taibao_cli.tasks.prepare import Hints, HintsOf


def lexicon_hints(lexicon: Lexicon, glossary: Mapping[Lang, Mapping[str, str]] | None = None) -> HintsOf:
    """Finds terms and makes drafts; the glossary wins over the lexicon."""

    def hints(text: str, source: Lang, _to: Lang) -> Hints:
        matches = lexicon.match(text, source, glossary[source] if glossary is not None else None)
        return Hints(offered(matches), draft(matches, source))

    return hints
