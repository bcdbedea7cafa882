"""A stream of XML documents -> patents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, Final

from lxml import etree

from taibao_cli.errors import InputError
from taibao_cli.patents.document.description import build_sections
from taibao_cli.patents.document.patent import Form, Origin, Patent, lang_of, with_lang
from taibao_cli.patents.document.reading import Reading, Unread
from taibao_cli.patents.document.record import fields_of_object, patent_of
from taibao_cli.patents.document.xml.biblio import (
    application_of,
    codes_of,
    of_attributes,
    priorities_of,
    publication_of,
)
from taibao_cli.patents.document.xml.body import abstract_of, claims_of, in_language, pieces_of, title_of
from taibao_cli.patents.document.xml.names import (
    ABSTRACTS,
    BIBLIOGRAPHIC,
    CLAIMS,
    DESCRIPTIONS,
    TITLES,
    attribute,
    children,
    descendants,
    name_of,
    words_of,
)
from taibao_cli.patents.document.xml.parse import MAX_BYTES, parse
from taibao_cli.patents.document.xml.split import split_documents

_PARTS: Final = ABSTRACTS | CLAIMS | DESCRIPTIONS | BIBLIOGRAPHIC
_MADE_OF: Final = _PARTS | TITLES | {"cn-drawings", "drawings"}


def read_xml(stream: BinaryIO, name: str) -> Iterator[Reading]:
    """The patents of a file, in order; a document that cannot be read is given as `Unread`, and the next one follows.

    Args:
        stream: one document, or several that each begin with `<?xml`, or one that holds several.
        name: what messages call the file.
    """
    for number, data in enumerate(split_documents(stream), 1):
        place = f"document {number}" if number > 1 else ""
        if data is None:
            yield Unread(Origin(name, "xml", place), f"longer than {MAX_BYTES >> 20} MB")
            continue
        try:
            root = parse(data, f"{name}, document {number}" if number > 1 else name)
        except InputError as error:
            yield Unread(Origin(name, "xml", place), str(error))
            continue
        records = list(_records(root))
        if records:
            for at, fields in enumerate(records, 1):
                inner = place if len(records) == 1 else ", ".join(filter(None, [place, f"record {at}"]))
                yield patent_of(fields_of_object(fields), Origin(name, "xml", inner))
            continue
        found = list(_documents(root))
        if not found:
            kind = name_of(root) or "?"
            yield Unread(Origin(name, "xml", place), f"{name}: <{kind}> holds no patent that is known here")
        for at, document in enumerate(found, 1):
            inner = place if len(found) == 1 else ", ".join(filter(None, [place, f"part {at}"]))
            yield _patent(document, root, Origin(name, _form(root), inner))


def _documents(root: etree._Element) -> Iterator[etree._Element]:
    """The elements that are documents: those that have parts of a patent as children."""
    if any(name_of(child) in _MADE_OF for child in root):
        yield root
        return
    for child in root:
        if name_of(child):
            yield from _documents(child)


def _records(root: etree._Element) -> Iterator[dict[str, str]]:
    """Records of names and values, as PatSnap and Solr export them: `<doc><str name="Title">…</str></doc>`."""
    for document in [root] if name_of(root) == "doc" else root:
        pairs = {str(child.get("name")): words_of(child) for child in document if name_of(child) and child.get("name")}
        if name_of(document) == "doc" and pairs:
            yield pairs


def _form(root: etree._Element) -> Form:
    name = name_of(root)
    namespace = etree.QName(root).namespace or ""
    if "sipo.gov.cn" in namespace or name.startswith("cn-"):
        return "cnipa"
    if "ST96" in namespace or "urn:us:gov" in namespace:
        return "st96"
    if name in ("us-patent-grant", "patdoc"):
        return "us-grant"
    if name in ("us-patent-application", "patent-application-publication"):
        return "us-application"
    return "st36"


def _patent(document: etree._Element, root: etree._Element, origin: Origin) -> Patent:
    """The parts of a document; of versions in several languages those in its own."""
    named = attribute(document, "lang", "language-code") or attribute(root, "lang", "language-code")
    wanted = lang_of(named)
    soft = origin.form == "cnipa"
    data = next(descendants(document, BIBLIOGRAPHIC), None)
    titles = list(descendants(document, TITLES)) or _coded_titles(data)
    abstract = in_language(children(document, ABSTRACTS), wanted)
    claims = in_language(children(document, CLAIMS), wanted)
    description = in_language(children(document, DESCRIPTIONS), wanted)
    built = build_sections(pieces_of(description, soft_breaks=soft) if description is not None else ())
    patent = Patent(
        title=title_of(titles, wanted),
        abstract=abstract_of(abstract, soft_breaks=soft) if abstract is not None else "",
        description=built.sections,
        publication=(publication_of(data) if data is not None else None) or of_attributes(document),
        application=application_of(data) if data is not None else None,
        priorities=priorities_of(data) if data is not None else (),
        codes=codes_of(data) if data is not None else (),
        origin=origin,
        counted=built.counted,
    )
    if origin.form in ("us-grant", "us-application") and patent.publication and not patent.publication.country:
        patent = replace(patent, publication=replace(patent.publication, country="US"))
    return with_lang(_with_claims(patent, claims, soft), named)


def _with_claims(patent: Patent, claims: etree._Element | None, soft: bool) -> Patent:
    if claims is None:
        return patent
    lang = lang_of(attribute(claims, "lang", "language-code"))
    return replace(patent, claims=claims_of(claims, lang, soft_breaks=soft))


def _coded_titles(data: etree._Element | None) -> list[etree._Element]:
    """Titles in INID code 54: English where its language is told (B541 before B542), else the first."""
    if data is None:
        return []
    titles = list(descendants(data, {"b542"})) or list(descendants(data, {"b540"}))
    for title in titles:
        before = title.getprevious()
        if before is not None and name_of(before) == "b541" and words_of(before) == "en":
            return [title]
    return titles[:1]
