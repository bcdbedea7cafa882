"""Numbers, dates and codes of one document element."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from lxml import etree

from taibao_cli.patents.document.dates import iso_date
from taibao_cli.patents.document.patent import Code, DocumentNumber, Scheme
from taibao_cli.patents.document.xml.names import attribute, children, descendants, first, name_of, words_of

_ORIGINAL: Final = ("original", "docdb", "", "epodoc")
"""Forms of the same number, the one to print first."""

_WITH_COUNTRY: Final = re.compile(r"([A-Z]{2})(\d+)")
_SYMBOL: Final = re.compile(r"([A-HY])\s*(\d{2})\s*([A-Z])\s*(\d{1,4})\s*/\s*(\d{2,6})")
_EDITION: Final = re.compile(r"[(（\[]\s*(\d{4})[.-]?(\d{2})\s*[)）\]]")
_CLASSIFIED: Final[dict[str, Scheme]] = {
    "classification-ipc": "ipc",
    "classification-ipcr": "ipc",
    "ipc-classification": "ipc",
    "ipcr-classification": "ipc",
    "classification-cpc": "cpc",
    "cpc-classification": "cpc",
    "patent-classification": "cpc",
    "b510": "ipc",
    "b510-ep": "ipc",
}
_COUNTRY: Final = ("country", "country-code", "ipoffice-code", "wipost3-code", "b190", "ctry")
_NUMBER: Final = ("doc-number", "publication-number", "application-number-text", "dnum", "application-number")
_KIND: Final = ("kind", "kind-code", "patent-document-kind-code", "publication-kind")
_DATE: Final = ("date", "publication-date", "filing-date", "priority-date", "document-date")


def publication_of(data: etree._Element) -> DocumentNumber | None:
    """The document's own publication number."""
    found = _best(children(data, {"publication-reference", "patent-publication-identification", "document-id"}))
    return found or _coded(data, "b110", "b140", "b130")


def application_of(data: etree._Element) -> DocumentNumber | None:
    names = {"application-reference", "application-identification", "domestic-filing-data"}
    return _best(children(data, names)) or _coded(data, "b210", "b220", "")


def priorities_of(data: etree._Element) -> tuple[DocumentNumber, ...]:
    """Priorities in the order of the document, each once."""
    found = (_number(claim) for claim in descendants(data, {"priority-claim", "priority", "b300"}))
    return tuple(dict.fromkeys(number for number in found if number is not None))


def of_attributes(document: etree._Element) -> DocumentNumber | None:
    """What the attributes of a document element say: `country`, `doc-number`, `kind`, `date-publ`."""
    number = attribute(document, "doc-number")
    if not number:
        return None
    date = iso_date(attribute(document, "date-publ", "date-publication", "datepublication"))
    return DocumentNumber(attribute(document, "country"), number, attribute(document, "kind"), date)


def codes_of(data: etree._Element) -> tuple[Code, ...]:
    """IPC and CPC symbols in the order of the document, each once."""
    found = (code for element in descendants(data, set(_CLASSIFIED)) for code in _codes(element))
    seen: dict[tuple[str, str], Code] = {}
    for code in found:
        seen.setdefault((code.scheme, code.symbol), code)
    return tuple(seen.values())


def _best(references: Iterable[etree._Element]) -> DocumentNumber | None:
    found: list[tuple[str, DocumentNumber]] = []
    for reference in references:
        inner = list(descendants(reference, {"document-id"})) or [reference]
        outer = attribute(reference, "data-format")
        for each in inner:
            number = _number(each)
            if number is not None:
                found.append((attribute(each, "data-format", "document-id-type") or outer, number))
    for form in _ORIGINAL:
        for known, number in found:
            if known == form:
                return number
    return found[0][1] if found else None


def _number(element: etree._Element) -> DocumentNumber | None:
    number = _text(element, *_NUMBER)
    if not number:
        return None
    country = _text(element, *_COUNTRY)
    if country and number.startswith(country):
        number = number[len(country) :]
    elif not country and (whole := _WITH_COUNTRY.fullmatch(number)) is not None:
        country, number = whole[1], whole[2]
    return DocumentNumber(country, number, _text(element, *_KIND), iso_date(_text(element, *_DATE)))


def _coded(data: etree._Element, number: str, date: str, kind: str) -> DocumentNumber | None:
    """Numbers in the INID codes of WIPO ST.9, as EPO and older American documents have them."""
    own = _text(data, number)
    if not own:
        return None
    when = first(data, date)
    day = words_of(when) if when is not None else ""
    return DocumentNumber(_text(data, "b190"), own.split()[0], _text(data, kind) if kind else "", iso_date(day))


def _codes(element: etree._Element) -> Iterator[Code]:
    scheme = _CLASSIFIED[name_of(element)]
    named = first(element, "classification-scheme")
    if named is not None and "ipc" in attribute(named, "scheme").lower():
        scheme = "ipc"
    taken = list(_taken_apart(element, scheme))
    if taken:
        yield from taken
        return
    text = " ".join(_texts(element))
    edition = _EDITION.search(text)
    for match in _SYMBOL.finditer(text):
        symbol = f"{match[1]}{match[2]}{match[3]} {int(match[4])}/{match[5]}"
        yield Code(scheme, symbol, f"{edition[1]}.{edition[2]}" if edition else "")


def _texts(element: etree._Element) -> Iterator[str]:
    """The texts below, without the spellings that only machines read."""
    parts = [child for child in element if name_of(child)]
    if not parts:
        yield words_of(element)
    for part in parts:
        if attribute(part, "data-format") != "standard":
            yield words_of(part)


def _taken_apart(element: etree._Element, scheme: Scheme) -> Iterator[Code]:
    """Symbols given as section, class, subclass and groups, one for each `section` below."""
    for section in _all(element, "section", "cpcsection"):
        parent = section.getparent()
        if parent is None:
            continue
        kind, sub = _text(parent, "class", "main-class"), _text(parent, "subclass")
        group, rest = _text(parent, "main-group"), _text(parent, "subgroup")
        if not (kind and sub and group and rest):
            continue
        version = first(parent, "ipc-version-indicator", "cpc-version-indicator", "ipcversion-date", "version-date")
        date = iso_date(words_of(version)) if version is not None else ""
        letter = words_of(section)
        yield Code(scheme, f"{letter}{kind}{sub} {group.lstrip('0') or '0'}/{rest}", date[:7].replace("-", "."))


def _all(element: etree._Element, *names: str) -> list[etree._Element]:
    return [each for each in element.iter() if name_of(each) in names]


def _text(element: etree._Element, *names: str) -> str:
    """The text of the first element below with one of the names, the earlier names first."""
    for name in names:
        found = first(element, name)
        if found is not None:
            return words_of(found)
    return ""
