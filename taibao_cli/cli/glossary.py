"""A user's glossary and the model's lexicon: what they offer to a translation."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from taibao_cli.cli.inputs import read_text
from taibao_cli.errors import InputError
from taibao_cli.models.registry import Model
from taibao_cli.patents.language import Lang, detect, nfc, other
from taibao_cli.patents.lexicon import Lexicon
from taibao_cli.tasks.hints import lexicon_hints
from taibao_cli.tasks.prepare import HintsOf

Glossary = Mapping[Lang, Mapping[str, str]]


def read_glossary(path: Path, encoding: str = "auto") -> Glossary:
    """Read a TSV or CSV file of two columns, one language each; it serves both directions.

    A first line `source, target` (or `zh, en`) is a header. Blank lines and lines that begin with # are left out. The
    file is UTF-8, or in `encoding` (that of the texts) when it is not.

    Raises:
        InputError: unreadable, or a line without two terms.
    """
    try:
        lines = read_text(path, "utf-8").splitlines()
    except InputError:
        lines = read_text(path, encoding).splitlines()
    tables: dict[Lang, dict[str, str]] = {"zh": {}, "en": {}}
    delimiter = "\t" if any("\t" in line for line in lines) else ","
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            cells = [nfc(cell).strip() for cell in next(csv.reader([line], delimiter=delimiter))]
        except csv.Error as error:
            raise InputError(f"{path}: line {number}: {error}") from None
        if len(cells) < 2 or not cells[0] or not cells[1]:
            raise InputError(f"{path}: line {number}: expected two terms separated by a tab or a comma")
        first, second = cells[0], cells[1]
        if (first.lower(), second.lower()) in (("source", "target"), ("zh", "en"), ("en", "zh")):
            continue
        lang = detect(first)
        tables[lang].setdefault(first, second)
        tables[other(lang)].setdefault(second, first)
    return tables


def hints_of(model: Model, glossary: Glossary | None = None) -> HintsOf | None:
    """What finds the renderings of a text: the model's lexicon, the user's glossary (it wins), or None for neither."""
    if model.lexicon is None and glossary is None:
        return None
    lexicon = Lexicon.load(model.lexicon) if model.lexicon is not None else Lexicon({}, {})
    return lexicon_hints(lexicon, glossary)
