"""Which parts of a file are here. A journal beside the file says so, with the hash of each part: after a crash, and
after damage on disk, what is whole is known, and only the rest is fetched."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

PART: Final = 32 << 20
"""Bytes of a part."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A file of `size` bytes with that SHA-256, in parts of `part` bytes."""

    sha256: str
    size: int
    part: int = PART

    @property
    def count(self) -> int:
        return -(-self.size // self.part)

    def span(self, number: int) -> tuple[int, int]:
        """First byte of a part, and the one after its last."""
        return number * self.part, min(self.size, (number + 1) * self.part)


class Journal:
    """The hashes of the parts that are here, one JSON line each. May be written by several threads."""

    def __init__(self, path: Path, plan: Plan) -> None:
        self.path = path
        self.plan = plan
        self.hashes: dict[int, str] = {}
        self._lock = Lock()

    def read(self) -> None:
        """Take what an earlier run wrote about the same file; of another file, nothing."""
        try:
            lines = self.path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            lines = []
        if lines and lines[0] == self._head():
            self.hashes = dict(filter(None, map(_entry, lines[1:])))
            self.hashes = {number: told for number, told in self.hashes.items() if number < self.plan.count}

    def keep_whole(self, data: Path) -> None:
        """Forget the parts that the file `data` does not hold as they were written; write the journal anew."""
        whole = {number: told for number, told in self.hashes.items() if self._hash(data, number) == told}
        self.write(whole)

    def write(self, hashes: dict[int, str]) -> None:
        self.hashes = dict(hashes)
        lines = [self._head(), *(_line(number, told) for number, told in sorted(hashes.items()))]
        self.path.write_text("\n".join(lines) + "\n", "utf-8")

    def add(self, number: int, told: str) -> None:
        with self._lock:
            self.hashes[number] = told
            with self.path.open("a", encoding="utf-8") as file:
                file.write(_line(number, told) + "\n")

    def missing(self) -> list[int]:
        return [number for number in range(self.plan.count) if number not in self.hashes]

    @property
    def bytes(self) -> int:
        """Bytes that are here."""
        return sum(end - start for start, end in map(self.plan.span, self.hashes))

    def _head(self) -> str:
        return json.dumps({"sha256": self.plan.sha256, "size": self.plan.size, "part": self.plan.part})

    def _hash(self, data: Path, number: int) -> str:
        return hash_of_part(data, *self.plan.span(number))


def part_hashes(data: Path, plan: Plan) -> list[str]:
    """The hash of each part of a whole file."""
    return [hash_of_part(data, *plan.span(number)) for number in range(plan.count)]


def hash_of_part(data: Path, start: int, end: int) -> str:
    """SHA-256 of bytes [start, end), fewer where the file ends; of nothing when there is no file."""
    digest = hashlib.sha256()
    try:
        with data.open("rb") as file:
            file.seek(start)
            while start < end and (chunk := file.read(min(1 << 20, end - start))):
                digest.update(chunk)
                start += len(chunk)
    except OSError:
        return ""
    return digest.hexdigest()


def _line(number: int, told: str) -> str:
    return json.dumps({"part": number, "sha256": told})


def _entry(line: str) -> tuple[int, str] | None:
    """What a line says; None for one that was torn."""
    try:
        entry = json.loads(line)
        return int(entry["part"]), str(entry["sha256"])
    except (ValueError, KeyError, TypeError):
        return None


def numbered(hashes: Iterable[str]) -> dict[int, str]:
    return dict(enumerate(hashes))
