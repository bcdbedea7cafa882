"""Which model to use, and what is known about it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import platformdirs

from taibao_cli.errors import ModelError
from taibao_cli.models.gguf import read_metadata

BUILTIN: Final = Path(__file__).parent / "builtin"
_CHUNK: Final = 1 << 20


@dataclass(frozen=True)
class Model:
    """A GGUF file. `prompt` is the form of task prompt it was trained on, `lexicon` its dictionary for translation."""

    name: str
    path: Path
    sha256: str
    prompt: Literal["brief", "full"]
    lexicon: Path | None
    metadata: Mapping[str, Any]

    @property
    def label(self) -> str:
        """What output rows call the model: `name@first-12-of-sha256`."""
        return f"{self.name}@{self.sha256[:12]}"


def resolve(spec: str | None, *, builtin: Path = BUILTIN) -> Model:
    """Find and describe a model.

    Args:
        spec: path of a GGUF file; when None the environment variable TAIBAO_MODEL, else the built-in model.
        builtin: folder that holds exactly one GGUF file.

    Raises:
        ModelError: there is no such file, or it is no whole GGUF file.
    """
    spec = spec or os.environ.get("TAIBAO_MODEL")
    path = Path(spec).expanduser() if spec else _builtin_file(builtin)
    metadata = read_metadata(path)
    path = path.resolve()
    name = metadata.get("general.basename")
    return Model(
        name=name if isinstance(name, str) and name else path.stem,
        path=path,
        sha256=file_sha256(path),
        prompt="brief" if metadata.get("taibao.prompt") == "brief" else "full",
        lexicon=_lexicon(path, metadata.get("taibao.lexicon")),
        metadata=metadata,
    )


def _builtin_file(folder: Path) -> Path:
    files = sorted(folder.glob("*.gguf"))
    if not files:
        raise ModelError("the built-in model is not part of this checkout; give --model FILE.gguf")
    if len(files) > 1:
        raise ModelError(f"{folder} holds {len(files)} GGUF files, one is expected; give --model FILE.gguf")
    return files[0]


def _lexicon(model: Path, name: object) -> Path | None:
    if not isinstance(name, str) or not name:
        return None
    if Path(name).name != name:
        raise ModelError(f"{model}: taibao.lexicon is {name[:80]!r}; it must be the name of a file beside the model")
    path = model.with_name(name)
    if not path.is_file():
        raise ModelError(f"{path}: the model's lexicon is missing; put it beside the model")
    return path


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hex, from the user's cache when path, size and time of change are the same."""
    status = path.stat()
    stamp = [status.st_size, status.st_mtime_ns]
    cache = platformdirs.user_cache_path("taibao", appauthor=False) / "sha256.json"
    known = _read_cache(cache)
    entry = known.get(str(path))
    if isinstance(entry, list) and entry[:2] == stamp and isinstance(entry[-1], str):
        return entry[-1]
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    _write_cache(cache, known | {str(path): [*stamp, digest.hexdigest()]})
    return digest.hexdigest()


def _read_cache(cache: Path) -> dict[str, Any]:
    try:
        known = json.loads(cache.read_bytes())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _write_cache(cache: Path, known: dict[str, Any]) -> None:
    """Write the cache; a folder that cannot be written only costs time."""
    draft = cache.with_suffix(f".{os.getpid()}")
    try:
        cache.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(known, file)
        draft.replace(cache)
    except OSError:
        return
