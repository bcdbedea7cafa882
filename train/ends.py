"""Where an answer ends, stated alike in every file of a checkpoint that was trained with ChatML.

A base model's files name `<|endoftext|>`; a model tuned from it ends its answers with `<|im_end|>`, and a runtime that
is told the wrong token never stops.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from convert.checkpoint import read_json
from taibao_cli.engine.chatml import END
from taibao_cli.errors import InputError


def state_ends(folder: Path) -> None:
    """Make config.json, generation_config.json and tokenizer_config.json in `folder` name `<|im_end|>`.

    The end that the configuration named before stays a second one of generation_config.json.

    Raises:
        InputError: tokenizer.json has no such token.
    """
    tokens = read_json(folder / "tokenizer.json").get("added_tokens") or []
    end = next((token["id"] for token in tokens if token.get("content") == END), None)
    if end is None:
        raise InputError(f"{folder}/tokenizer.json has no {END}, which the adapter was trained to end answers with")
    config = read_json(folder / "config.json")
    generation = read_json(folder / "generation_config.json", required=False)
    known = (*_listed(generation.get("eos_token_id")), *_listed(config.get("eos_token_id")))
    _write(folder / "config.json", {**config, "eos_token_id": end})
    _write(folder / "generation_config.json", {**generation, "eos_token_id": list(dict.fromkeys((end, *known)))})
    tokenizer = read_json(folder / "tokenizer_config.json", required=False)
    _write(folder / "tokenizer_config.json", {**tokenizer, "eos_token": END})


def _listed(value: Any) -> list[int]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _write(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
