"""What makes two answers interchangeable: the same model, parameters, task and input."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from taibao_cli import __version__
from taibao_cli.batch.record import Record
from taibao_cli.batch.runner import Overrides
from taibao_cli.errors import RowError
from taibao_cli.models.digest import file_sha256
from taibao_cli.models.registry import Model
from taibao_cli.tasks import get

Facts = Mapping[str, Any]

KEY_BYTES: Final = 16


def run_facts(model: Model, overrides: Overrides, *, ctx: int | None, task: str | None) -> Facts:
    """What the answers of a run depend on beside its rows, as plain JSON values."""
    return {
        "taibao": __version__,
        "model": f"{model.name}@{model.sha256}",
        "adapters": [f"{','.join(own.tasks)}={own.name}@{own.sha256}" for own in model.adapters] or None,
        "lexicon": file_sha256(model.lexicon) if model.lexicon else None,
        "task": task,
        "ctx": ctx,
        "max_tokens": overrides.max_tokens,
        "temperature": overrides.temperature,
        "seed": overrides.seed if overrides.temperature > 0 else overrides.seed or None,
    }


def differences(before: Facts, now: Facts) -> str:
    """`model was a, is b; task was c, is d`, empty when they agree."""
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    return "; ".join(f"{name} was {before.get(name)}, is {now.get(name)}" for name in names)


def key_maker(facts: Facts) -> Callable[[Record], bytes | None]:
    """A function that gives the key of a record: a digest of the run, of its tasks' definitions and of all its fields
    but `id`. None for a record that cannot be asked; its error is found again at once."""
    start = hashlib.blake2b(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS), digest_size=KEY_BYTES)
    digests: dict[str, bytes] = {}

    def key(record: Record) -> bytes | None:
        if record.row is None or record.error is not None:
            return None
        made = start.copy()
        try:
            for name in record.task_names(None):
                if name not in digests:
                    digests[name] = get(name).digest.encode()
                made.update(digests[name])
        except RowError:
            return None
        fields = {name: value for name, value in record.row.items() if name != "id"}
        made.update(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS))
        return made.digest()

    return key
