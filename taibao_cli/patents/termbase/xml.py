"""TBX (ISO 30042: `tig` of the basic and `ntig`/`termGrp` of the full form, `termSec` of 2019) and TMX 1.4.

Entities are off; a file with a DTD of its own entities is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

from taibao_cli.errors import InputError
from taibao_cli.patents.language import Lang
from taibao_cli.patents.termbase.entries import Entry

MAX_BYTES: Final = 64 << 20
_XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_CONCEPTS: Final = frozenset(("termEntry", "conceptEntry"))
_LANG_SETS: Final = frozenset(("langSet", "langSec"))
_TERMS: Final = frozenset(("tig", "ntig", "termSec"))
_BAD: Final = ("deprecated", "superseded", "forbidden", "obsolete", "notrecommended")
_INLINE: Final = frozenset(("bpt", "ept", "ph", "it", "ut"))
"""Codes of the layout inside a segment of TMX; `hi` and `sub` hold text."""


def read_xml_terms(data: bytes, where: str) -> Iterator[Entry]:
    """The entries of a TBX or TMX file.

    Raises:
        InputError: no well-formed XML, too long, or neither of the two formats.
    """
    if len(data) > MAX_BYTES:
        raise InputError(f"{where}: longer than {MAX_BYTES >> 20} MB; split it")
    if b"<!ENTITY" in data:
        raise InputError(f"{where}: declares XML entities, which are not read; resolve them first")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise InputError(f"{where}: not well-formed XML: {error}") from None
    kind = _name(root)
    if kind == "tmx":
        return _tmx(root)
    if kind in ("martif", "tbx") or any(_name(element) in _CONCEPTS for element in root.iter()):
        return _tbx(root)
    raise InputError(f"{where}: neither TBX nor TMX; its root is {kind}")


def _name(element: Any) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _lang(element: Any) -> Lang | None:
    """Chinese or English by the primary subtag: zh-CN, EN-US."""
    code = (element.get(_XML_LANG) or element.get("lang") or "").lower()
    primary = code.partition("-")[0].partition("_")[0]
    return "zh" if primary in ("zh", "chi", "zho", "cmn") else "en" if primary in ("en", "eng") else None


def _tbx(root: Any) -> Iterator[Entry]:
    for concept in root.iter():
        if _name(concept) not in _CONCEPTS:
            continue
        good: dict[Lang, list[str]] = {"zh": [], "en": []}
        bad: list[str] = []
        for lang_set in concept:
            lang = _lang(lang_set)
            if _name(lang_set) not in _LANG_SETS or lang is None:
                continue
            for term, allowed in _terms(lang_set):
                (good[lang] if allowed else bad).append(term)
        yield from _paired(good["zh"], good["en"], tuple(bad))


def _terms(lang_set: Any) -> Iterator[tuple[str, bool]]:
    """The terms of a language, and whether they may be used."""
    for group in lang_set.iter():
        if _name(group) not in _TERMS:
            continue
        term = next((element for element in group.iter() if _name(element) == "term"), None)
        text = " ".join("".join(term.itertext()).split()) if term is not None else ""
        notes = "".join("".join(note.itertext()).lower() for note in group.iter() if _name(note) == "termNote")
        if text:
            yield text, not any(word in notes.replace("-", "") for word in _BAD)


def _paired(zh: list[str], en: list[str], bad: tuple[str, ...]) -> Iterator[Entry]:
    """The first term of each language is the preferred one; synonyms of the other side are rendered by it."""
    if zh and en:
        yield Entry(zh[0], en[0], bad)
        yield from (Entry(term, en[0]) for term in zh[1:])
        yield from (Entry(zh[0], term) for term in en[1:])
    elif bad:
        yield Entry("", "", bad)


def _tmx(root: Any) -> Iterator[Entry]:
    for unit in root.iter():
        if _name(unit) != "tu":
            continue
        found: dict[Lang, str] = {}
        for variant in unit:
            lang = _lang(variant)
            segment = next((each for each in variant if _name(each) == "seg"), None)
            if _name(variant) == "tuv" and lang is not None and segment is not None:
                found.setdefault(lang, _plain(segment).strip())
        if found.get("zh") and found.get("en"):
            yield Entry(found["zh"], found["en"])


def _plain(element: Any) -> str:
    """The text of a segment without the codes of its layout."""
    parts = [element.text or ""]
    for child in element:
        parts += ["" if _name(child) in _INLINE else _plain(child), child.tail or ""]
    return "".join(parts)
