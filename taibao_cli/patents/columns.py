"""Which column of a table holds which field, by its name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from taibao_cli.errors import InputError, UsageError

_LISTED: Final = 300


@dataclass(frozen=True)
class Columns:
    """Names of columns that are known.

    Attributes:
        names: name, as `normal` leaves it -> field.
        fields: those that a mapping may name.
        enough: a table without any of these is of no use.
        normal: takes from a name what does not matter.
        example: field that messages name.
    """

    names: Mapping[str, str]
    fields: Sequence[str]
    enough: Collection[str]
    normal: Callable[[str], str]
    example: str

    def mapped(self, given: str) -> tuple[str, str]:
        """`title=发明名称` -> column, field.

        Raises:
            UsageError: not FIELD=COLUMN, or no such field.
        """
        field, sign, column = given.partition("=")
        if not sign or not column.strip() or field.strip() not in self.fields:
            raise UsageError(f"--map {given}: give FIELD=COLUMN; fields: {', '.join(self.fields)}")
        return self.normal(column), field.strip()

    def fields_of(self, header: Sequence[str], maps: Mapping[str, str], where: str) -> list[str | None]:
        """The field of each column: as mapped, else by its name; of several columns of one field the first. None for
        columns that nobody reads.

        Raises:
            InputError: no column holds anything of use, or one that was mapped is not there.
        """
        names = [self.normal(name) for name in header]
        missing = [column for column in maps if column not in names]
        if missing:
            raise InputError(f"{where}: no column {missing[0]}; there are {listed(header)}")
        taken = set(maps.values())
        fields: list[str | None] = []
        for name in names:
            field = maps.get(name) or self.names.get(name)
            if field in fields or (name not in maps and field in taken):
                field = None
            fields.append(field)
        if not set(fields) & set(self.enough):
            raise InputError(
                f"{where}: none of the columns {listed(header)} is known; name one, such as --map {self.example}=COLUMN"
            )
        return fields


def listed(names: Sequence[str]) -> str:
    """Names that somebody gave, in one line of a message; the first ones of very many."""
    line = ", ".join(" ".join(name.split()) for name in names)
    return line if len(line) <= _LISTED else line[:_LISTED] + "…"
