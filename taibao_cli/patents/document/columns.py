"""Names of columns and keys in exports of databases -> fields of a patent."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from taibao_cli.patents.columns import Columns

FIELDS: Final[Mapping[str, str]] = {
    "id": "id|编号|patent_id|lens id|lens_id|docdb_id",
    "publication": "publication|publication number|publication no|publication_number|publicationnum"
    "|patent number|patent no|pub_no|pn|display key|公开公告号|公开号|公布号|公告号"
    "|公开(公告)号|公布公告号|授权公告号|授权号",
    "application": "application|application number|application no|application_number|appl_no|an|申请号|专利号",
    "title": "title|title (english)|title_localized|invention title|标题|名称|发明名称|专利名称|题名"
    "|标题(原文)|标题(翻译)|标题(小语种原文)|patent title|title (original)|ti",
    "title_en": "title_en|标题(译)(english)|标题(英文)|标题 (英文)|标题(english)|英文标题|title (translated)",
    "title_zh": "title_zh|标题(中文)|标题 (中文)|标题(译)(简体中文)|标题(简体中文)|名称(中文)|title (chinese)",
    "abstract": "abstract|abstract (english)|abstract_localized|摘要|文摘|摘要(原文)|摘要(翻译)|ab|abstract (original)",
    "abstract_en": "abstract_en|摘要(译)(english)|摘要(英文)|摘要 (英文)|摘要(english)|英文摘要|abstract (translated)",
    "abstract_zh": "abstract_zh|摘要(中文)|摘要 (中文)|摘要(译)(简体中文)|摘要(简体中文)|abstract (chinese)",
    "claims": "claims|claims_localized|权利要求|权利要求书|全部权利要求|权利要求(中文)|权利要求(原文)"
    "|权利要求(译)(简体中文)|claims (english)",
    "claim": "first claim|首项权利要求|首权|主权项|独立权利要求|主权利要求|权利要求1|independent claims|main claim",
    "description": "description|full_description|description_localized|说明书|说明书全文|说明书(中文)|说明书(原文)"
    "|description (english)",
    "text": "text|文本|正文|原文",
    "publication_date": "publication date|publication_date|date_published|pubdate|公开日|公布日|公告日|公开公告日"
    "|公开(公告)日|授权公告日|grant date|pd",
    "filing_date": "filing date|filing_date|filingdate|filing/creation date|application date|申请日|申请日期|ad",
    "priority": "priority|priority number|priority numbers|优先权号|优先权信息|优先权",
    "country": "jurisdiction|country|受理局|公开国别|国别",
    "kind": "kind|kind code|公开类型|文献种类",
    "ipc": "ipc|all ipc|ipcs|ipc分类号|ipc分类|分类号|ipcr classifications|ipc classifications"
    "|ipc codes|ic|ipc classification",
    "ipc_main": "ipc primary|main_ipcr_label|ipc main|ipc主分类号|主分类号|ipc主分类|main ipc",
    "cpc": "cpc|cpcs|cpc分类号|cpc classifications|cpc_code|cpc codes|cpc分类",
    "lang": "lang|language|语言",
}
"""Field -> names of incoPat, PatSnap, CNIPA, Lens, Google Patents, BigQuery; lower case, half-width parentheses."""

_WORTHLESS: Final = {"id", "country", "kind", "lang", "publication_date", "filing_date", "ipc", "ipc_main", "cpc"}
"""Without any other field a table holds no patents."""

_MARK: Final = re.compile(r"^\[标\]\s*")
_WIDE: Final = str.maketrans("（）：［］　", "():[] ")


def normal(name: str) -> str:
    """A name as it stands in the table: half-width, lower case, without what a vendor puts before it."""
    return " ".join(_MARK.sub("", name.translate(_WIDE).strip().lower()).split())


COLUMNS: Final = Columns(
    names={name: field for field, names in FIELDS.items() for name in names.split("|")},
    fields=tuple(FIELDS),
    enough=set(FIELDS) - _WORTHLESS,
    normal=normal,
    example="abstract",
)


def field_of(name: str) -> str | None:
    return COLUMNS.names.get(normal(name))


def parse_maps(maps: Sequence[str]) -> dict[str, str]:
    """`("title=发明名称(译)",)` -> column to field; the last word on a column counts.

    Raises:
        UsageError: not FIELD=COLUMN, or no such field.
    """
    return dict(map(COLUMNS.mapped, maps))
