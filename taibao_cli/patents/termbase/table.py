"""Glossaries in two columns: TSV or CSV, with or without a line of headings."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Final

from taibao_cli.errors import InputError
from taibao_cli.patents.language import detect, nfc
from taibao_cli.patents.termbase.entries import Entry

_HEADINGS: Final = frozenset(
    (("source", "target"), ("zh", "en"), ("en", "zh"), ("zh-cn", "en"), ("中文", "英文"), ("英文", "中文"))
)


def read_table_terms(text: str, where: str) -> Iterator[Entry]:
    """Entries of lines of two terms, one language each. Blank lines and lines that begin with # are left out.

    Raises:
        InputError: a line without two terms.
    """
    lines = text.splitlines()
    delimiter = "\t" if any("\t" in line for line in lines) else ","
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            cells = [nfc(cell).strip() for cell in next(csv.reader([line], delimiter=delimiter))]
        except csv.Error as error:
            raise InputError(f"{where}: line {number}: {error}") from None
        if len(cells) < 2 or not cells[0] or not cells[1]:
            raise InputError(f"{where}: line {number}: expected two terms separated by a tab or a comma")
        first, second = cells[0], cells[1]
        if (first.lower(), second.lower()) in _HEADINGS:
            continue
        yield Entry(first, second) if detect(first) == "zh" else Entry(second, first)
