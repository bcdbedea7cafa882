"""Reading the corpora folder: xz-compressed JSON lines with `split` and `licence` in every row."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from taibao_cli.errors import InputError

Split = Literal["train", "dev"]
Row = dict[str, Any]

_DOUBTFUL_SOURCES = (
    "P3n9W31/",
    "buyersystem/",
    "ydli-ai/CSL",
    "shibing624/MedicalGPT@2f1008cfa49cbba69ff6f138c3b5e2fb0646bdc7 : data/sft/",
)
"""Sources whose files carry a licence that does not cover their texts."""


def shippable(row: Row) -> bool:
    """Whether a row may train a model that is given to others: a stated licence and an origin that can carry it."""
    return not str(row["licence"]).startswith("unstated") and not str(row["source"]).startswith(_DOUBTFUL_SOURCES)


@dataclass(frozen=True, slots=True)
class Corpora:
    """The folder with `patents_zh.jsonl.xz` and its neighbours. Leaves out what may not train a shipped model."""

    folder: Path

    def rows(self, name: str, split: Split | None) -> Iterator[Row]:
        """Rows of `NAME.jsonl.xz` of one split (None: files without splits).

        Raises:
            InputError: the file is missing or not JSON lines.
        """
        path = self.folder / f"{name}.jsonl.xz"
        try:
            with lzma.open(path, "rt", encoding="utf-8") as file:
                for number, line in enumerate(file, 1):
                    try:
                        row = json.loads(line)
                    except ValueError as error:
                        raise InputError(f"{path}:{number}: not JSON: {error}") from None
                    if split is None or (row["split"] == split and shippable(row)):
                        yield row
        except (OSError, lzma.LZMAError) as error:
            raise InputError(f"{path}: cannot be read: {error}") from None
