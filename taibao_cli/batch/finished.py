"""An output that is complete, and the manifest beside it that says what made it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from taibao_cli.batch.forms.base import Form
from taibao_cli.batch.forms.jsonl import JSONL
from taibao_cli.batch.identity import KEY_BYTES, Facts
from taibao_cli.batch.output import has_failed
from taibao_cli.batch.split import POSITION

Row = dict[str, Any]

FORMAT: Final = 1
"""Of the manifest."""

_CHUNK: Final = 1 << 20


def beside(out: Path, suffix: str) -> Path:
    return out.with_name(out.name + suffix)


def manifest_of(out: Path) -> Path:
    return beside(out, ".manifest.json")


def shape_of(form: Form, out: Path, aside: Path | None, in_order: bool) -> Facts:
    """What the file of a run depends on, beside its answers."""
    return {
        "format": form.name,
        "merge": form.merge,
        "checks": form.checked or None,
        "errors_to": os.path.relpath(aside.resolve(), out.resolve().parent) if aside else None,
        "unordered": not in_order,
    }


@dataclass(frozen=True)
class Finished:
    """What a manifest says."""

    path: Path
    facts: Facts
    shape: Facts
    rows: int
    failed: int
    with_errors: int
    digest: str
    output: str
    aside: str | None

    @classmethod
    def of(cls, out: Path) -> Finished | None:
        """None when the output or its manifest is missing or no manifest of this version."""
        try:
            manifest = orjson.loads(manifest_of(out).read_bytes())
            if manifest["manifest"] != FORMAT or not out.is_file():
                return None
            return cls(
                out,
                manifest["run"],
                manifest.get("shape") or shape_of(JSONL, out, None, True),
                int(manifest["rows"]),
                int(manifest["failed"]),
                int(manifest["with_errors"]),
                manifest["input"],
                manifest["output"],
                manifest.get("aside"),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @property
    def errors_to(self) -> Path | None:
        """The file of the rows that were put aside."""
        name = self.shape["errors_to"]
        return self.path.resolve().parent / name if name else None

    def is_whole(self) -> bool:
        """Whether output and rows put aside are still what the run wrote."""
        if digest_of(self.path) != self.output:
            return False
        return self.errors_to is None or digest_of(self.errors_to) == self.aside

    def can_be_read(self, form: Form) -> bool:
        """Whether the answers can be had back, in the order of the input."""
        return form.read is not None and not self.shape["unordered"]

    def answers(self, form: Form) -> Iterator[Row]:
        """All rows in the order of the input, those put aside in their places."""
        assert form.read
        with self.path.open("rb") as file:
            rows = form.read(file)
            if self.errors_to is None:
                yield from rows
                return
            with self.errors_to.open("rb") as aside:
                yield from _woven(rows, map(_plain, map(orjson.loads, aside)))


def _plain(row: Row) -> tuple[int, Row]:
    """The place of a row that was put aside, and the row as the runner made it."""
    return row.pop(POSITION), row


def _woven(rows: Iterator[Row], aside: Iterator[tuple[int, Row]]) -> Iterator[Row]:
    """Rows with those put aside in their places; a row of which only a part failed stands in both."""
    place, out = next(aside, (0, {}))
    at = 1
    while True:
        if at == place:
            yield next(rows) if not has_failed(out) else out
            place, out = next(aside, (0, {}))
        elif (row := next(rows, None)) is not None:
            yield row
        else:
            return
        at += 1


def digest_of(path: Path) -> str | None:
    """Of the contents of a file; None when it is not there."""
    found = hashlib.blake2b(digest_size=KEY_BYTES)
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                found.update(chunk)
    except OSError:
        return None
    return found.hexdigest()
