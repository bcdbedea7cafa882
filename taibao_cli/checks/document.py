"""Checks of a document by itself: its claims, lengths, numerals, figures and classification."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from taibao_cli.checks import ipc
from taibao_cli.checks.base import Check, Finding, Outcome, Part, Place, Skipped, Words, finding
from taibao_cli.checks.lengths import RULES, check_length
from taibao_cli.patents.claims.claimset import ClaimSet, parse_claims
from taibao_cli.patents.claims.defects import REPAIRS, Defect, Office, defects
from taibao_cli.patents.document.description import read_description
from taibao_cli.patents.document.patent import Section
from taibao_cli.patents.figures import FigureReference, figure_set, figures, order
from taibao_cli.patents.language import Lang, detect, nfc
from taibao_cli.patents.numerals import Conflict, Numeral, conflicts, numerals


@dataclass(frozen=True)
class Document:
    """The parts that were given; empty ones are not there. `office` None is cn for Chinese, ep for English.

    Attributes:
        titles: what is shown beside IPC symbols, by symbol.
        dates: "filing", "publication", "priority" (the earliest) as written.
        numbers: the document's own application and publication number.
    """

    title: str = ""
    abstract: str = ""
    claims: ClaimSet = field(default_factory=lambda: ClaimSet(()))
    description: str = ""
    ipc: tuple[str, ...] = ()
    office: Office | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, str] = field(default_factory=dict)
    numbers: tuple[str, ...] = ()

    @cached_property
    def lang(self) -> Lang:
        return detect("\n".join(text for _, text in self.texts()))

    @cached_property
    def rules_of(self) -> Office:
        return self.office or ("cn" if self.lang == "zh" else "ep")

    @cached_property
    def defects(self) -> tuple[Defect, ...]:
        return defects(self.claims, self.office)

    @cached_property
    def numerals(self) -> Mapping[Place, tuple[Numeral, ...]]:
        return {place: numerals(text) for place, text in self.texts()}

    @cached_property
    def figures(self) -> tuple[FigureReference, ...]:
        return figures(self.description)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """Of the description."""
        return read_description(self.description).sections

    def texts(self) -> Iterator[tuple[Place, str]]:
        """Every part that has a text, claims one by one."""
        parts: tuple[tuple[Part, str], ...] = (("title", self.title), ("abstract", self.abstract))
        yield from ((Place(part), text) for part, text in parts if text)
        yield from ((Place("claim", claim.number), claim.text) for claim in self.claims)
        if self.description:
            yield Place("description"), self.description


_CLAIM: Final = re.compile(r"一[种类套项组]|(?:An?|The|One or more|Use|Method|Process|Apparatus|In an?)\b")
_HEADER: Final = 200
"""What stands before the first claim is a heading up to so many characters."""


def document_of(row: Mapping[str, Any], office: Office | None = None) -> Document:
    """The document of a row: `title`, `abstract`, `claims` (a list or one text), `description`, `ipc` (a list), `dates`
    (an object), `application` and `publication` (numbers).

    Raises:
        ValueError: a field is of another type; the message names it.
    """
    texts = {name: nfc(_text(row, name)) for name in ("title", "abstract", "description")}
    claims = row.get("claims") or ""
    if not isinstance(claims, str) and not _is_texts(claims):
        raise ValueError("claims must be a text or a list of texts")
    symbols = row.get("ipc") or []
    if not _is_texts(symbols):
        raise ValueError("ipc must be a list of symbols")
    dates = row.get("dates") or {}
    if not isinstance(dates, dict) or not _is_texts(list(dates.values())):
        raise ValueError("dates must be an object of texts")
    read = parse_claims(nfc(claims) if isinstance(claims, str) else [nfc(each) for each in claims])
    numbers = tuple(row[name] for name in ("application", "publication") if isinstance(row.get(name), str))
    return Document(
        title=texts["title"],
        abstract=texts["abstract"],
        description=texts["description"],
        claims=read,
        ipc=tuple(symbols),
        office=office,
        dates=dates,
        numbers=numbers,
    )


def document_of_text(text: str, office: Office | None = None) -> Document:
    """A text that holds claims, with what stands before them as description; any other text is a description."""
    clean = nfc(text)
    claims = parse_claims(clean)
    if not is_claim_set(claims):
        return Document(description=clean, office=office)
    return Document(claims=claims, description=claims.head if len(claims.head) > _HEADER else "", office=office)


def is_claim_set(claims: ClaimSet) -> bool:
    """Numbered texts that refer to one another, or that all begin as claims do."""
    if not any(claim.numbered for claim in claims):
        return False
    return any(claim.references for claim in claims) or all(_CLAIM.match(claim.text) for claim in claims)


def _text(row: Mapping[str, Any], name: str) -> str:
    text = row.get(name) or ""
    if not isinstance(text, str):
        raise ValueError(f"{name} must be a text")
    return text


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


_NO_CLAIMS: Final = Skipped("没有权利要求", "no claims")
_NO_DESCRIPTION: Final = Skipped("没有说明书", "no description")
_TWO_NAMES: Final = Words(
    "附图标记 {signs} 有不同的名称：{names}",
    "reference numeral {signs} has different names: {names}",
    "同一附图标记只用于同一部件",
    "let one numeral stand for one part",
)
_TWO_SIGNS: Final = Words(
    "“{names}”有不同的附图标记：{signs}",
    '"{names}" has different reference numerals: {signs}',
    "同一部件用同一附图标记，不同部件用不同名称",
    "give one part one numeral, and different parts different names",
)
_UNDESCRIBED: Final = Words(
    "附图标记 {signs} 未在说明书中出现",
    "reference numeral {signs} does not occur in the description",
    "核对附图标记，或在说明书中补入",
    "check the numeral, or put it into the description",
)
_FIGURE_GAP: Final = Words(
    "附图编号不连续：缺少图 {labels}",
    "figure numbers are not consecutive: FIG. {labels} missing",
    "核对附图编号",
    "check the numbers of the figures",
)


def _claim_defects(check: str, codes: Iterable[str]) -> Callable[[Document], Outcome]:
    """Defects of these codes, as findings of one check."""
    wanted = frozenset(codes)

    def run(document: Document) -> Outcome:
        if not document.claims.claims:
            return _NO_CLAIMS
        return [_of_defect(check, each, document) for each in document.defects if each.code in wanted]

    return run


def _of_defect(check: str, defect: Defect, document: Document) -> Finding:
    place, repair = Place("claim", defect.claim, defect.place), REPAIRS[defect.code]
    office = document.rules_of if check == "claim-multiple" else None
    return Finding(check, defect.severity, defect.zh, defect.en, place, office, repair["zh"], repair["en"])


def _length(check: str, part: Part) -> Callable[[Document], Outcome]:
    def run(document: Document) -> Outcome:
        text = document.title if part == "title" else document.abstract
        if not text:
            return Skipped("没有发明名称", "no title") if part == "title" else Skipped("没有摘要", "no abstract")
        if not any((rule.part, rule.office) == (part, document.rules_of) for rule in RULES):
            return Skipped("该局没有长度规定", "the office has no rule on its length")
        return check_length(check, part, text, document.rules_of)

    return run


def _numeral_names(document: Document) -> Outcome:
    if not any(document.numerals.values()):
        return Skipped("没有附图标记", "no reference numerals")
    return [_conflict(found, place) for place, own in _by_part(document).items() for found in conflicts(own)]


def _by_part(document: Document) -> dict[Place, list[Numeral]]:
    """Numerals of the claims together: a sign means one part in all of them."""
    parts: dict[Place, list[Numeral]] = {}
    for place, own in document.numerals.items():
        parts.setdefault(Place("claim") if place.part == "claim" else place, []).extend(own)
    return parts


def _conflict(found: Conflict, place: Place) -> Finding:
    words = _TWO_NAMES if found.kind == "one-sign-two-names" else _TWO_SIGNS
    if place.part != "claim":
        place = place.at(found.occurrences[1].start, found.occurrences[1].end)
    names, signs = ", ".join(found.names), ", ".join(found.signs)
    return finding("numeral-names", "REVIEW", words, place, names=names, signs=signs)


def _numerals_described(document: Document) -> Outcome:
    if not document.description:
        return _NO_DESCRIPTION
    signs = {_plain(sign) for sign in _signs(document.description)}
    found = []
    for place, own in document.numerals.items():
        lost = dict.fromkeys(each.sign for each in own if each.bracketed and _plain(each.sign) not in signs)
        if place.part != "description" and lost:
            found.append(finding("numerals-described", "REVIEW", _UNDESCRIBED, place, signs=", ".join(lost)))
    return found


_SIGN: Final = re.compile(r"\d{1,4}[A-Za-z]?")


def _plain(sign: str) -> str:
    return sign.lower().replace("'", "")


def _signs(text: str) -> Sequence[str]:
    """Every run of digits with its letter: whatever may be meant as a sign, and the members of ranges."""
    return [*_SIGN.findall(text), *re.findall(r"\d{1,4}", text), *(each.sign for each in numerals(text))]


def _figure_sequence(document: Document) -> Outcome:
    if not document.description:
        return _NO_DESCRIPTION
    labels = figure_set(document.figures)
    if not labels:
        return Skipped("没有提到附图", "no figures are mentioned")
    known = {order(label)[0] for label in labels}
    lost = [number for number in range(1, max(known)) if number not in known]
    if not lost:
        return []
    words = ", ".join(map(str, lost))
    return [finding("figure-sequence", "REVIEW", _FIGURE_GAP, Place("description"), labels=words)]


CHECKS: Final[tuple[Check[Document], ...]] = (
    Check(
        "claim-numbers",
        "权利要求用阿拉伯数字顺序编号",
        "claims have consecutive Arabic numbers",
        "FIX",
        _claim_defects("claim-numbers", ("number-missing", "number-repeated", "number-gap")),
        "CN Implementing Rules art. 22; 37 CFR 1.75(f); EPC R. 43(5)",
    ),
    Check(
        "claim-references",
        "引用的权利要求存在且在前",
        "claims refer to earlier claims that are there",
        "FIX",
        _claim_defects("claim-references", ("ref-self", "ref-later", "ref-missing")),
        "CN Implementing Rules art. 25(2); MPEP 608.01(n)",
    ),
    Check(
        "claim-multiple",
        "多项从属权利要求择一引用，且不以多项从属权利要求为基础",
        "multiple dependence is alternative and not on another multiple dependent claim",
        "FIX",
        _claim_defects("claim-multiple", ("multiple-on-multiple", "not-alternative")),
        "CN Implementing Rules art. 25(2); 37 CFR 1.75(c); PCT R. 6.4(a)",
        ("cn", "us", "pct"),
    ),
    Check(
        "claim-sentence",
        "每项权利要求是一句话，句号只在结尾",
        "each claim is one sentence with one full stop",
        "FIX",
        _claim_defects("claim-sentence", ("no-full-stop", "formula-lost", "several-sentences")),
        "CN Guidelines part I ch. 2 §7.4, part II ch. 2 §3.3; MPEP 608.01(m)",
    ),
    Check(
        "claim-subject",
        "从属权利要求的主题名称与所引用的一致",
        "the subject of a dependent claim is that of its parent",
        "REVIEW",
        _claim_defects("claim-subject", ("subject-differs",)),
        "CN Implementing Rules art. 25(1)",
    ),
    Check(
        "claim-transition",
        "“其特征在于”只出现一次",
        '"characterized in that" stands once',
        "REVIEW",
        _claim_defects("claim-transition", ("two-transitions",)),
        "CN Implementing Rules art. 24(1)",
    ),
    Check(
        "title-length",
        "发明名称的长度",
        "the title is not too long",
        "FIX",
        _length("title-length", "title"),
        "CN Guidelines part I ch. 1 §4.1.1; 37 CFR 1.72(a); PCT R. 4.3",
        ("cn", "us", "pct"),
    ),
    Check(
        "abstract-length",
        "摘要的长度",
        "the abstract is not too long",
        "FIX",
        _length("abstract-length", "abstract"),
        "CN Guidelines part I ch. 1 §4.5.1, part II ch. 2 §2.4; 37 CFR 1.72(b); EPC R. 47(3); PCT R. 8.1(b)",
        ("cn", "us", "ep", "pct"),
    ),
    Check(
        "numeral-names",
        "一个附图标记一个名称，一个名称一个附图标记",
        "one reference numeral has one name, one name one numeral",
        "REVIEW",
        _numeral_names,
        "CN Implementing Rules art. 21; CN Guidelines part II ch. 2 §2.3; 37 CFR 1.84(p)(4)",
    ),
    Check(
        "numerals-described",
        "权利要求和摘要中的附图标记见于说明书",
        "numerals of the claims and the abstract occur in the description",
        "REVIEW",
        _numerals_described,
        "CN Implementing Rules art. 21, 22; 37 CFR 1.84(p)(5)",
    ),
    Check(
        "figure-sequence",
        "附图编号连续",
        "figures are numbered without gaps",
        "REVIEW",
        _figure_sequence,
        "CN Implementing Rules art. 21; 37 CFR 1.84(u)(1)",
    ),
    Check(
        ipc.ID,
        "分类号在 2026.01 版中存在",
        "the IPC symbols exist in the scheme 2026.01",
        "FIX",
        lambda document: ipc.check_symbols(document.ipc),
        "IPC 2026.01",
    ),
    Check(
        ipc.TITLES,
        "分类号旁的类名与分类表一致",
        "titles shown beside IPC symbols are those of the scheme",
        "FIX",
        lambda document: ipc.check_titles(document.titles),
        "IPC 2026.01",
    ),
)
