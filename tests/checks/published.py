"""Published texts beside the checkout, for measuring the checks: nothing of them is kept."""

from __future__ import annotations

import hashlib
import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.checks.planting import Pair

Row = dict[str, Any]

_KINDS: Final = ("claims", "description", "abstract")
_TWIN, _OFFICE = "same-publication", "zh original, invention"


def rows(path: Path) -> Iterator[Row]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def documents(folder: Path, lang: str, wanted: int) -> list[Row]:
    """So many documents of one part each: whole claim sets, descriptions, abstracts with their titles.

    A third of each where there are so many; abstracts fill up. Which ones is decided by a hash of their ids. Texts
    that are marked as machine translation or as damaged by character recognition are left out.
    """
    found: dict[str, list[tuple[str, Row]]] = {kind: [] for kind in _KINDS}
    for row in rows(folder / f"patents_{lang}.jsonl.xz"):
        if row.get("translated") or row.get("ocr_noise"):
            continue
        rank = hashlib.sha256(str(row["id"]).encode()).hexdigest()
        if row.get("claims") and not row.get("claims_partial"):
            found["claims"].append((rank, {"claims": row["claims"]}))
        if row.get("description"):
            found["description"].append((rank, {"description": row["description"]}))
        if row.get("abstract"):
            title = {"title": row["title"]} if row.get("title") else {}
            found["abstract"].append((rank, {**title, "abstract": row["abstract"]}))
    chosen: list[Row] = []
    for kind in _KINDS:
        share = wanted - len(chosen) if kind == "abstract" else wanted // 3
        chosen += [row for _, row in sorted(found[kind], key=lambda each: each[0])[:share]]
    return chosen


def translations(folder: Path) -> list[Pair]:
    """Chinese titles and abstracts with the English of the same publication or of the office."""
    return [
        Pair(str(row["id"]), row["zh"], row["en"], "en", {})
        for row in rows(folder / "pairs.jsonl.xz")
        if row["kind"] in ("title", "abstract") and (row.get("match") == _TWIN or row.get("origin") == _OFFICE)
    ]
