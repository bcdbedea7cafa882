"""What a training stage leaves behind: enough to trace a result and to know whether it must be made again."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_PACKAGES = ("torch", "transformers", "peft", "tokenizers", "gguf", "llama-cpp-python", "numpy")


def digest(value: object) -> str:
    """sha256 of the canonical JSON of a value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return (
            hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else _slow_digest(path)
        )


def _slow_digest(path: Path) -> str:
    state = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            state.update(block)
    return state.hexdigest()


def versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def finished(path: Path, key: str) -> bool:
    """Whether the manifest at `path` is of a finished stage with the same key."""
    try:
        return bool(json.loads(path.read_text(encoding="utf-8")).get("key") == key)
    except (OSError, ValueError):
        return False


@contextmanager
def stage(path: Path, name: str, key: str, inputs: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Run a stage; what it puts into the yielded dictionary becomes `results`. Written only when it ends well."""
    results: dict[str, Any] = {}
    start = time.time()
    yield results
    manifest = {
        "stage": name,
        "key": key,
        "inputs": inputs,
        "versions": versions(),
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start)),
        "wall_s": round(time.time() - start, 1),
        "results": results,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    part.replace(path)
