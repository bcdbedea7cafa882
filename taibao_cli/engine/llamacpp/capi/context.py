"""KV cache and computing."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from taibao_cli.engine.llamacpp.capi.batch import Batch
from taibao_cli.engine.llamacpp.capi.library import Aborted, DecodeError, clear_log, first_log_line, library
from taibao_cli.engine.llamacpp.capi.model import LoraAdapter, Model
from taibao_cli.errors import ModelError

_FLASH: Final = {None: -1, False: 0, True: 1}
"""enum llama_flash_attn_type."""


class Context:
    """KV cache and compute state."""

    def __init__(
        self,
        model: Model,
        *,
        cells: int,
        batch: int,
        sequences: int,
        threads: int,
        stop: Callable[[], bool],
        outputs: int = 0,
        ubatch: int | None = None,
        flash: bool | None = None,
        unified: bool = True,
    ) -> None:
        """Allocate it.

        Args:
            model: its weights.
            cells: tokens of the KV cache; not `unified`, each sequence has an equal part of its own.
            batch: most tokens of a decode.
            sequences: how many.
            threads: computing threads.
            stop: asked between the nodes of the graph, on the calling thread; true aborts the decode.
            outputs: most tokens of a decode whose logits are wanted; 0: all of them.
            ubatch: most tokens computed at a time; as `batch` when None.
            flash: flash attention; None: where llama.cpp finds it fit.
            unified: one cache for all sequences, which may share cells.

        Raises:
            ModelError: there is not enough memory.
        """
        lib = library()
        params = lib.llama_context_default_params()
        params.n_ctx = cells
        params.n_batch, params.n_ubatch = batch, ubatch or batch
        params.n_seq_max, params.n_outputs_max = sequences, max(outputs, sequences) if outputs else 0
        params.kv_unified = unified
        params.flash_attn_type = _FLASH[flash]
        params.n_threads = params.n_threads_batch = threads
        params.no_perf = True
        clear_log()
        self.pointer: Any = lib.llama_init_from_model(model.pointer, params)
        if not self.pointer:
            raise ModelError(
                f"llama.cpp cannot make a context of {cells} tokens ({first_log_line()}); "
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

    def save(self, sequence: int, tokens: Sequence[int], path: Path) -> bool:
        """Write what is computed of a sequence, with its tokens; false when it cannot be written."""
        lib = library()
        array = (lib.llama_token * len(tokens))(*tokens)
        return bool(lib.llama_state_seq_save_file(self.pointer, bytes(path), sequence, array, len(tokens)))

    def load(self, sequence: int, path: Path, longest: int) -> list[int]:
        """Take what `save` wrote into an empty sequence; its tokens. None of them when the file is of another model, or
        of more than `longest` tokens; a damaged one ends the process."""
        lib = library()
        array, count = (lib.llama_token * longest)(), ctypes.c_size_t(0)
        read = lib.llama_state_seq_load_file(self.pointer, bytes(path), sequence, array, longest, ctypes.byref(count))
        return list(array[: count.value]) if read else []

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
