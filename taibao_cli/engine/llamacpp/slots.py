"""Places of the KV cache that each hold one row, for many rows that write at the same time.

With its own stretch of cells a row attends to itself alone; in a common cache every token looks at the cells of all
rows and passes over those of others, which costs more than the row itself once many long rows run (docs/bench.md).
What a row that ended has computed stays in its place until another row takes it, so a beginning that rows share is
mostly there already, and is copied from another place otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

from taibao_cli.engine.llamacpp.cache import SHARE_FROM
from taibao_cli.engine.llamacpp.capi.context import Context
from taibao_cli.engine.text.prefix import common


class Slots:
    """Sequences [0, `count`) of a context whose cache is split, `length` tokens each.

    Rows take the lowest place that is free: llama.cpp computes rows together only when they are neighbours.
    """

    def __init__(self, context: Context, *, count: int, length: int) -> None:
        self.length = length
        self._context = context
        self._held: list[list[int]] = [[] for _ in range(count)]
        self._free = set(range(count))

    def shared(self, prompt: Sequence[int]) -> int:
        """Tokens at the beginning of `prompt`, but for its last one, that some place holds; 0 when not worth a copy."""
        return self._best(prompt)[1]

    def take(self, prompt: Sequence[int], size: int) -> tuple[int, int] | None:
        """A place for a row of at most `size` tokens, which must fit: (sequence, tokens of the prompt that it holds
        already). The last token of a prompt is never shared: its logits are wanted. None when no place is free."""
        if not self._free:
            return None
        slot = min(self._free)
        donor, shared = self._best(prompt)
        own = common(self._held[slot], prompt[:-1])
        if own + SHARE_FROM > shared:
            shared = own
        else:
            self._context.copy(donor, slot)
        self._context.remove(slot, shared)
        self._held[slot] = list(prompt[:shared])
        self._free.remove(slot)
        return slot, shared

    def add(self, sequence: int, tokens: Sequence[int]) -> None:
        """The tokens were decoded into the sequence."""
        self._held[sequence] += tokens

    def release(self, sequence: int, *, whole: bool) -> None:
        """A row ended; what it holds is kept in any case, till its place is taken."""
        self._free.add(sequence)

    def closer(self, sequence: int) -> int:
        """Move a running row to the lowest free place below its own, where there is one; return its place."""
        slot = min(self._free, default=sequence)
        if slot >= sequence:
            return sequence
        self._context.copy(sequence, slot)
        self._held[slot] = list(self._held[sequence])
        self._free.remove(slot)
        self._free.add(sequence)
        return slot

    def clear(self) -> None:
        """Forget everything, after a decode whose outcome is unknown."""
        self._context.clear()
        self._held = [[] for _ in self._held]
        self._free = set(range(len(self._held)))

    def _best(self, prompt: Sequence[int]) -> tuple[int, int]:
        """(sequence, length) of the longest beginning of `prompt`, but for its last token, that is held."""
        usable = prompt[:-1]
        donor = max(range(len(self._held)), key=lambda slot: common(self._held[slot], usable))
        best = common(self._held[donor], usable)
        return (donor, best) if best >= SHARE_FROM else (-1, 0)
