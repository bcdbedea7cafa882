"""What `taibao kb` says about texts: outcomes, warnings, and why there is no text to show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from taibao_cli.cli.root import settings
from taibao_cli.console import answer, note
from taibao_cli.errors import TaibaoError, UsageError
from taibao_cli.knowledge.store.database import Added, StoredText
from taibao_cli.knowledge.store.facts import laws
from taibao_cli.knowledge.store.lookup import Choice, names_of
from taibao_cli.knowledge.store.numbering import numbering
from taibao_cli.knowledge.store.present import newer_note, text_line, version_words
from taibao_cli.knowledge.store.statute import Statute
from taibao_cli.messages import say

_OUTCOMES_ZH: Final = {"added": "已加入", "unchanged": "未变", "replaced": "已替换"}


def report(statute: Statute, one: Added, texts: Sequence[StoredText]) -> None:
    """What became of a text; on stderr, what to know before relying on it."""
    day, lang, text = date.today().isoformat(), settings().lang, one.text
    outcome = _OUTCOMES_ZH[one.outcome] if lang == "zh" else one.outcome
    if one.outcome == "replaced":
        outcome += f"（{one.changed} 段不同）" if lang == "zh" else f" ({one.changed} passages differ)"
    answer(f"{outcome}: {text_line(text, day, lang)}")
    if text.evidence == "articles":
        note(say("kb-by-count", lang, where=text.source, last=text.last or "–", version=text.version))
    if gaps := len(numbering(statute)):
        note(say("kb-gaps", lang, where=text.source, count=gaps))
    warn_of_newer(text, texts, day)


def warn_of_newer(text: StoredText, texts: Sequence[StoredText], day: str) -> None:
    """Say so when a later version than this text is in force that day and is not stored, or may be this text."""
    if found := newer_note(text, texts, day, settings().lang):
        note(found)


def chosen(choice: Choice, day: str, version: str) -> StoredText:
    """The text chosen for a day, or of a version.

    Raises:
        TaibaoError: there is none; it says what there is instead.
    """
    lang = settings().lang
    if choice.text is not None:
        return choice.text
    law = laws().get(choice.law_id)
    name = law.name(lang) if law else choice.stored[0].title
    if not choice.stored:
        raise TaibaoError(say("kb-none-stored", lang, law=name))
    stored = ", ".join(version_words(text, lang) for text in choice.stored)
    if version:
        raise TaibaoError(say("kb-no-version", lang, law=name, version=version, stored=stored))
    known = ""
    if choice.known and lang == "zh":
        known = f"（{choice.known.date} 版本，{choice.known.starts} 施行）"
    elif choice.known:
        known = f" (version {choice.known.date}, in force since {choice.known.starts})"
    raise TaibaoError(say("kb-none-on", lang, law=name, on=day, known=known, stored=stored))


def only(texts: Sequence[StoredText], words: str, version: str) -> StoredText:
    """The one text that a law's name means, of that version when one is given.

    Raises:
        TaibaoError: no such text.
        UsageError: several.
    """
    lang = settings().lang
    law_id = names_of(texts)(words)
    if law_id is None:
        raise TaibaoError(say("kb-no-law", lang, words=words))
    stored = [text for text in texts if text.law_id == law_id and version in ("", text.version)]
    if not stored:
        raise TaibaoError(say("kb-none-stored", lang, law=f"{words} {version}".strip()))
    if len(stored) > 1:
        listed = ", ".join(f"{version_words(text, lang)} ({text.source})" for text in stored)
        raise UsageError(say("kb-several", lang, law=words, stored=listed))
    return stored[0]
