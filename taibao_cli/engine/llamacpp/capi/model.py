"""Weights, vocabulary and adapters."""

from __future__ import annotations

import ctypes
import functools
import os
from pathlib import Path
from typing import Any, Final

from taibao_cli.engine.llamacpp.capi import amx
from taibao_cli.engine.llamacpp.capi.library import clear_log, first_log_line, library
from taibao_cli.engine.mapped import forget_pages
from taibao_cli.engine.thoughts import CLOSE, OPEN
from taibao_cli.errors import ModelError
from taibao_cli.models.gguf import read_header

_LOAD_MODE_NONE: Final = 0
"""enum llama_load_mode: the file is read, not mapped."""

_LAID_OUT_ANEW: Final = {2: "Q4_0", 10: "Q2_K", 12: "Q4_K", 20: "IQ4_NL", 39: "MXFP4"}
"""Types whose matrices the kernels for x86 want in another order (ggml/src/ggml-cpu/repack.cpp); those for AMX want
nearly all types so."""

_THOUGHTS: Final = (OPEN.encode(), CLOSE.encode())


class Model:
    """Weights and vocabulary of one GGUF file."""

    def __init__(self, path: Path, *, gpu_layers: int = 0, extra_buffers: bool | None = None) -> None:
        """Load the file, its last `gpu_layers` layers on a GPU (-1: all).

        Args:
            path: a GGUF file.
            gpu_layers: 0 keeps all in memory.
            extra_buffers: lay weights out for the kernels of this processor; None: where those work (`capi.amx`).

        Raises:
            ModelError: the file cannot be loaded, or layers are to go on a GPU and this llama.cpp knows none.
        """
        lib = library()
        if not path.is_file():
            raise ModelError(f"{path}: no such model file; give --model FILE.gguf")
        if gpu_layers and not lib.llama_supports_gpu_offload():
            raise ModelError(
                "the installed llama-cpp-python was built without a GPU; build it anew, for instance with "
                "CMAKE_ARGS=-DGGML_CUDA=on, or leave --gpu-layers out"
            )
        clear_log()
        params = lib.llama_model_default_params()
        params.n_gpu_layers = gpu_layers
        params.use_extra_bufts = amx.usable() if extra_buffers is None else extra_buffers
        if params.use_extra_bufts and _is_laid_out_anew(path):
            params.load_mode = _LOAD_MODE_NONE
        self.pointer: Any = lib.llama_model_load_from_file(os.fsencode(path), params)
        if not self.pointer:
            raise ModelError(f"{path}: llama.cpp cannot load this model ({first_log_line()}); replace the file")
        if params.use_extra_bufts:
            forget_pages(path)
        self.vocabulary: Any = lib.llama_model_get_vocab(self.pointer)
        self.n_vocab = int(lib.llama_vocab_n_tokens(self.vocabulary))
        self.trained_context = int(lib.llama_model_n_ctx_train(self.pointer))
        self.has_recurrent_state = bool(
            lib.llama_model_is_recurrent(self.pointer) or lib.llama_model_is_hybrid(self.pointer)
        )
        self.forgets = not self.has_recurrent_state and not lib.llama_model_n_swa(self.pointer)
        """Whether any end of a sequence can be taken back."""
        self.kv_bytes = self._kv_bytes()
        """What a token takes of a KV cache in float16, for models whose layers are all alike."""
        self._piece_buffer: Any = ctypes.create_string_buffer(256)
        self.piece = functools.cache(self._read_piece)
        self.is_end = functools.cache(self._read_is_end)

    def _kv_bytes(self) -> int:
        lib = library()
        heads = max(1, int(lib.llama_model_n_head(self.pointer)))
        size = int(lib.llama_model_n_embd(self.pointer)) // heads
        architecture = self._fact("general.architecture")
        keys, values = (int(self._fact(f"{architecture}.attention.{kind}_length") or size) for kind in ("key", "value"))
        shared = int(lib.llama_model_n_head_kv(self.pointer))
        return int(lib.llama_model_n_layer(self.pointer)) * shared * (keys + values) * 2

    def _fact(self, key: str) -> str:
        """A value of the file's metadata, at most 255 bytes of it; empty when it is not there."""
        buffer = ctypes.create_string_buffer(256)
        found = library().llama_model_meta_val_str(self.pointer, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace") if found >= 0 else ""

    def chat_template(self) -> str | None:
        raw = library().llama_model_chat_template(self.pointer, None)
        return raw.decode("utf-8", "replace") if raw else None

    def tokenize(self, text: str, *, parse_special: bool) -> list[int]:
        """Tokenize as is: no BOS is added."""
        raw = text.encode("utf-8")
        room = len(raw) + 8
        while True:
            buffer = (library().llama_token * room)()
            count = library().llama_tokenize(self.vocabulary, raw, len(raw), buffer, room, False, parse_special)
            if count >= 0:
                return list(buffer[:count])
            room = -count

    def _read_piece(self, token: int) -> bytes:
        """Bytes of one token; empty for control tokens, but for those that enclose thoughts."""
        if library().llama_vocab_is_control(self.vocabulary, token):
            text = self._decode_piece(token, special=True)
            return text if text in _THOUGHTS else b""
        return self._decode_piece(token, special=False)

    def _decode_piece(self, token: int, *, special: bool) -> bytes:
        while True:
            buffer = self._piece_buffer
            count = library().llama_token_to_piece(self.vocabulary, token, buffer, len(buffer), 0, special)
            if count >= 0:
                return bytes(buffer.raw[:count])
            self._piece_buffer = ctypes.create_string_buffer(-count)

    def control_tokens(self) -> dict[str, int]:
        """Text and id of every control token."""
        lib = library()
        ids = (t for t in range(self.n_vocab) if lib.llama_vocab_is_control(self.vocabulary, t))
        return {lib.llama_vocab_get_text(self.vocabulary, t).decode("utf-8", "replace"): t for t in ids}

    def _read_is_end(self, token: int) -> bool:
        """Whether the token ends an answer."""
        return bool(library().llama_vocab_is_eog(self.vocabulary, token))

    def end_of_turn(self) -> int:
        lib = library()
        turn = int(lib.llama_vocab_eot(self.vocabulary))
        return turn if turn >= 0 else int(lib.llama_vocab_eos(self.vocabulary))

    def begin(self) -> int:
        """The BOS token, -1 when there is none."""
        return int(library().llama_vocab_bos(self.vocabulary))

    def end_of_text(self) -> int:
        return int(library().llama_vocab_eos(self.vocabulary))

    def adds_begin(self) -> bool:
        """Whether the model wants every prompt to start with BOS."""
        return bool(library().llama_vocab_get_add_bos(self.vocabulary))

    def close(self) -> None:
        if self.pointer:
            library().llama_model_free(self.pointer)
            self.pointer = None


def _is_laid_out_anew(path: Path) -> bool:
    """Whether weights of the file are copied into another order. Mapped, it would stand in memory beside them
    and, where the page cache has pages of 2 MB, stay there: each layer's norms and biases, which are not
    copied, hold several of them. A file of which nothing is copied is better mapped, so that processes share it."""
    return amx.compiled_in() or not _LAID_OUT_ANEW.keys().isdisjoint(read_header(path).types)


class LoraAdapter:
    """A LoRA adapter in GGUF, loaded for one model, which frees it."""

    def __init__(self, model: Model, path: Path) -> None:
        clear_log()
        self.pointer: Any = library().llama_adapter_lora_init(model.pointer, os.fsencode(path))
        if not self.pointer:
            raise ModelError(f"{path}: the adapter does not fit the model ({first_log_line()})")
