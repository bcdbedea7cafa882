"""Plain text and Markdown -> a patent: parts by their headings, claims by their numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from taibao_cli.patents.claims.claimset import parse_claims
from taibao_cli.patents.document.description import read_description
from taibao_cli.patents.document.headings import is_flat_heading, kind_of
from taibao_cli.patents.document.patent import Origin, Patent, with_lang
from taibao_cli.patents.language import nfc

Part = Literal["title", "abstract", "claims", "description"]

_PARTS: Final[tuple[tuple[Part, str], ...]] = (
    ("abstract", r"(?:说明书|发明|专利|实用新型)?摘\s*要|abstract(?: of (?:the )?(?:disclosure|invention))?"),
    (
        "claims",
        r"权\s*利\s*要\s*求\s*(?:书)?|(?:the )?(?:patent )?claims?"
        r"|(?:what|i|we|the invention)\b[^\n.;]{0,40}\bclaim(?:s|ed)?\b[^\n.;\d]{0,12}",
    ),
    ("title", r"(?:发明|实用新型|专利)?名\s*称|标\s*题|(?:invention )?title(?: of (?:the )?invention)?"),
    ("description", r"说\s*明\s*书(?:正文)?|(?:the )?(?:description|specification)"),
)
_HEADING: Final = tuple(
    (part, re.compile(rf"[\s#*【\[]*(?:{words})[\s*】\]]*[:：]?[\s*]*", re.IGNORECASE)) for part, words in _PARTS
)
_LABEL: Final = tuple(
    (part, re.compile(rf"[\s#*【\[]*(?:{words})[\s*】\]]*[:：][\s*]*(?=\S)", re.IGNORECASE)) for part, words in _PARTS
)
"""A heading with its text in the same line: 发明名称：一种泵."""

_KEYWORDS: Final = re.compile(r"[\s#*【\[]*(?:key\s?words?|关键词)[\s*】\]]*[:：]", re.IGNORECASE)
"""A line of a front page that is of none of the parts."""

_FIRST_CLAIM: Final = re.compile(r"\s*(?:权利要求\s*1|claim\s*1|1)\s*[.．、:：】\]]", re.IGNORECASE)
_LONGEST_TITLE: Final = 500
"""Characters; the limit of the USPTO (37 CFR 1.72(a))."""


@dataclass(slots=True)
class _Found:
    lines: dict[Part, list[str]] = field(default_factory=dict)
    front: list[str] = field(default_factory=list)


def read_text(text: str, origin: Origin) -> Patent:
    """The parts of a text that begin with their headings (摘要, CLAIMS, "## Background" …).

    Without any heading a text of numbered claims is claims, any other a description. What stands before the first
    heading is the title when it is one line. Never raises.
    """
    clean = nfc(text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n"))
    found = _cut(clean)
    front = "\n".join(found.front).strip()
    title = " ".join("\n".join(found.lines.get("title", [])).split())
    description = "\n".join(found.lines.get("description", []))
    claims = "\n".join(found.lines.get("claims", []))
    if front and not title and _is_title(front, alone=not found.lines):
        title, front = front.lstrip("# ").strip(), ""
    if front and not claims and _FIRST_CLAIM.match(front):
        claims, front = front, ""
    built = read_description("\n".join(filter(None, [front, description])))
    patent = Patent(
        title=title,
        abstract=_paragraphs("\n".join(found.lines.get("abstract", []))),
        claims=parse_claims(claims),
        description=built.sections,
        origin=origin,
        counted=built.counted,
    )
    return with_lang(patent)


def is_part_heading(line: str) -> bool:
    """Whether a line alone begins a part: 权利要求书, ABSTRACT."""
    return any(heading.fullmatch(line) for _, heading in _HEADING)


def _is_title(front: str, *, alone: bool) -> bool:
    return not alone and "\n" not in front and len(front) <= _LONGEST_TITLE and not _FIRST_CLAIM.match(front)


def _paragraphs(text: str) -> str:
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())


def _cut(text: str) -> _Found:
    found = _Found()
    into = found.front
    part: Part | None = None
    for line, begun, rest in _marked(text):
        if part not in ("claims", "description") and _KEYWORDS.match(line):
            continue
        if begun is not None and (begun != part or not rest):
            part = begun
            into = found.lines.setdefault(part, [])
            line = rest
        elif part != "description" and begun is None and _begins_description(line, part):
            part = "description"
            into = found.lines.setdefault(part, [])
        elif part == "title" and line.strip() and any(each.strip() for each in into):
            part, into = None, found.front
        into.append(line)
    return found


def _marked(text: str) -> Iterator[tuple[str, Part | None, str]]:
    """Lines; of those that begin a part, which one and what follows in the line."""
    for line in text.split("\n"):
        for part, heading in _HEADING:
            if heading.fullmatch(line):
                yield line, part, ""
                break
        else:
            for part, label in _LABEL:
                if (match := label.match(line)) is not None and part != "description":
                    yield line, part, line[match.end() :]
                    break
            else:
                yield line, None, ""


def _begins_description(line: str, part: Part | None) -> bool:
    """A heading of a description, or a paragraph numbered [0001], ends the front page, the abstract and the claims."""
    clean = line.strip()
    if re.match(r"[\[【]0{2,4}1[\]】]", clean):
        return True
    marked = clean.startswith("#") and kind_of(clean) is not None
    return marked or (is_flat_heading(clean) and part != "title")
