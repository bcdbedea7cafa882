"""LoRA adapters in GGUF, which change a model for all tasks or for some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taibao_cli.errors import ModelError, UsageError
from taibao_cli.models.digest import file_sha256
from taibao_cli.models.gguf import read_metadata


@dataclass(frozen=True, slots=True)
class Adapter:
    """A file and the tasks it is for; none: all that no other adapter is for."""

    name: str
    path: Path
    sha256: str
    tasks: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What output rows call the adapter: `name@first-12-of-sha256`."""
        return f"{self.name}@{self.sha256[:12]}"


def resolve_adapters(specs: Iterable[str], model: Mapping[str, Any]) -> tuple[Adapter, ...]:
    """The adapters that `[TASK[,TASK…]=]FILE` name, for a model with these metadata.

    Raises:
        ModelError: a file is missing, no LoRA adapter in GGUF, or made for another architecture.
        UsageError: two adapters for one task, or two for all.
    """
    adapters = tuple(_resolve(spec, str(model.get("general.architecture"))) for spec in specs)
    seen: set[str] = set()
    for adapter in adapters:
        for task in adapter.tasks or ("",):
            if task in seen:
                raise UsageError(f"--adapter: two adapters for {f'task {task}' if task else 'all tasks'}; give one")
            seen.add(task)
    return adapters


def _resolve(spec: str, architecture: str) -> Adapter:
    tasks, _, file = ("", "", spec) if Path(spec).is_file() else spec.rpartition("=")
    path = Path(file).expanduser()
    metadata = read_metadata(path)
    if (metadata.get("general.type"), metadata.get("adapter.type")) != ("adapter", "lora"):
        raise ModelError(f"{path} is no LoRA adapter; make one with taibao convert adapter")
    made_for = metadata.get("general.architecture")
    if made_for != architecture:
        raise ModelError(f"{path} is an adapter for {made_for} models, this model is {architecture}")
    name = metadata.get("general.name")
    return Adapter(
        name=name if isinstance(name, str) and name else path.stem,
        path=path.resolve(),
        sha256=file_sha256(path.resolve()),
        tasks=tuple(dict.fromkeys(task.strip() for task in tasks.split(",") if task.strip())),
    )
