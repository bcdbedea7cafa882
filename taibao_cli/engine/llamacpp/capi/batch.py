"""The tokens of one decode call."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

from taibao_cli.engine.llamacpp.capi.library import library


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

    def add_runs(self, runs: Sequence[tuple[Sequence[int], int, int]]) -> list[int]:
        """Append runs of (tokens, position of the first, sequence), without logits; return the index of each's last."""
        tokens, positions, members, lasts = list[int](), list[int](), list[int](), list[int]()
        for run, start, sequence in runs:
            tokens += run
            positions += range(start, start + len(run))
            members += [sequence] * len(run)
            lasts.append(self.size + len(tokens) - 1)
        new = slice(self.size, self.size + len(tokens))
        self._tokens[new], self._positions[new], self._members[new, 0] = tokens, positions, members
        self._counts[new], self._wanted[new] = 1, 0
        self.size = new.stop
        return lasts

    def want(self, indices: Sequence[int]) -> None:
        """Ask for the logits after tokens."""
        self._wanted[list(indices)] = 1
