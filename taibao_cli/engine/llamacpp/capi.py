"""The only file that calls llama.cpp. Each class owns one C object, checks every return value and frees it once.

Free in the order samplers, context, model. Names and behaviour are those of llama-cpp-python 0.3.36.
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from taibao_cli.engine.base import Sampling
from taibao_cli.engine.thoughts import CLOSE, OPEN
from taibao_cli.errors import ModelError, TaibaoError

MAX_SEQUENCES: Final = 256
"""LLAMA_MAX_SEQ."""

PENALTY_WINDOW: Final = 64
"""Generated tokens that `repeat_penalty` looks back on."""

_RANDOM_SEED: Final = 0xFFFFFFFF
"""LLAMA_DEFAULT_SEED: llama.cpp takes it for "draw a seed"."""

_THOUGHTS: Final = (OPEN.encode(), CLOSE.encode())

_LOG_ERROR: Final = 4
_LOG_LINES: Final = 8

_lib: Any = None
_log_callback: Any = None
_log_lines: list[str] = []


class DecodeError(TaibaoError):
    """llama_decode failed; the state of every sequence of the batch is unknown."""


class Aborted(Exception):
    """The abort callback stopped llama_decode."""


def library() -> Any:
    """Import llama_cpp on first use, with its logs kept instead of printed."""
    global _lib, _log_callback
    if _lib is None:
        os.environ["GGML_NO_BACKTRACE"] = "1"  # else an abort prints gdb's output on stdout
        lib: Any = importlib.import_module("llama_cpp.llama_cpp")
        _log_callback = lib.llama_log_callback(_keep_log_line)
        lib.llama_log_set(_log_callback, None)
        lib.llama_backend_init()
        _lib = lib
    return _lib


def _keep_log_line(level: int, text: bytes | None, _user: object) -> None:
    line = (text or b"").decode("utf-8", "replace").strip()
    if line and level == _LOG_ERROR and len(_log_lines) < _LOG_LINES:
        _log_lines.append(line)


def _first_log_line() -> str:
    """The first error since the log was cleared: the cause, where later ones say that nothing came of it."""
    return _log_lines[0] if _log_lines else "no reason given"


class Model:
    """Weights and vocabulary of one GGUF file."""

    def __init__(self, path: Path, *, gpu_layers: int = 0) -> None:
        """Load the file, its last `gpu_layers` layers on a GPU (-1: all).

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
        _log_lines.clear()
        params = lib.llama_model_default_params()
        params.n_gpu_layers = gpu_layers
        self.pointer: Any = lib.llama_model_load_from_file(os.fsencode(path), params)
        if not self.pointer:
            raise ModelError(f"{path}: llama.cpp cannot load this model ({_first_log_line()}); replace the file")
        self._vocab: Any = lib.llama_model_get_vocab(self.pointer)
        self.n_vocab = int(lib.llama_vocab_n_tokens(self._vocab))
        self.trained_context = int(lib.llama_model_n_ctx_train(self.pointer))
        self.has_recurrent_state = bool(
            lib.llama_model_is_recurrent(self.pointer) or lib.llama_model_is_hybrid(self.pointer)
        )
        self._piece_buffer: Any = ctypes.create_string_buffer(256)
        self.piece = functools.cache(self._read_piece)
        self.is_end = functools.cache(self._read_is_end)

    def chat_template(self) -> str | None:
        raw = library().llama_model_chat_template(self.pointer, None)
        return raw.decode("utf-8", "replace") if raw else None

    def tokenize(self, text: str, *, parse_special: bool) -> list[int]:
        """Tokenize as is: no BOS is added."""
        raw = text.encode("utf-8")
        room = len(raw) + 8
        while True:
            buffer = (library().llama_token * room)()
            count = library().llama_tokenize(self._vocab, raw, len(raw), buffer, room, False, parse_special)
            if count >= 0:
                return list(buffer[:count])
            room = -count

    def _read_piece(self, token: int) -> bytes:
        """Bytes of one token; empty for control tokens, but for those that enclose thoughts."""
        if library().llama_vocab_is_control(self._vocab, token):
            text = self._decode_piece(token, special=True)
            return text if text in _THOUGHTS else b""
        return self._decode_piece(token, special=False)

    def _decode_piece(self, token: int, *, special: bool) -> bytes:
        while True:
            buffer = self._piece_buffer
            count = library().llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, special)
            if count >= 0:
                return bytes(buffer.raw[:count])
            self._piece_buffer = ctypes.create_string_buffer(-count)

    def control_tokens(self) -> dict[str, int]:
        """Text and id of every control token."""
        lib = library()
        ids = (t for t in range(self.n_vocab) if lib.llama_vocab_is_control(self._vocab, t))
        return {lib.llama_vocab_get_text(self._vocab, t).decode("utf-8", "replace"): t for t in ids}

    def _read_is_end(self, token: int) -> bool:
        """Whether the token ends an answer."""
        return bool(library().llama_vocab_is_eog(self._vocab, token))

    def end_of_turn(self) -> int:
        lib = library()
        turn = int(lib.llama_vocab_eot(self._vocab))
        return turn if turn >= 0 else int(lib.llama_vocab_eos(self._vocab))

    def begin(self) -> int:
        """The BOS token, -1 when there is none."""
        return int(library().llama_vocab_bos(self._vocab))

    def end_of_text(self) -> int:
        return int(library().llama_vocab_eos(self._vocab))

    def adds_begin(self) -> bool:
        """Whether the model wants every prompt to start with BOS."""
        return bool(library().llama_vocab_get_add_bos(self._vocab))

    def close(self) -> None:
        if self.pointer:
            library().llama_model_free(self.pointer)
            self.pointer = None


class LoraAdapter:
    """A LoRA adapter in GGUF, loaded for one model, which frees it."""

    def __init__(self, model: Model, path: Path) -> None:
        _log_lines.clear()
        self.pointer: Any = library().llama_adapter_lora_init(model.pointer, os.fsencode(path))
        if not self.pointer:
            raise ModelError(f"{path}: the adapter does not fit the model ({_first_log_line()})")


class Context:
    """KV cache and compute state with one unified cache for all sequences."""

    def __init__(
        self, model: Model, *, cells: int, batch: int, sequences: int, threads: int, stop: Callable[[], bool]
    ) -> None:
        """`stop` is asked between the nodes of the graph, on the calling thread; true aborts the decode."""
        lib = library()
        params = lib.llama_context_default_params()
        params.n_ctx = cells
        params.n_batch = params.n_ubatch = batch
        params.n_seq_max = sequences
        params.kv_unified = True
        params.n_threads = params.n_threads_batch = threads
        params.no_perf = True
        _log_lines.clear()
        self.pointer: Any = lib.llama_init_from_model(model.pointer, params)
        if not self.pointer:
            raise ModelError(
                f"llama.cpp cannot make a context of {cells} tokens ({_first_log_line()}); "
                "a smaller --ctx needs less memory"
            )
        self.n_vocab = model.n_vocab
        self._memory: Any = lib.llama_get_memory(self.pointer)
        self._interrupt: BaseException | None = None

        def asked_to_stop(_data: object) -> bool:
            try:
                return stop()
            except BaseException as error:  # an exception must not cross the C frames; decode() raises it again
                self._interrupt = error
                return True

        self._abort_callback: Any = lib.ggml_abort_callback(asked_to_stop)
        lib.llama_set_abort_callback(self.pointer, self._abort_callback, None)

    def decode(self, batch: Batch) -> None:
        """Compute the batch.

        Raises:
            Aborted: the stop function said so; sequences of the batch hold an unknown part of it.
            DecodeError: anything else; the same holds.
        """
        self._interrupt = None
        code = library().llama_decode(self.pointer, batch.struct)
        if self._interrupt is not None:
            raise self._interrupt
        if code == 2:
            raise Aborted
        if code:
            raise DecodeError(f"llama.cpp could not compute a batch of {batch.size} tokens (code {code})")

    def adapt(self, adapter: LoraAdapter | None) -> None:
        """Compute with an adapter from now on, or without one. What the cache holds was computed with the last."""
        lib = library()
        chosen = [adapter.pointer] if adapter else []
        pointers = (lib.llama_adapter_lora_p_ctypes * 1)(*chosen)
        if lib.llama_set_adapters_lora(self.pointer, pointers, len(chosen), (ctypes.c_float * 1)(1.0)):
            raise DecodeError("llama.cpp refused the adapter")

    def outputs(self, count: int) -> Any:
        """The logits asked for, in the order of the batch: float32 view (count, n_vocab), good till the next decode."""
        import numpy as np

        pointer = library().llama_get_logits(self.pointer)
        if not pointer:
            raise DecodeError("llama.cpp holds no logits")
        return np.ctypeslib.as_array(pointer, (count, self.n_vocab))

    def remove(self, sequence: int, start: int = 0) -> bool:
        """Forget a sequence from position `start` on; false when the model can only forget whole sequences."""
        return bool(library().llama_memory_seq_rm(self._memory, sequence, start, -1))

    def copy(self, source: int, target: int, end: int = -1) -> None:
        """Share positions [0, end) of `source` with `target`."""
        library().llama_memory_seq_cp(self._memory, source, target, 0, end)

    def clear(self) -> None:
        """Forget all sequences; nothing after `close`."""
        if self.pointer:
            library().llama_memory_clear(self._memory, True)

    def close(self) -> None:
        if self.pointer:
            library().llama_free(self.pointer)
            self.pointer = None


def greedy(outputs: Any) -> list[int]:
    """The most probable token of each row of logits.

    Raises:
        DecodeError: one of them is not a number.
    """
    import numpy as np

    best = outputs.argmax(axis=1)
    if not np.isfinite(outputs[np.arange(len(best)), best]).all():
        raise DecodeError("the model gives logits that are not numbers; the file may be damaged")
    return [int(token) for token in best]


class Batch:
    """Tokens of one decode call, in numpy arrays that llama.cpp reads, so that runs of tokens go in whole."""

    def __init__(self, capacity: int, sequences: int) -> None:
        """`sequences` is the most sequences that one token may belong to."""
        import numpy as np

        lib = library()
        self.capacity, self.size = capacity, 0
        self._tokens, self._positions = np.zeros(capacity, np.int32), np.zeros(capacity, np.int32)
        self._members = np.zeros((capacity, sequences), np.int32)
        self._counts, self._wanted = np.zeros(capacity, np.int32), np.zeros(capacity, np.int8)
        rows = (ctypes.POINTER(lib.llama_seq_id) * capacity)(
            *(row.ctypes.data_as(ctypes.POINTER(lib.llama_seq_id)) for row in self._members)
        )
        self._struct: Any = lib.llama_batch()
        self._struct.token = self._tokens.ctypes.data_as(ctypes.POINTER(lib.llama_token))
        self._struct.pos = self._positions.ctypes.data_as(ctypes.POINTER(lib.llama_pos))
        self._struct.n_seq_id = self._counts.ctypes.data_as(ctypes.POINTER(ctypes.c_int32))
        self._struct.seq_id = ctypes.cast(rows, ctypes.POINTER(ctypes.POINTER(lib.llama_seq_id)))
        self._struct.logits = self._wanted.ctypes.data_as(ctypes.POINTER(ctypes.c_int8))

    @property
    def room(self) -> int:
        return self.capacity - self.size

    @property
    def struct(self) -> Any:
        self._struct.n_tokens = self.size
        return self._struct

    def clear(self) -> None:
        self.size = 0

    def add(self, token: int, position: int, sequences: Sequence[int], *, logits: bool) -> int:
        """Append a token that belongs to several sequences; return its index."""
        index, self.size = self.size, self.size + 1
        self._tokens[index], self._positions[index] = token, position
        self._counts[index], self._wanted[index] = len(sequences), logits
        self._members[index, : len(sequences)] = sequences
        return index

    def add_rows(self, rows: Sequence[tuple[int, int, int]]) -> range:
        """Append one token of each (token, position, sequence), with logits; return their indices."""
        if not rows:
            return range(0)
        new = slice(self.size, self.size + len(rows))
        self._tokens[new], self._positions[new], self._members[new, 0] = zip(*rows, strict=True)
        self._counts[new], self._wanted[new] = 1, 1
        self.size = new.stop
        return range(new.start, new.stop)

    def add_run(self, tokens: Sequence[int], start: int, sequence: int) -> int:
        """Append neighbouring tokens of one sequence from position `start` on; return the index of the last."""
        new = slice(self.size, self.size + len(tokens))
        self._tokens[new], self._positions[new] = tokens, range(start, start + len(tokens))
        self._members[new, 0] = sequence
        self._counts[new], self._wanted[new] = 1, 0
        self.size = new.stop
        return self.size - 1

    def want(self, index: int) -> None:
        """Ask for the logits after a token."""
        self._wanted[index] = 1


class Sampler:
    """A sampler chain of one row. top_k stands before top_p, which otherwise sorts the whole vocabulary."""

    def __init__(self, model: Model, sampling: Sampling) -> None:
        lib = library()
        self._chain: Any = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        if sampling.repeat_penalty != 1.0:
            self._add(
                lib.llama_sampler_init_penalties(model.n_vocab, PENALTY_WINDOW, sampling.repeat_penalty, 0.0, 0.0)
            )
        if sampling.temperature <= 0:
            self._add(lib.llama_sampler_init_greedy())
            return
        self._add(lib.llama_sampler_init_top_k(sampling.top_k))
        self._add(lib.llama_sampler_init_top_p(sampling.top_p, 1))
        self._add(lib.llama_sampler_init_min_p(sampling.min_p, 1))
        self._add(lib.llama_sampler_init_temp(sampling.temperature))
        self._add(lib.llama_sampler_init_dist(sampling.seed % _RANDOM_SEED))

    def _add(self, link: Any) -> None:
        if not link:
            raise DecodeError("llama.cpp refused the sampling settings")
        library().llama_sampler_chain_add(self._chain, link)

    def sample(self, context: Context, index: int) -> int:
        """Choose the token that follows batch row `index`; the chain remembers it."""
        return int(library().llama_sampler_sample(self._chain, context.pointer, index))

    def close(self) -> None:
        if self._chain:
            library().llama_sampler_free(self._chain)
            self._chain = None
