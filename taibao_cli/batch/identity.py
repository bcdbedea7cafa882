"""What makes two answers interchangeable: the same model, parameters, task and input."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
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


def run_facts(
    model: Model, overrides: Overrides, *, ctx: int | None, task: str | None, fixed_threads: int | None = None
) -> Facts:
    """What the answers of a run depend on beside its rows, as plain JSON values. `fixed_threads`: of a run whose rows
    are computed alone, so that nothing else has a part in them."""
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
        "deterministic": f"{fixed_threads} threads" if fixed_threads else None,
    }


def differences(before: Facts, now: Facts) -> str:
    """`model was a, is b; task was c, is d`, empty when they agree."""
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    return "; ".join(f"{name} was {before.get(name)}, is {now.get(name)}" for name in names)


class Keys:
    """Gives the key of a record: a digest of the run, of its tasks' definitions and of all its fields but `id`."""

    def __init__(self, facts: Facts) -> None:
        self._start = hashlib.blake2b(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS), digest_size=KEY_BYTES)
        self.tasks: dict[str, str] = {}
        """The digests of the tasks that records named, by name."""

    def of(self, record: Record) -> bytes | None:
        """None for a record that cannot be asked; its error is found again at once."""
        if record.row is None or record.error is not None:
            return None
        made = self._start.copy()
        try:
            for name in record.task_names(None):
                if name not in self.tasks:
                    self.tasks[name] = get(name).digest
                made.update(self.tasks[name].encode())
        except RowError:
            return None
        fields = {name: value for name, value in record.row.items() if name != "id"}
        made.update(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS))
        return made.digest()
