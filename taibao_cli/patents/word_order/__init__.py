"""Where the other language says it the other way round: "B of A" and A的B, "B for A" and 用于A的B.

Chinese puts what is said of a noun before it, English mostly behind. Only what function words delimit is moved: the
pieces of a draft are known by their words, not by their grammar.
"""

from __future__ import annotations

from collections.abc import Sequence

from taibao_cli.patents.language import Lang
from taibao_cli.patents.lexicon import Match
from taibao_cli.patents.word_order.chinese import from_chinese
from taibao_cli.patents.word_order.english import from_english
from taibao_cli.patents.word_order.phrases import phrased


def in_order(pieces: Sequence[Match], source: Lang) -> list[Match]:
    """The pieces in the order of the other language."""
    return phrased(from_english(pieces)) if source == "en" else from_chinese(pieces)
