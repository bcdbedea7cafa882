"""The terms of translations: those that the user asked for in this conversation, then the model's dictionary."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

from taibao_cli.models.registry import Model
from taibao_cli.patents.language import Lang
from taibao_cli.patents.lexicon import Lexicon
from taibao_cli.patents.termbase.entries import Glossary, Termbase
from taibao_cli.repl.talk import Turn
from taibao_cli.repl.wishes import OtherWord, wish_of
from taibao_cli.tasks.hints import lexicon_hints
from taibao_cli.tasks.prepare import Hints, HintsOf


def terms_of(turns: Sequence[Turn], line: str = "") -> Glossary:
    """What was asked for after translations ("use 'electrode' for 电极"), and in `line`; the last word counts."""
    said = [line, *(turn.text for turn in reversed(turns) if turn.role == "user" and turn.task == "translate")]
    wishes = map(wish_of, said)
    entries = [wish.entry for wish in wishes if isinstance(wish, OtherWord)]
    return Termbase.of(entry for entry in entries if entry is not None).glossary


def hints_of(model: Model, glossary: Glossary) -> HintsOf | None:
    """What finds the terms of a text. The dictionary is read for the first translation."""
    if model.lexicon is None and not glossary["zh"]:
        return None

    def hints(text: str, source: Lang, to: Lang) -> Hints:
        return lexicon_hints(_lexicon(model.lexicon), glossary)(text, source, to)

    return hints


@functools.lru_cache(maxsize=1)
def _lexicon(path: Path | None) -> Lexicon:
    return Lexicon.load(path) if path is not None else Lexicon({}, {})
