"""The models that the user has named: where each lies, what it was, and which one is taken when none is asked for.

Nothing is copied; a name stands for a file where it is.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import platformdirs

from taibao_cli.errors import ModelError, UsageError
from taibao_cli.models.files import model_metadata, model_sha256

BUILTIN_NAME: Final = "builtin"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Named:
    """A file, or a folder, and its SHA-256 at the time it was named."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class OwnModels:
    """By name, in the order they were added. `default` is one of the names, or None for the built-in model."""

    models: Mapping[str, Named] = field(default_factory=dict)
    default: str | None = None

    def add(self, name: str, path: Path) -> OwnModels:
        """With a model more.

        Raises:
            UsageError: the name is taken or cannot be one.
            ModelError: neither a whole GGUF file nor a folder in OpenVINO's form, or a LoRA adapter.
        """
        if name in self.models or name == BUILTIN_NAME:
            raise UsageError(f"there is a model {name} already; choose another name, or taibao models rm {name}")
        if not _NAME.fullmatch(name) or name.endswith(".gguf"):
            raise UsageError(f"{name!r} cannot be a name; use letters, digits, ., - and _, and not .gguf at the end")
        if model_metadata(path).get("general.type") == "adapter":
            raise ModelError(f"{path} is an adapter; give it to a model with --adapter")
        path = path.resolve()
        return replace(self, models={**self.models, name: Named(path, model_sha256(path))})

    def remove(self, name: str) -> OwnModels:
        """Without a model; the file stays."""
        self.get(name)
        left = {other: named for other, named in self.models.items() if other != name}
        return OwnModels(left, None if self.default == name else self.default)

    def use(self, name: str) -> OwnModels:
        """With another default; `builtin` is the built-in model."""
        if name != BUILTIN_NAME:
            self.get(name)
        return replace(self, default=None if name == BUILTIN_NAME else name)

    def get(self, name: str) -> Named:
        """Raises UsageError when there is none of that name."""
        if name not in self.models:
            known = ", ".join([BUILTIN_NAME, *self.models])
            raise UsageError(f"no model {name}; known: {known}")
        return self.models[name]


def own_models_file() -> Path:
    return platformdirs.user_config_path("taibao", appauthor=False) / "models.json"


def read_own_models() -> OwnModels:
    """The list; empty when there is none.

    Raises:
        ModelError: the file is damaged.
    """
    path = own_models_file()
    try:
        data = json.loads(path.read_bytes())
        models = {str(name): Named(Path(entry["path"]), str(entry["sha256"])) for name, entry in data["models"].items()}
        default = data["default"]
    except FileNotFoundError:
        return OwnModels()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path} is damaged ({type(error).__name__}); mend or remove it") from None
    return OwnModels(models, default if default in models else None)


def write_own_models(own: OwnModels) -> None:
    """Write the list, whole or not at all."""
    path = own_models_file()
    models: dict[str, Any] = {
        name: {"path": str(named.path), "sha256": named.sha256} for name, named in own.models.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.write_text(
        json.dumps({"default": own.default, "models": models}, ensure_ascii=False, indent=2) + "\n", "utf-8"
    )
    os.replace(draft, path)
