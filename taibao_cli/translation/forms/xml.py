"""TMX 1.4 and XLIFF 1.2: every piece as a unit, with what the checks say of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from lxml import etree

from taibao_cli import __version__
from taibao_cli.batch.forms.clean import clean
from taibao_cli.patents.language import Lang, other
from taibao_cli.translation.run import Rendered, Result

_CODES: Final[Mapping[Lang, str]] = {"zh": "zh-CN", "en": "en"}
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_XLIFF: Final = "urn:oasis:names:tc:xliff:document:1.2"
_STATES: Final = {"PASS": "translated", "REVIEW": "needs-review-translation", "FIX": "needs-translation"}


def tmx_of(results: Iterable[Result]) -> bytes:
    """A translation memory; pieces with a FIX are left out of it."""
    root = etree.Element("tmx", version="1.4")
    header = {
        "creationtool": "taibao",
        "creationtoolversion": __version__,
        "segtype": "sentence",
        "o-tmf": "taibao",
        "adminlang": "en",
        "srclang": "*all*",
        "datatype": "plaintext",
    }
    etree.SubElement(root, "header", header)
    body = etree.SubElement(root, "body")
    for result in results:
        for each in result.pieces:
            if each.state == "FIX" or not each.answer:
                continue
            unit = etree.SubElement(body, "tu", tuid=clean(f"{result.patent.id}/{each.piece.id}"))
            for lang, text in ((other(result.to), each.piece.text), (result.to, each.answer)):
                variant = etree.SubElement(unit, "tuv", {_LANG: _CODES[lang]})
                etree.SubElement(variant, "seg").text = clean(text)
    return _bytes(root)


def xliff_of(results: Iterable[Result]) -> bytes:
    """One file element for each patent; states and notes say what is to be looked at."""
    root = etree.Element(f"{{{_XLIFF}}}xliff", {"version": "1.2"}, nsmap={None: _XLIFF})  # type: ignore[dict-item]  # None is the default namespace
    for result in results:
        languages = {"source-language": _CODES[other(result.to)], "target-language": _CODES[result.to]}
        file = _sub(root, "file", original=clean(result.patent.id) or "patent", datatype="plaintext", **languages)
        body = _sub(file, "body")
        for each in result.pieces:
            _unit(body, each)
    return _bytes(root)


def _unit(body: Any, each: Rendered) -> None:
    unit = _sub(body, "trans-unit", id=each.piece.id)
    _sub(unit, "source").text = clean(each.piece.text)
    target = _sub(unit, "target", state=_STATES[each.state])
    target.text = clean(each.answer)
    for found in each.findings:
        if found.state in ("FIX", "REVIEW"):
            _sub(unit, "note").text = clean(f"{found.state} {found.check}: {found.en}")


def _sub(parent: Any, name: str, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{_XLIFF}}}{name}", attributes)


def _bytes(root: Any) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
