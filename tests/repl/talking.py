"""A session without a terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from taibao_cli.engine.fake import FakeEngine
from taibao_cli.models.registry import Model
from taibao_cli.patents.language import Lang
from taibao_cli.repl.preferences import Preferences
from taibao_cli.repl.session import Session
from taibao_cli.repl.store import Talks
from taibao_cli.repl.view import PlainView

MODEL = Model(name="fake", path=Path(), sha256="0" * 64, prompt="full", lexicon=None, metadata={})
SMALL = replace(MODEL, prompt="brief")
"""A model for brief prompts, such as the built-in one."""


QUIET = Preferences(checks="off")
"""Nothing under the answers."""


class Talker:
    """Says lines and gives back what the session writes for each."""

    def __init__(
        self,
        engine: FakeEngine | None = None,
        talks: Talks | None = None,
        lang: Lang = "en",
        model: Model = MODEL,
        preferences: Preferences = QUIET,
    ) -> None:
        self._written: list[str] = []
        view = PlainView(self._written.append)
        self.session = Session(engine or FakeEngine(), model, lang, view=view, talks=talks, preferences=preferences)

    def say(self, line: str) -> str:
        self._written.clear()
        assert self.session.handle(line) is (line not in ("/exit", "/quit"))
        return "".join(self._written)


def talk(*lines: str, engine: FakeEngine | None = None, lang: Lang = "en", model: Model = MODEL) -> list[str]:
    talker = Talker(engine, lang=lang, model=model)
    return [talker.say(line) for line in lines]


def said() -> FakeEngine:
    """An engine that answers with all that was said, its system prompt left out."""
    return FakeEngine(lambda request: " | ".join(each.content for each in request.messages if each.role != "system"))
