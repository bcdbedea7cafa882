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
