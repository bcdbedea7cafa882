"""Which field of a row a column of a table is, by its name in the exports of offices and databases."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from taibao_cli.errors import InputError, UsageError
from taibao_cli.tasks.task import ROW_FIELDS

_NAMES: Final[Mapping[str, str]] = {
    "id": "id|编号|公开号|公开公告号|公开（公告）号|公布号|公告号|申请号|publication number|application number|lens id",
    "title": "title|标题|名称|发明名称|专利名称|标题（中文）|标题（英文）|title (english)",
    "abstract": "abstract|摘要|摘要（中文）|摘要（英文）|abstract (english)",
    "claims": "claims|权利要求|权利要求书",
    "description": "description|说明书",
    "text": "text|文本|正文|原文",
    "a": "a|文本甲",
    "b": "b|文本乙",
    "question": "question|问题",
    "task": "task|任务",
    "labels": "labels|标签",
    "lang": "lang",
    "to": "to",
    "level": "level",
}
_FIELDS: Final = {name: field for field, names in _NAMES.items() for name in names.split("|")}
_KNOWN: Final = tuple(dict.fromkeys(("id", "task", "lang", "to", "level", *ROW_FIELDS)))
_LISTED: Final = 300
_LIST_SIGN: Final = re.compile(r"\s*[;；|]\s*")


FieldsOf: TypeAlias = Callable[[Sequence[str], Mapping[str, str], str], list[str | None]]
"""(header, columns as mapped, what messages call the file) -> the field of each column."""


def parse_maps(maps: Sequence[str]) -> dict[str, str]:
    """`("title=发明名称",)` -> column to field.

    Raises:
        UsageError: not FIELD=COLUMN, or no such field.
    """
    columns: dict[str, str] = {}
    for given in maps:
        field, sign, column = given.partition("=")
        if not sign or not column.strip() or field.strip() not in _KNOWN:
            raise UsageError(f"--map {given}: give FIELD=COLUMN; fields: {', '.join(_KNOWN)}")
        if _normal(column) in columns or field.strip() in columns.values():
            raise UsageError(f"--map {given}: this field or column is mapped already")
        columns[_normal(column)] = field.strip()
    return columns


def fields_of(header: Sequence[str], maps: Mapping[str, str], where: str) -> list[str | None]:
    """The field of each column: as mapped, else by its name; None for columns that no task reads.

    Raises:
        InputError: no column holds anything to work on, or one that was mapped is not there.
    """
    names = [_normal(name) for name in header]
    missing = [column for column in maps if column not in names]
    if missing:
        raise InputError(f"{where}: no column {missing[0]}; there are {listed(header)}")
    taken = set(maps.values())
    fields: list[str | None] = []
    for name in names:
        field = maps.get(name) or _FIELDS.get(name)
        if field in fields or (name not in maps and field in taken):
            field = None  # the first of several, and what was mapped, win
        fields.append(field)
    if not set(fields) & (set(ROW_FIELDS) - {"labels"}):
        raise InputError(f"{where}: none of the columns {listed(header)} is known; name one, such as --map text=COLUMN")
    return fields


def listed(names: Sequence[str]) -> str:
    """Names that somebody gave, in one line of a message; the first ones of very many."""
    line = ", ".join(" ".join(name.split()) for name in names)
    return line if len(line) <= _LISTED else line[:_LISTED] + "…"


def row_of(fields: Sequence[str | None], cells: Sequence[str]) -> dict[str, Any]:
    """The input row of a line of the table; empty cells are absent fields."""
    row: dict[str, Any] = {field: cell for field, cell in zip(fields, cells, strict=False) if field and cell.strip()}
    if "labels" in row:
        row["labels"] = [label for label in _LIST_SIGN.split(row["labels"].strip()) if label]
    return row


def _normal(name: str) -> str:
    return name.strip().lower().replace("(", "（").replace(")", "）") if not name.isascii() else name.strip().lower()
