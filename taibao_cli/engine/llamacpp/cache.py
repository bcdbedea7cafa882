"""Sequences of the KV cache: who has one, what it holds, and which beginning of a prompt is there already.

Rows share what their prompts have in common (an instruction, the text of a row with several tasks, the turns before in
a conversation): cells are copied by reference from any sequence that holds the same tokens from position 0 on. Of a row
that ended, the part that others took is kept, and the whole of the last row, for the next turn; what was not asked for
longest is given up first when room is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from taibao_cli.engine.llamacpp.capi.context import Context
from taibao_cli.engine.llamacpp.cells import Cells
from taibao_cli.engine.text.prefix import common

SHARE_FROM: Final = 16
"""Fewest tokens that are worth sharing."""


class Cache:
    """Sequences [0, `sequences`) of a context, over `capacity` cells. Rows hold some; the rest keep old beginnings."""

    def __init__(self, context: Context, *, capacity: int, sequences: int, shares: bool) -> None:
        """`shares` is false for models whose state cannot be split (recurrent and hybrid ones)."""
        self._context = context
        self._capacity = capacity
        self._shares = shares
        self._free = list(range(sequences))
        self._tokens: dict[int, list[int]] = {}
        self._lent: dict[int, int] = {}
        """Longest beginning that others took, by sequence."""
        self._kept: dict[int, None] = {}
        """Sequences of rows that ended, the least recently used first."""
        self._cells = Cells()
        self._promised: dict[int, int] = {}
        """Cells that running rows may still take, by sequence."""

    def shared(self, prompt: Sequence[int]) -> int:
        """Tokens at the beginning of `prompt` that some sequence holds; 0 when not worth a copy."""
        return self._best(prompt)[1]

    def take(self, prompt: Sequence[int], size: int) -> tuple[int, int] | None:
        """A sequence for a row of at most `size` tokens: (sequence, tokens of the prompt that it holds already).

        The last token of a prompt is never shared: its logits are wanted. None when there is no room now.
        """
        donor, shared = self._best(prompt)
        if self._missing(size - shared) > sum(map(self._cells.length, self._kept)):
            return None
        while self._missing(size - shared) > 0 or not self._free:
            dropped = next((sequence for sequence in self._kept if sequence != donor), None)
            if dropped is None:
                if donor not in self._kept:
                    return None
                dropped, donor, shared = donor, -1, 0
            self._forget(dropped)
        sequence = self._free.pop()
        if shared:
            self._context.copy(donor, sequence, shared)
            self._cells.share(donor, sequence, shared)
            self._lent[donor] = max(shared, self._lent.get(donor, 0))
            if donor in self._kept:
                self._kept[donor] = self._kept.pop(donor)
        self._tokens[sequence] = list(prompt[:shared])
        self._promised[sequence] = size - shared
        return sequence, shared

    def _missing(self, cells: int) -> int:
        """How many of so many new cells are not free."""
        return self._cells.used + sum(self._promised.values()) + cells - self._capacity

    def add(self, sequence: int, tokens: Sequence[int]) -> None:
        """The tokens were decoded into the sequence."""
        self._tokens[sequence] += tokens
        self._cells.extend(sequence, len(tokens))
        self._promised[sequence] -= len(tokens)

    def release(self, sequence: int, *, whole: bool) -> None:
        """A row ended. Keep all of it (`whole`), else the part that others took, else nothing."""
        del self._promised[sequence]
        held = self._tokens[sequence]
        keep = len(held) if whole else self._lent.get(sequence, 0)
        if not self._shares or keep < SHARE_FROM:
            self._forget(sequence)
            return
        if keep < len(held):
            if not self._context.remove(sequence, keep):  # a model that can only forget whole sequences
                self._forget(sequence)
                return
            self._cells.keep(sequence, keep)
            del held[keep:]
        self._kept[sequence] = None

    def closer(self, sequence: int) -> int:
        """Sequences of a common cache need not be neighbours: nothing is moved."""
        return sequence

    def save(self, path: Path) -> bool:
        """Write the row that ended last, all of it; false when there is none worth it, or it cannot be written."""
        last = next(reversed(self._kept), None)
        if last is None or len(self._tokens[last]) < SHARE_FROM:
            return False
        return self._context.save(last, self._tokens[last], path)

    def load(self, path: Path) -> int:
        """Take a row that `save` wrote, as one that has ended; its tokens, 0 when there is no room or it cannot be
        used. Called before the first row."""
        if not self._free or not self._shares:
            return 0
        sequence = self._free[-1]
        tokens = self._context.load(sequence, path, self._capacity - self._cells.used)
        if not tokens:
            self._context.remove(sequence)
            return 0
        self._free.pop()
        self._tokens[sequence] = tokens
        self._cells.extend(sequence, len(tokens))
        self._kept[sequence] = None
        return len(tokens)

    def clear(self) -> None:
        """Forget everything, after a decode whose outcome is unknown."""
        self._context.clear()
        self._free += self._tokens
        for table in (self._tokens, self._lent, self._kept, self._promised):
            table.clear()
        self._cells.clear()

    def _best(self, prompt: Sequence[int]) -> tuple[int, int]:
        """(sequence, length) of the longest beginning of `prompt`, but for its last token, that is held."""
        usable = prompt[:-1]
        best, donor = 0, -1
        for sequence, held in self._tokens.items() if self._shares else ():
            length = common(held, usable)
            if length > best:
                best, donor = length, sequence
        return (donor, best) if best >= SHARE_FROM else (-1, 0)

    def _forget(self, sequence: int) -> None:
        self._context.remove(sequence)
        self._cells.keep(sequence, 0)
        del self._tokens[sequence]
        self._lent.pop(sequence, None)
        self._kept.pop(sequence, None)
        self._free.append(sequence)
