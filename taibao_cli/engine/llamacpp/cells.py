"""How many cells of the KV cache are in use, when sequences share stretches of them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class _Stretch:
    """Neighbouring cells with the same owners."""

    length: int
    owners: set[int] = field(default_factory=set)


class Cells:
    """A sequence holds stretches of cells in order of position; a stretch that nobody holds any more is free.

    This repeats what llama.cpp does in its unified cache, which does not tell how full it is.
    """

    def __init__(self) -> None:
        self.used = 0
        self._held: dict[int, list[_Stretch]] = {}

    def length(self, sequence: int) -> int:
        """Cells that a sequence holds, shared ones included."""
        return sum(stretch.length for stretch in self._held.get(sequence, ()))

    def extend(self, sequence: int, count: int) -> None:
        """The sequence takes `count` new cells."""
        held = self._held.setdefault(sequence, [])
        if held and len(held[-1].owners) == 1:
            held[-1].length += count
        else:
            held.append(_Stretch(count, {sequence}))
        self.used += count

    def share(self, source: int, target: int, count: int) -> None:
        """The target, which holds nothing, takes part in the first `count` cells of the source."""
        self._cut(source, count)
        taken, left = [], count
        for stretch in self._held.get(source, ()):
            if not left:
                break
            stretch.owners.add(target)
            taken.append(stretch)
            left -= stretch.length
        self._held[target] = taken

    def keep(self, sequence: int, count: int) -> None:
        """The sequence gives up all but its first `count` cells."""
        self._cut(sequence, count)
        kept: list[_Stretch] = []
        for stretch in self._held.pop(sequence, []):
            if count > 0:
                kept.append(stretch)
                count -= stretch.length
                continue
            stretch.owners.discard(sequence)
            if not stretch.owners:
                self.used -= stretch.length
        if kept:
            self._held[sequence] = kept

    def clear(self) -> None:
        self.used = 0
        self._held.clear()

    def _cut(self, sequence: int, at: int) -> None:
        """Make a border after the first `at` cells of a sequence, for everybody who holds that stretch."""
        for stretch in self._held.get(sequence, ()):
            if at <= 0:
                return
            if stretch.length > at:
                rest = _Stretch(stretch.length - at, set(stretch.owners))
                stretch.length = at
                for owner in rest.owners:
                    held = self._held[owner]
                    held.insert(held.index(stretch) + 1, rest)
                return
            at -= stretch.length
