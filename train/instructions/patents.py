"""Patent tables: rows of CSV, TSV or JSON lines, with the column names that offices and databases give."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from taibao_cli.batch.compressed import DAMAGED, inner_suffix, open_rows
from taibao_cli.batch.encoding import detect_encoding
from taibao_cli.errors import InputError
from taibao_cli.patents import ipc
from taibao_cli.patents.claims.claimset import parse_claims
from taibao_cli.patents.language import Lang, detect, nfc
from train.data.documents import patent_type
from train.instructions.conversation import Place, Problem
from train.instructions.formats import FAMILIES, NUMBERS

PARTS: Final = ("title", "abstract", "claims", "description")

_COLUMNS: Final[Mapping[str, str]] = {
    "title": "title|标题|名称|发明名称|专利名称",
    "abstract": "abstract|摘要",
    "claims": "claims|权利要求|权利要求书",
    "description": "description|说明书",
    "ipc": "ipc|主分类号|ipc主分类号|ipc分类号|分类号",
    "type": "type|专利类型",
}
_LANGS: Final[Mapping[Lang, str]] = {"zh": "{}_zh|{}（中文）|中文{}", "en": "{}_en|{}（英文）|英文{}|{} （english）"}
_TYPES: Final = {"外观": "design", "design": "design", "实用": "utility model", "utility": "utility model"}
_SYMBOL: Final = re.compile(r"([A-H]\d{2}[A-Z])\s*(\d{1,4}/\d{2,6})?")


@dataclass(frozen=True, slots=True)
class Patent:
    """What a row says: `texts` by language and part (claims as a list), `symbol` the IPC subclass of the current
    edition, `type` as in the task `type`. `number` and `family` may be empty."""

    place: Place
    number: str = ""
    family: str = ""
    symbol: str = ""
    type: str = ""
    texts: Mapping[Lang, Mapping[str, Any]] = field(default_factory=dict)

    def text(self, lang: Lang, part: str) -> str:
        return str(self.texts.get(lang, {}).get(part, ""))

    def claims(self, lang: Lang) -> list[str]:
        return list(self.texts.get(lang, {}).get("claims", ()))


def read_patents(path: Path) -> Iterator[Patent | Problem]:
    """The patents of a table (`.csv`, `.tsv`, `.jsonl`, compressed or not), a Problem where a row holds no text.

    Raises:
        InputError: the file cannot be read, or its name does not tell what it is.
    """
    for place, row in _rows(path):
        if isinstance(row, Problem):
            yield row
            continue
        patent = _patent(place, row)
        yield patent if patent.texts else Problem("schema", place, "no title, abstract, claims or description")


def _rows(path: Path) -> Iterator[tuple[Place, Any]]:
    suffix = inner_suffix(path)
    if suffix not in (".csv", ".tsv", ".jsonl"):
        raise InputError(f"{path}: patent tables are read from .csv, .tsv and .jsonl (also .gz, .xz, .zst)")
    try:
        with open_rows(path) as stream:
            data = stream.read()
    except DAMAGED as error:
        raise InputError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    encoding = detect_encoding(data[: 1 << 16])
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not {encoding.upper()} at byte {error.start + 1}; save it as UTF-8") from None
    if suffix == ".jsonl":
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield _json_row(Place(path, number), line)
        return
    csv.field_size_limit(1 << 30)
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if suffix == ".tsv" else ",")
    for row in table:
        yield Place(path, table.line_num), {key: value for key, value in row.items() if key}


def _json_row(place: Place, line: str) -> tuple[Place, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        return place, Problem("bad json", place, str(error))
    return place, row if isinstance(row, dict) else Problem("bad json", place, "not an object")


def _patent(place: Place, row: Mapping[str, Any]) -> Patent:
    named = {_plain(key): value for key, value in row.items() if value not in (None, "", [])}
    texts: dict[Lang, dict[str, Any]] = {}
    for part in PARTS:
        for lang, value in _values(named, part):
            claims = part == "claims"
            content = _claims(value) if claims else nfc(str(value)).strip()
            if content:
                own = lang or detect("\n".join(content) if claims else str(content))
                texts.setdefault(own, {}).setdefault(part, content)
    number = _first(named, NUMBERS)
    kind = _first(named, tuple(_COLUMNS["type"].split("|"))).lower()
    told = next((name for sign, name in _TYPES.items() if sign in kind), "invention" if kind else "")
    return Patent(
        place, number, _first(named, FAMILIES), _symbol(named), patent_type({"pub_no": number}) or told, texts
    )


def _values(named: Mapping[str, Any], part: str) -> Iterator[tuple[Lang | None, Any]]:
    """(language that the column names, or None; value), columns that name one first."""
    names = _COLUMNS[part].split("|")
    for lang, forms in _LANGS.items():
        columns = [form.format(name) for form in forms.split("|") for name in names]
        yield from ((lang, named[column]) for column in columns if column in named)
    yield from ((None, named[name]) for name in names if name in named)


def _claims(value: Any) -> list[str]:
    if isinstance(value, list):
        value = [str(claim) for claim in value]
    return [nfc(claim.text).strip() for claim in parse_claims(value if isinstance(value, list) else str(value))]


def _symbol(named: Mapping[str, Any]) -> str:
    value = next((named[name] for name in _COLUMNS["ipc"].split("|") if name in named), "")
    found = _SYMBOL.search(str(value[0] if isinstance(value, list) else value).upper())
    return found[1] if found and found[1] in ipc.labels("subclass") else ""


def _first(named: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((str(named[_plain(name)]).strip() for name in names if _plain(name) in named), "")


def _plain(name: str) -> str:
    return name.strip().lower().replace("(", "（").replace(")", "）")
