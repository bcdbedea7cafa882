"""Which field of a row a column of a table is, by its name in the exports of offices and databases."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from taibao_cli.errors import UsageError
from taibao_cli.patents.columns import Columns
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
_KNOWN: Final = tuple(dict.fromkeys(("id", "task", "lang", "to", "level", *ROW_FIELDS)))
_LIST_SIGN: Final = re.compile(r"\s*[;；|]\s*")

FieldsOf: TypeAlias = Callable[[Sequence[str], Mapping[str, str], str], list[str | None]]
"""(header, columns as mapped, what messages call the file) -> the field of each column."""


def _normal(name: str) -> str:
    return name.strip().lower().replace("(", "（").replace(")", "）") if not name.isascii() else name.strip().lower()


COLUMNS: Final = Columns(
    names={name: field for field, names in _NAMES.items() for name in names.split("|")},
    fields=_KNOWN,
    enough=set(ROW_FIELDS) - {"labels"},
    normal=_normal,
    example="text",
)


def parse_maps(maps: Sequence[str]) -> dict[str, str]:
    """`("title=发明名称",)` -> column to field.

    Raises:
        UsageError: not FIELD=COLUMN, no such field, or one that is mapped already.
    """
    columns: dict[str, str] = {}
    for given in maps:
        column, field = COLUMNS.mapped(given)
        if column in columns or field in columns.values():
            raise UsageError(f"--map {given}: this field or column is mapped already")
        columns[column] = field
    return columns


def row_of(fields: Sequence[str | None], cells: Sequence[str]) -> dict[str, Any]:
    """The input row of a line of the table; empty cells are absent fields."""
    row: dict[str, Any] = {field: cell for field, cell in zip(fields, cells, strict=False) if field and cell.strip()}
    if "labels" in row:
        row["labels"] = [label for label in _LIST_SIGN.split(row["labels"].strip()) if label]
    return row
