"""What a GGUF says of itself: name, licence, languages, what it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from taibao_cli.errors import ModelError

PROMPTS = ("brief", "full")


@dataclass(frozen=True, slots=True)
class Source:
    """A model or data set that went into this model."""

    name: str
    version: str | None = None
    organization: str | None = None
    url: str | None = None
    repo_url: str | None = None


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """The `general.*` keys of a GGUF (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).

    `license` is an SPDX expression; `license_name` and `license_link` are for one that SPDX does not list.
    `languages` are ISO 639-1 codes.
    """

    name: str
    basename: str | None = None
    finetune: str | None = None
    version: str | None = None
    author: str | None = None
    organization: str | None = None
    description: str | None = None
    license: str | None = None
    license_name: str | None = None
    license_link: str | None = None
    languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    base_models: tuple[Source, ...] = ()
    datasets: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """taibao.json beside a checkpoint. `prompt` tells which form of the task prompts the model was trained on;
    `lexicon` names the term list that lies beside the GGUF; None writes no key."""

    prompt: str | None
    lexicon: str | None
    general: ModelMetadata


_LISTS, _SOURCES = ("languages", "tags"), ("base_models", "datasets")


def read_project(project: Mapping[str, Any], default_name: str) -> Project:
    """Check the contents of taibao.json; `default_name` serves when `general` gives no name.

    Raises:
        ModelError: an unknown key, or a value of the wrong kind.
    """
    _only("", project, {"prompt", "lexicon", "general"})
    prompt, lexicon = project.get("prompt"), _text("lexicon", project.get("lexicon"))
    if prompt is not None and prompt not in PROMPTS:
        raise ModelError(f"taibao.json: prompt must be {' or '.join(PROMPTS)}, not {prompt!r}")
    if lexicon is not None and ("/" in lexicon or "\\" in lexicon or lexicon == ".."):
        raise ModelError(f"taibao.json: lexicon must be a file name without a folder, not {lexicon!r}")
    general = project.get("general") or {}
    _only("general.", general, {field.name for field in fields(ModelMetadata)})
    values = {key: _value(key, value) for key, value in general.items()}
    return Project(prompt, lexicon, ModelMetadata(**{"name": default_name} | values))


def _value(key: str, value: Any) -> Any:
    if key in _LISTS:
        return tuple(_required_text(key, item) for item in _items(key, value))
    if key in _SOURCES:
        return tuple(_source(key, item) for item in _items(key, value))
    return _required_text(key, value) if key == "name" else _text(key, value)


def _items(key: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ModelError(f"taibao.json: general.{key} must be a list, not {value!r}")
    return value


def _source(key: str, value: Any) -> Source:
    _only(f"general.{key}.", value, {field.name for field in fields(Source)})
    _required_text(f"{key}.name", value.get("name"))
    return Source(**{name: _text(f"{key}.{name}", text) for name, text in value.items()})  # type: ignore[arg-type]


def _text(key: str, value: Any) -> str | None:
    return None if value is None else _required_text(key, value)


def _required_text(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ModelError(f"taibao.json: {key} must be a text, not {value!r}")
    return value


def _only(prefix: str, value: Any, known: set[str]) -> None:
    if not isinstance(value, dict):
        raise ModelError(f"taibao.json: {prefix.rstrip('.')} must be an object, not {value!r}")
    if unknown := sorted(set(value) - known):
        raise ModelError(f"taibao.json: unknown key {prefix}{unknown[0]}; known are {', '.join(sorted(known))}")
