"""Which model to use, and what is known about it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from taibao_cli.errors import ModelError, UsageError
from taibao_cli.models.adapters import Adapter, resolve_adapters
from taibao_cli.models.files import model_metadata, model_sha256
from taibao_cli.models.openvino import is_openvino
from taibao_cli.models.own import BUILTIN_NAME, read_own_models
from taibao_cli.models.pull.catalogue import catalogue

BUILTIN: Final = Path(__file__).parent / "builtin"


@dataclass(frozen=True)
class Model:
    """A GGUF file, or a folder in OpenVINO's form. `prompt` is the form of task prompt it was trained on, `lexicon` its
    dictionary for translation."""

    name: str
    path: Path
    sha256: str
    prompt: Literal["brief", "full"]
    lexicon: Path | None
    metadata: Mapping[str, Any]
    adapters: tuple[Adapter, ...] = ()

    @property
    def label(self) -> str:
        """What output rows call the model: `name@first-12-of-sha256`, and the same of each adapter after a plus."""
        return "+".join([f"{self.name}@{self.sha256[:12]}", *(adapter.label for adapter in self.adapters)])

    def adapter(self, task: str) -> str | None:
        """Label of the adapter that answers a task: its own, else the one for all tasks."""
        own = [adapter for adapter in self.adapters if task in adapter.tasks]
        common = [adapter for adapter in self.adapters if not adapter.tasks]
        return next((adapter.label for adapter in own + common), None)


def resolve(spec: str | None, *, adapters: Iterable[str] = (), builtin: Path = BUILTIN) -> Model:
    """Find and describe a model.

    Args:
        spec: path of a GGUF file or of a folder in OpenVINO's form, or a name that the user gave one; when None the
            environment variable TAIBAO_MODEL, else the user's default, else the built-in model.
        adapters: `[TASK[,TASK…]=]FILE` each.
        builtin: folder that holds exactly one GGUF file.

    Raises:
        ModelError: there is no such file, or it is no whole GGUF file, or an adapter does not fit it.
        UsageError: two adapters for the same, or adapters for a folder.
    """
    adapters = tuple(adapters)
    path = _find(spec or os.environ.get("TAIBAO_MODEL"), builtin)
    is_folder = path.is_dir()
    if is_folder and adapters:
        raise UsageError("--adapter is for GGUF files; merge the adapter (taibao convert merge) before converting")
    metadata = model_metadata(path)
    path = path.resolve()
    name = metadata.get("general.basename")
    return Model(
        name=name if isinstance(name, str) and name else path.stem,
        path=path,
        sha256=model_sha256(path),
        prompt="brief" if metadata.get("taibao.prompt") == "brief" else "full",
        lexicon=_lexicon(path if is_folder else path.parent, metadata.get("taibao.lexicon")),
        metadata=metadata,
        adapters=resolve_adapters(adapters, metadata),
    )


def _find(spec: str | None, builtin: Path) -> Path:
    if spec is not None and ((path := Path(spec).expanduser()).is_file() or is_openvino(path)):
        return path
    own = read_own_models()
    name = spec or own.default
    if name is not None and name in own.models:
        return _there(name, own.models[name].path)
    if name in catalogue():
        raise ModelError(f"{name} is not here; taibao models pull {name} fetches it")
    if name in (None, BUILTIN_NAME):
        return builtin_file(builtin)
    path = Path(name).expanduser()
    if str(path) == path.name and path.suffix != ".gguf" and not path.exists():
        own.get(name)
    return path


def _there(name: str, path: Path) -> Path:
    """The file that a name stands for."""
    if not path.exists():
        raise ModelError(
            f"model {name}: {path} is gone; put it back, or taibao models rm {name} and taibao models use another"
        )
    return path


def builtin_file(folder: Path = BUILTIN) -> Path:
    """The one GGUF file of a folder."""
    files = sorted(folder.glob("*.gguf"))
    if not files:
        raise ModelError("the built-in model is not part of this checkout; give --model FILE.gguf")
    if len(files) > 1:
        raise ModelError(f"{folder} holds {len(files)} GGUF files, one is expected; give --model FILE.gguf")
    return files[0]


def _lexicon(folder: Path, name: object) -> Path | None:
    if not isinstance(name, str) or not name:
        return None
    if Path(name).name != name:
        raise ModelError(f"{folder}: taibao.lexicon is {name[:80]!r}; it must be the name of a file beside the model")
    path = folder / name
    if not path.is_file():
        raise ModelError(f"{path}: the model's lexicon is missing; put it beside the model")
    return path
