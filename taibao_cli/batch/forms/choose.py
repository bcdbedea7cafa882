"""Which form an output takes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from taibao_cli.batch.compressed import is_compressed
from taibao_cli.batch.forms.base import Form
from taibao_cli.batch.forms.delimited import delimited
from taibao_cli.batch.forms.jsonl import jsonl
from taibao_cli.batch.forms.openai import service_lines
from taibao_cli.batch.forms.tmx import tmx
from taibao_cli.batch.forms.workbook import workbook
from taibao_cli.errors import UsageError
from taibao_cli.tasks import get

OUTPUT_FORMATS: Final = ("auto", "jsonl", "csv", "tsv", "xlsx", "tmx", "openai")

_BY_SUFFIX: Final = {".csv": "csv", ".tsv": "tsv", ".xlsx": "xlsx", ".tmx": "tmx"}


def form_for(out: Path | None, asked: str, *, tasks: Sequence[str], merge: bool, checked: bool, service: bool) -> Form:
    """The form asked for, else the one that the name of the output says, else that of the input.

    Args:
        out: the output; None: a stream.
        asked: one of `OUTPUT_FORMATS`.
        tasks: those that every row is given; none when rows name their own.
        merge: keep the fields of the input.
        checked: say of every answer what code can prove.
        service: whether the input is lines of an OpenAI batch.

    Raises:
        UsageError: the form does not fit the input or the tasks.
        MissingExtraError: a library for it is not installed.
    """
    if out is not None and is_compressed(out):
        raise UsageError(f"-o {out}: outputs are not compressed; leave out {out.suffix}")
    by_name = _BY_SUFFIX.get(out.suffix.lower()) if out is not None else None
    name = asked if asked != "auto" else by_name or ("openai" if service else "jsonl")
    if merge and name in ("tmx", "openai"):
        raise UsageError(f"--merge does not go with {name}, which has no place for columns of the input")
    if checked and name != "jsonl":
        raise UsageError(f"--check goes with jsonl; {name} has no place for findings")
    if name == "openai":
        if not service:
            raise UsageError("openai is the form of answers to lines of an OpenAI batch; the input has none")
        return service_lines()
    if name == "tmx":
        if len(tasks) != 1 or get(tasks[0]).family != "translation":
            raise UsageError("tmx holds translations; give --task translate")
        return tmx(get(tasks[0]))
    if name == "xlsx":
        return workbook(tasks, merge=merge)
    return jsonl(merge, checked) if name == "jsonl" else delimited(name, tasks, merge=merge)
