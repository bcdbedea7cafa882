"""What a model has computed of the last conversation, kept so that `taibao -c` need not compute it again.

One file in the user's state directory, for the conversation that was left last, readable by nobody else.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from taibao_cli.config import state_dir
from taibao_cli.engine.base import KeepsState
from taibao_cli.models.registry import Model

if TYPE_CHECKING:
    from taibao_cli.repl.session import Session

LARGEST: Final = 1 << 30
"""Bytes of a file that is kept."""

_NAME: Final = "computed-{talk}-{model}-{context}.kv"


def computed_file(talk: int, model: Model, context: int) -> Path:
    """The file for a conversation, a model and its context."""
    return state_dir() / _NAME.format(talk=talk, model=model.sha256[:16], context=context)


def keep_computed(session: Session) -> None:
    """Write it when the session ends, in place of what was kept before. What cannot be written is not kept."""
    number = session.talk.number
    if not isinstance(session.engine, KeepsState) or session.loading or not session.timing:
        return
    if session.talks.path is None or number is None:
        return
    file = computed_file(number, session.model, session.engine.context)
    try:
        _write(session.engine, file)
    except OSError:
        return


def _write(engine: KeepsState, file: Path) -> None:
    draft = file.with_suffix(".draft")
    mask = os.umask(0o077)
    try:
        kept = engine.save_state(draft)
    finally:
        os.umask(mask)
    forget_computed()
    if kept and draft.stat().st_size <= LARGEST:
        draft.replace(file)
    draft.unlink(missing_ok=True)


def forget_computed(talk: int | None = None) -> None:
    """Remove what is kept, of one conversation or of any."""
    pattern = _NAME.format(talk="*" if talk is None else talk, model="*", context="*")
    for file in state_dir().glob(pattern):
        file.unlink(missing_ok=True)
