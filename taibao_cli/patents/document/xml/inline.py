"""The text of an element with all that may stand inside a paragraph: formulas, tables, lists, pictures, scripts."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from taibao_cli.patents.document.xml.formulas import formula, formula_of_text
from taibao_cli.patents.document.xml.names import attribute, name_of, words_of

_BREAK: Final = "\x00"
"""A line end that is meant; XML cannot hold the character."""

_SOFT: Final = "\n"
_CJK: Final = "[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]"
_FOLDED: Final = re.compile(
    rf"(?<={_CJK}|[“‘])[^\S\n\x00]*\n\s*(?={_CJK}|[”’\dA-Za-z(\[])"
    rf"|(?<=[\dA-Za-z)\]])[^\S\n\x00]*\n\s*(?={_CJK}|[”’])"
)
"""A line end beside Chinese characters is no space."""

_APART: Final = re.compile(r"(?<=[\w)]) (?=[,;](?:\s|$))")
"""A space before a comma, left by the markup around the word before."""

_SUPERSCRIPT: Final = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
_SUPERABLE: Final = re.compile(r"[0-9+\-−=()n]{1,8}")
_LINES: Final = {
    "br",
    "li",
    "dt",
    "dd",
    "row",
    "tr",
    "claim-text",
    "p",
    "paragraphs",
    "table",
    "tables",
    "tr-row",
    "ptext",
}
_CELLS: Final = {"entry", "td", "th"}
_SKIPPED: Final = {"pb", "number", "abstract-figure", "cn-abst-figure", "figure", "del", "deleted-text", "bio-deposit"}
"""Page breaks, numbers that were read already, pictures beside the text, and what an amendment struck out."""

_PICTURES: Final = {"img", "image", "chemistry-image", "emi"}


def text_of(element: etree._Element, *, soft_breaks: bool = False) -> str:
    """The text, lines where the document has them.

    Superscripts that Unicode has become such characters ("m³", "10⁻⁶"), others "^(T)"; subscripts are written on
    ("H2O"). A formula in MathML is a line of LaTeX between dollar signs, a picture "[image: NAME]", a row of a table
    a line with " | " between its cells.

    Args:
        element: its own tail is not included.
        soft_breaks: `br` only ends a typeset line, as in Chinese applications, and is no line end of the text.
    """
    raw = "".join(_pieces(element, soft_breaks))
    folded = _FOLDED.sub("", raw)
    lines = (_APART.sub("", " ".join(line.split())) for line in folded.split(_BREAK))
    return "\n".join(line for line in lines if line)


def _pieces(element: etree._Element, soft: bool) -> Iterator[str]:
    name = name_of(element)
    if name == "math":
        yield formula(element)
        return
    if name == "math-text" and element.text and "<" in element.text:
        yield formula_of_text(element.text)
        return
    if name in _PICTURES:
        file = attribute(element, "file", "id") or "?"
        yield f"[image: {file}]"
        return
    if name in ("maths", "math-details", "chemistry") and _has_text_form(element):
        yield from _without_pictures(element, soft)
        return
    if element.text:
        yield element.text
    for child in element:
        yield from _child(child, soft)
        if child.tail:
            yield child.tail


def _child(child: etree._Element, soft: bool) -> Iterator[str]:
    name = name_of(child)
    if not name:
        if isinstance(child, etree._Entity):
            yield html.unescape(child.text)
    elif name in _SKIPPED:
        return
    elif name == "dependent-claim-reference":
        yield words_of(child)
    elif name == "br":
        yield _SOFT if soft else _BREAK
    elif name in ("sup", "sp"):
        yield _superscript("".join(_pieces(child, soft)))
    elif name in _CELLS:
        yield from _pieces(child, soft)
        if child.getnext() is not None:
            yield " | "
    elif name in _LINES:
        yield _BREAK
        yield from _pieces(child, soft)
        yield _BREAK
    else:
        yield from _pieces(child, soft)


def _superscript(text: str) -> str:
    inner = text.strip()
    if not inner:
        return ""
    return inner.translate(_SUPERSCRIPT) if _SUPERABLE.fullmatch(inner) else f"^({inner})"


def _has_text_form(element: etree._Element) -> bool:
    return any(name_of(each) in ("math", "math-text") for each in element.iter())


def _without_pictures(element: etree._Element, soft: bool) -> Iterator[str]:
    """A formula given both as MathML and as a picture: the MathML."""
    for each in element.iter():
        if name_of(each) in ("math", "math-text"):
            yield from _pieces(each, soft)
