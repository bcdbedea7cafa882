"""One record of an export, or a row of `taibao import` itself -> a patent."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from taibao_cli.patents.claims.claimset import ClaimSet, claim_set, parse_claims
from taibao_cli.patents.claims.numbers import Numbered
from taibao_cli.patents.document.columns import field_of
from taibao_cli.patents.document.dates import iso_date
from taibao_cli.patents.document.description import read_description
from taibao_cli.patents.document.patent import (
    Code,
    DocumentNumber,
    Origin,
    Patent,
    Scheme,
    Translation,
    lang_of,
    with_lang,
)
from taibao_cli.patents.document.text import read_text
from taibao_cli.patents.language import Lang, detect, nfc

_NUMBER: Final = re.compile(r"([A-Z]{2})[\s-]?(\d(?:[\d/,\s]*\d)?(?:\.[\dX])?)[\s-]?([A-Z]\d?)?", re.IGNORECASE)
_SYMBOL: Final = re.compile(
    r"([A-HY])\s?(\d{2})\s?([A-Z])\s*(\d{1,4})\s*/\s*(\d{2,6})(?:\s*[(（\[](\d{4}\.\d{2})[)）\]])?"
)
_CLAIM: Final = re.compile(r"\s*(\d{1,4})\s*[.．、]\s*")
_NOTHING: Final = {"", "-", "--", "N/A", "null", "None"}
_FIRST_ONLY: Final = "the source gives its first or its independent claims only"
_LONGEST_LITERAL: Final = 4 << 20
_TEXT_KEYS: Final = ("text", "claim_text", "value")
LANGS: Final[tuple[Lang, ...]] = ("zh", "en")


def fields_of_object(record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a JSON object, by its keys; those of `biblio` and `dates`, as Lens and our own rows have them, too.
    The first of several keys for one field wins."""
    found: dict[str, Any] = {}
    inner = record.get("biblio")
    for name, value in [*record.items(), *(inner.items() if isinstance(inner, Mapping) else ())]:
        field = _NESTED.get(name) or field_of(name)
        if field is not None and value not in (None, "", [], {}):
            found.setdefault(field, value)
    dates = record.get("dates")
    for name, field in (("filing", "filing_date"), ("publication", "publication_date"), ("priority", "priority_date")):
        if isinstance(dates, Mapping) and isinstance(dates.get(name), str):
            found.setdefault(field, dates[name])
    if record.get("doc_number") and record.get("jurisdiction"):
        parts = (record.get(name) for name in ("jurisdiction", "doc_number", "kind"))
        found["publication"] = " ".join(str(part) for part in parts if part)
    return found


_NESTED: Final = {
    "invention_title": "title",
    "classifications_ipcr": "ipc",
    "classifications_cpc": "cpc",
    "application_reference": "application",
}
"""Keys of the Lens API."""


def patent_of(fields: Mapping[str, Any], origin: Origin) -> Patent:
    """The patent of a record, its fields named as in `columns.FIELDS`. Texts may be lists of texts in several languages
    ({"text", "language"}). Of titles and abstracts in both languages those of the document are taken, the others become
    its `translations`. Never raises; a field of an unusable type is as if absent."""
    name, date = _scalar(fields.get("id")), fields.get("publication_date")
    own_number = fields.get("publication") or (name if _NUMBER.fullmatch(name) else None)
    publication = _number(own_number, fields, date, fields.get("kind"))
    application = _number(fields.get("application"), fields, fields.get("filing_date"), None)
    titles, abstracts = _versions(fields, "title"), _versions(fields, "abstract")
    own = _own_language(fields, publication, {*titles, *abstracts})
    packed = read_text(_text(fields.get("text")), origin) if fields.get("text") else Patent()
    claims, notes = _claims(fields)
    built = read_description(nfc(_text(fields.get("description"))))
    patent = Patent(
        title=titles.get(own, "") or packed.title,
        abstract=abstracts.get(own, "") or packed.abstract,
        claims=claims or packed.claims,
        description=built.sections or packed.description,
        publication=publication,
        application=application,
        priorities=tuple(_priorities(fields.get("priority"), fields.get("priority_date"))),
        codes=tuple(_codes(fields)),
        name=name,
        origin=origin,
        counted=built.counted if built.sections else packed.counted,
        notes=notes,
        translations=tuple(
            Translation(lang, titles.get(lang, ""), abstracts.get(lang, ""))
            for lang in LANGS
            if lang != own and (titles.get(lang) or abstracts.get(lang))
        ),
    )
    return with_lang(patent, own if titles or abstracts else _scalar(fields.get("lang")))


def _own_language(fields: Mapping[str, Any], publication: DocumentNumber | None, given: set[Lang]) -> Lang:
    """As stated; else Chinese for what a Chinese office published, English for what others did, where it is given."""
    stated = lang_of(_scalar(fields.get("lang")))
    chinese = publication is not None and publication.country in ("CN", "TW", "HK", "MO")
    wanted: Lang = stated or ("zh" if chinese or publication is None else "en")
    return wanted if wanted in given or not given else next(iter(given))


def _versions(fields: Mapping[str, Any], field: str) -> dict[Lang, str]:
    """A title or abstract by language: as the names of the fields or the parts of a list say, else as it reads."""
    found: dict[Lang, str] = {}
    for named, value in ((None, fields.get(field)), *((lang, fields.get(f"{field}_{lang}")) for lang in LANGS)):
        for stated, text in _texts(value):
            lang = named or stated or detect(text)
            found.setdefault(lang, " ".join(text.split()) if field == "title" else text)
    return found


def _texts(value: Any) -> Iterator[tuple[Lang | None, str]]:
    """The texts of a value, each with the language that is stated: a text, an object, a list of them. Those in a third
    language are left out where another is there."""
    parts = value if isinstance(value, list) else [value]
    if isinstance(value, str) and value.startswith("[{"):
        parts = _literal(value)
    known: list[tuple[Lang | None, str]] = []
    foreign: list[tuple[Lang | None, str]] = []
    for part in parts:
        stated = _scalar(part.get("language") or part.get("lang")) if isinstance(part, Mapping) else ""
        text = nfc(_text(part)).strip()
        if text not in _NOTHING:
            (foreign if stated and lang_of(stated) is None else known).append((lang_of(stated), text))
    return iter(known or foreign)


def _literal(printed: str) -> list[Any]:
    """A list that was printed by Python or as JSON, as tables of BigQuery have it; the text itself when it is none."""
    if len(printed) <= _LONGEST_LITERAL:
        for read in (ast.literal_eval, orjson.loads):
            try:
                value = read(printed)
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                continue
            if isinstance(value, list):
                return value
    return [printed]


def _text(value: Any) -> str:
    """The text in a value, parts of a list on lines of their own."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return next((_text(value[key]) for key in _TEXT_KEYS if value.get(key)), "")
    if isinstance(value, list):
        return "\n".join(filter(None, map(_text, value)))
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def _claims(fields: Mapping[str, Any]) -> tuple[ClaimSet, tuple[str, ...]]:
    whole = _claim_texts(fields.get("claims"))
    if whole:
        return _claim_set(whole), ()
    some = _claim_texts(fields.get("claim"))
    return (_claim_set(some), (_FIRST_ONLY,)) if some else (ClaimSet(()), ())


def _claim_texts(value: Any) -> list[str]:
    """Claims one by one, or one text of all; of several languages the first that is Chinese or English."""
    if isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        known = [each for each in value if lang_of(_scalar(each.get("lang") or each.get("language")))]
        inner = (known or value)[0]
        if isinstance(inner.get("claims"), list):
            return _claim_texts([_text(each) for each in inner["claims"]])
        return [text for text in (_text(each) for each in ([inner] if known else value)) if text]
    if isinstance(value, list):
        return [nfc(_text(each)) for each in value if _text(each).strip()]
    return [nfc(text) for _, text in _texts(value)][:1]


def _claim_set(texts: list[str]) -> ClaimSet:
    """A list of numbered claims is taken as it is cut; anything else is cut at its numbers."""
    if len(texts) == 1:
        return parse_claims(texts[0])
    marks = [_CLAIM.match(text) for text in texts]
    if not all(marks):
        return parse_claims(texts)
    found = (
        Numbered(int(mark[1]), text[mark.end() :].strip(), True)
        for mark, text in zip(marks, texts, strict=True)
        if mark
    )
    return claim_set([item for item in found if item.text])


def _number(value: Any, fields: Mapping[str, Any], date: Any, kind: Any) -> DocumentNumber | None:
    """CN110083831A, "US-5072544-A", "US 2020/0123456 A1", CN201910302430.1; a bare number, its country beside it."""
    if isinstance(value, Mapping):  # application_reference of Lens
        date = value.get("date") or date
        value = " ".join(_scalar(value.get(name)) for name in ("jurisdiction", "doc_number"))
    text, when = _scalar(value), iso_date(_scalar(date))
    match = _NUMBER.fullmatch(text)
    if match is not None:
        return DocumentNumber(match[1].upper(), match[2].strip(), (match[3] or _scalar(kind)).upper(), when)
    country = _scalar(fields.get("country"))
    if text in _NOTHING:
        return DocumentNumber("", "", "", when) if when else None
    return DocumentNumber(country if re.fullmatch("[A-Z]{2}", country) else "", text, _scalar(kind), when)


def _priorities(value: Any, date: Any) -> Iterator[DocumentNumber]:
    """`date` is that of the first one, which is the earliest in our own rows."""
    for text in value if isinstance(value, list) else re.split(r"[;；|]", _scalar(value)):
        number = _number(text, {}, date, None)
        if number is not None and number.country and number.number:
            yield number
            date = None


def _codes(fields: Mapping[str, Any]) -> Iterator[Code]:
    """The main symbol first, each once."""
    seen: set[tuple[Scheme, str]] = set()
    pairs: tuple[tuple[Scheme, str], ...] = (("ipc", "ipc_main"), ("ipc", "ipc"), ("cpc", "cpc"))
    for scheme, field in pairs:
        for match in _SYMBOL.finditer(_symbols(fields.get(field))):
            symbol = f"{match[1]}{match[2]}{match[3]} {int(match[4])}/{match[5]}"
            if (scheme, symbol) not in seen:
                seen.add((scheme, symbol))
                yield Code(scheme, symbol, match[6] or "")


def _symbols(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(_symbols(each) for each in value.values())
    if isinstance(value, list):
        return "; ".join(map(_symbols, value))
    return _scalar(value)
