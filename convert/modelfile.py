"""The Modelfile with which Ollama runs a GGUF: template, ends of answers and context as the file itself has them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from convert.extras import require
from convert.quantize import check_gguf
from taibao_cli.engine.chatml import CHATML_TEMPLATE
from taibao_cli.errors import ModelError

CHATML: Final = (
    "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n"
)
"""`CHATML_TEMPLATE` with the prompt for an answer, in the template language of Go."""

MAX_CONTEXT: Final = 8192
"""Longest context asked for: Ollama reserves memory for all of it."""


def read_keys(path: Path) -> dict[str, Any]:
    """The keys of a GGUF but its token tables. Raises ModelError when it is missing or damaged."""
    check_gguf(path)
    try:
        fields = require("gguf").GGUFReader(path).fields
    except (ValueError, IndexError, KeyError) as error:
        raise ModelError(f"{path} is damaged: {error}") from error
    tables = ("tokenizer.ggml.tokens", "tokenizer.ggml.merges", "tokenizer.ggml.token_type", "tokenizer.ggml.scores")
    return {name: field.contents() for name, field in fields.items() if name not in tables}


def modelfile(keys: Mapping[str, Any], name: str) -> str:
    """The Modelfile beside the file `name`, whose keys are given.

    Raises:
        ModelError: the file's chat template is not the one of models trained here; Ollama has its own way with others.
    """
    if keys.get("tokenizer.chat_template") != CHATML_TEMPLATE:
        raise ModelError(f"{name} brings another chat template than models trained here; write its Modelfile by hand")
    context = min(int(keys[f"{keys['general.architecture']}.context_length"]), MAX_CONTEXT)
    lines = [
        f"FROM ./{name}",
        f'TEMPLATE """{CHATML}"""',
        'PARAMETER stop "<|im_end|>"',
        'PARAMETER stop "<|endoftext|>"',
        f"PARAMETER num_ctx {context}",
        "PARAMETER temperature 0",
    ]
    if keys.get("general.license"):
        licence = " ".join(str(keys[key]) for key in ("general.license", "general.license.link") if keys.get(key))
        lines.append(f'LICENSE """{licence}"""')
    return "\n".join(lines) + "\n"
