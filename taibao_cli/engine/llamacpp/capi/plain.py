"""llama-cpp-python's own class, for what is measured against it or reads logits from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from taibao_cli.engine.llamacpp.capi import amx
from taibao_cli.engine.llamacpp.capi.library import library


def plain_llama(path: Path, **options: Any) -> Any:
    """`llama_cpp.Llama(path, **options)`, without kernels that would end the process (`capi.amx`). The class takes its
    parameters from a function of the binding and has no option for that one."""
    lib = library()
    from llama_cpp import Llama

    default = lib.llama_model_default_params

    def safe() -> Any:
        params = default()
        params.use_extra_bufts = amx.usable()
        return params

    lib.llama_model_default_params = safe
    try:
        return Llama(str(path), **options)
    finally:
        lib.llama_model_default_params = default


def label_grammar(rules: str) -> Any:
    """`llama_cpp.LlamaGrammar` for rules in GBNF."""
    library()
    from llama_cpp.llama_grammar import LlamaGrammar

    return LlamaGrammar.from_string(rules, verbose=False)
