"""Words that people use for the entries of the primer, in English: everyday_en.tsv has id, tab, words."""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from importlib import resources


def everyday_words(entry: str) -> str:
    """English words that people use for an entry of the primer."""
    return _of_entries().get(entry, "")


@functools.cache
def _of_entries() -> Mapping[str, str]:
    text = resources.files("taibao_cli.knowledge").joinpath("everyday_en.tsv").read_text(encoding="utf-8")
    return dict(csv.reader(text.splitlines(), delimiter="\t"))
