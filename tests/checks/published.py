"""Published texts beside the checkout, for measuring the checks: nothing of them is kept."""

from __future__ import annotations

import hashlib
import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from taibao_cli.batch.patent_files import open_patents
from taibao_cli.patents.document.reading import Unread
from taibao_cli.patents.document.row import row_of
from tests.checks.planting import Pair

Row = dict[str, Any]

_NOWHERE: Final = {"file": "", "place": "", "notes": []}
_KINDS: Final = ("claims", "description", "abstract")
_TWIN, _OFFICE = "same-publication", "zh original, invention"


def rows(path: Path) -> Iterator[Row]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def documents(folder: Path, lang: str, wanted: int) -> list[Row]:
    """So many documents of one part each: whole claim sets, descriptions, abstracts with their titles, symbols and
    numbers.

    A third of each where there are so many; abstracts fill up. Which ones is decided by a hash of their ids. Texts
    that are marked as machine translation or as damaged by character recognition, and symbols that are none of the
    office's, are left out.
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
            found["abstract"].append((rank, _front_page(row)))
    chosen: list[Row] = []
    for kind in _KINDS:
        share = wanted - len(chosen) if kind == "abstract" else wanted // 3
        chosen += [row for _, row in sorted(found[kind], key=lambda each: each[0])[:share]]
    return chosen


def _front_page(row: Row) -> Row:
    ipc = [] if row.get("code_note") else row.get("ipc") or []
    named = {"ipc": ipc, "application": row.get("app_no"), "publication": row.get("pub_no"), "title": row.get("title")}
    return {**{name: value for name, value in named.items() if value}, "abstract": row["abstract"]}


def whole(folder: Path, lang: str) -> list[Row]:
    """The patents in the files of offices and databases that lie in `samples`, as `taibao import` reads them."""
    files = sorted(
        each for part in ("cnipa-xml", "exports", "json", "text") for each in (folder / "samples" / part).iterdir()
    )
    read = (reading for path in files for reading in open_patents(path, encoding="auto", on_guess=lambda *_: None))
    found = (row_of(reading) for reading in read if not isinstance(reading, Unread))
    return list({json.dumps(row | _NOWHERE): row for row in found if row["lang"] == lang}.values())


def translations(folder: Path) -> list[Pair]:
    """Chinese titles and abstracts with the English of the same publication or of the office."""
    return [
        Pair(str(row["id"]), row["zh"], row["en"], "en", {})
        for row in rows(folder / "pairs.jsonl.xz")
        if row["kind"] in ("title", "abstract") and (row.get("match") == _TWIN or row.get("origin") == _OFFICE)
    ]
