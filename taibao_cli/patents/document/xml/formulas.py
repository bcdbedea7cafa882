r"""MathML -> one line of text between dollar signs, in the notation of LaTeX: `$x_{j}=W_{j-i} \cdot x_{i}$`."""

from __future__ import annotations

import html
import re
from typing import Final

from lxml import etree

from taibao_cli.patents.document.xml.names import name_of, words_of

_SCRIPTS: Final = {"msub": "_", "munder": "_", "msup": "^", "mover": "^"}
_BOTH: Final = {"msubsup", "munderover"}
_STRAY: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)([A-Za-z]{2,32});")


def formula(math: etree._Element) -> str:
    """The formula of a `math` element; empty when it holds none."""
    inner = " ".join(_linear(math).replace("$", "").split())
    return f"${inner}$" if inner else ""


def formula_of_text(markup: str) -> str:
    """The same for MathML that stands in a text, as CNIPA has it in CDATA; empty when it cannot be read."""
    known = _STRAY.sub(lambda match: html.unescape(match[0]), markup.strip())
    if "<!" in known:
        return ""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return formula(etree.fromstring(known.encode(), parser))
    except (etree.XMLSyntaxError, ValueError):
        return ""


def _linear(element: etree._Element) -> str:
    name = name_of(element)
    parts = [_linear(child) for child in element if name_of(child)]
    if not parts:
        return words_of(element)
    if name in _SCRIPTS and len(parts) == 2:
        return f"{parts[0]}{_SCRIPTS[name]}{{{parts[1]}}}"
    if name in _BOTH and len(parts) == 3:
        return f"{parts[0]}_{{{parts[1]}}}^{{{parts[2]}}}"
    if name == "mfrac" and len(parts) == 2:
        return f"\\frac{{{parts[0]}}}{{{parts[1]}}}"
    if name == "msqrt":
        return f"\\sqrt{{{''.join(parts)}}}"
    if name == "mroot" and len(parts) == 2:
        return f"\\sqrt[{parts[1]}]{{{parts[0]}}}"
    if name == "mfenced":
        marks = (element.get("separators") or ",")[:1]
        return element.get("open", "(") + marks.join(parts) + element.get("close", ")")
    if name == "mtr":
        return " & ".join(parts)
    if name == "mtable":
        return " \\\\ ".join(parts)
    return "".join(parts)
