"""Formal defects of a claim set: what an office would object to, by rules alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from taibao_cli.patents.claims.claimset import Claim, ClaimSet
from taibao_cli.patents.claims.references import unquoted
from taibao_cli.patents.claims.subject import agree
from taibao_cli.patents.language import Lang

Office = Literal["cn", "us", "ep", "pct"]
Severity = Literal["FIX", "REVIEW"]
OFFICES: Final[tuple[Office, ...]] = ("cn", "us", "ep", "pct")

MESSAGES: Final[dict[str, dict[Lang, str]]] = {
    "number-missing": {"zh": "没有编号", "en": "has no number"},
    "number-repeated": {"zh": "编号重复", "en": "number is used twice"},
    "number-gap": {"zh": "编号不连续：此处应为 {expected}", "en": "numbering is not consecutive: expected {expected}"},
    "ref-self": {"zh": "引用了自身", "en": "refers to itself"},
    "ref-later": {"zh": "引用了在后的权利要求 {numbers}", "en": "refers to later claim {numbers}"},
    "ref-missing": {"zh": "引用的权利要求 {numbers} 不存在", "en": "refers to claim {numbers}, which is not there"},
    "multiple-on-multiple": {
        "zh": "多项从属权利要求以多项从属权利要求 {numbers} 为基础",
        "en": "multiple dependent claim depends on multiple dependent claim {numbers}",
    },
    "not-alternative": {
        "zh": "引用多项权利要求时未以择一方式引用",
        "en": "refers to several claims, but not in the alternative",
    },
    "no-full-stop": {"zh": "结尾没有句号", "en": "does not end with a full stop"},
    "formula-lost": {
        "zh": "结尾没有句号，像是丢失了公式或图片",
        "en": "ends without a full stop where a formula or a picture may be lost",
    },
    "several-sentences": {"zh": "不止一句话，句号只能在结尾", "en": "has more than one sentence"},
    "subject-differs": {
        "zh": "主题名称“{title}”与所引用的权利要求不一致",
        "en": 'its subject "{title}" differs from that of the claim it depends on',
    },
    "two-transitions": {"zh": "出现两次“其特征在于”", "en": '"characterized in that" stands twice'},
}
"""Code -> message. Sources are in docs/claims.md."""

REPAIRS: Final[dict[str, dict[Lang, str]]] = {
    "number-missing": {"zh": "补上编号", "en": "number the claim"},
    "number-repeated": {"zh": "重新编号", "en": "number the claims anew"},
    "number-gap": {
        "zh": "按顺序重新编号，并相应修改引用",
        "en": "number the claims anew, and their references with them",
    },
    "ref-self": {"zh": "改为引用在前的权利要求", "en": "refer to an earlier claim"},
    "ref-later": {"zh": "改为引用在前的权利要求，或调整次序", "en": "refer to an earlier claim, or change the order"},
    "ref-missing": {"zh": "核对所引用的编号", "en": "check the number that is referred to"},
    "multiple-on-multiple": {
        "zh": "改为引用非多项从属的权利要求，或拆成几项",
        "en": "let it depend on claims that are not multiple dependent, or split it",
    },
    "not-alternative": {"zh": "改用“或”“任一项”择一引用", "en": 'refer in the alternative: "or", "any one of"'},
    "no-full-stop": {"zh": "结尾加句号", "en": "end the claim with a full stop"},
    "formula-lost": {
        "zh": "核对结尾是否缺公式或图片",
        "en": "look whether a formula or a picture is missing at the end",
    },
    "several-sentences": {"zh": "并成一句，或另立一项权利要求", "en": "make it one sentence, or a claim of its own"},
    "subject-differs": {"zh": "改用所引用权利要求的主题名称", "en": "use the subject of the claim it depends on"},
    "two-transitions": {"zh": "只保留一处“其特征在于”", "en": 'keep one "characterized in that"'},
}
"""Code -> what to do about it."""

_ZH_STOP = re.compile(r"[。．.][”’\"'）)\]]*$")
_EN_STOP = re.compile(r"\.[”’\"')\]]*$")
_OPEN_END: Final[dict[Lang, re.Pattern[str]]] = {
    "zh": re.compile(r"(?:为|是|式|结构|所示|如下|包括|选自)$"),
    "en": re.compile(
        r"\b(?:is|are|of|by|from|has|includes?|comprises?|comprising|including|structures?|formulae?|formulas?|following|sequence)$",
        re.IGNORECASE,
    ),
}
"""What a claim ends with whose last words were drawn."""

_PICTURE_END = re.compile(r"\[image(?:: [^\[\]]*)?\]\s*$")
_ZH_INNER = re.compile(r"。(?=\s*[一-鿿])")
_EN_INNER = re.compile(
    r"(?<=[a-z)\]])\.\s+(?=(?:The|An?|Said|Wherein|This|These|It|In|When|If|And|Where|Each|There|Such)\s)"
)
_EN_SHORT = re.compile(
    r"(?:^|[\s(])(?:figs?|nos?|e\.g|i\.e|etc|vs|approx|cf|dr|inc|ltd|co|corp|st|resp|eq|eqs|ref|refs|max|min|sp|spp|var|ca|al"
    r"|wt|vol|ex|sec|par|ver|[a-z])$",
    re.IGNORECASE,
)
_MARKED: Final[dict[Lang, re.Pattern[str]]] = {
    "zh": re.compile(r"其特征(?:在于|是)"),
    "en": re.compile(r"\bcharacteri[sz]ed\s+in\s+that\b", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect: `place` is where it stands in the claim's text, (0, 0) for its number."""

    code: str
    claim: int
    place: tuple[int, int]
    severity: Severity
    zh: str
    en: str

    def message(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


def defects(claims: ClaimSet, office: Office | None = None) -> tuple[Defect, ...]:
    """Defects in the order of the claims; `office` None is cn for Chinese claims, ep for English ones.

    FIX is against a rule of the office, REVIEW needs a look. What cannot be told is not said.
    """
    known: dict[int, Claim] = {}
    for claim in claims:
        known.setdefault(claim.number, claim)
    above = _ancestors(known)
    found: list[Defect] = []
    before = 0
    some = any(claim.numbered for claim in claims)
    for claim in claims:
        found += _numbering(known, claim, before, some_numbered=some)
        found += _references(known, claim, lowest=claims.claims[0].number)
        found += _form(known, claim, above[claim.number], office)
        before = claim.number
        while before + 1 in claims.cancelled:
            before += 1
    return tuple(found)


def office_of(claim: Claim, office: Office | None) -> Office:
    return office or ("cn" if claim.lang == "zh" else "ep")


def _defect(code: str, claim: Claim, severity: Severity, place: tuple[int, int] = (0, 0), **words: object) -> Defect:
    zh, en = (MESSAGES[code][lang].format(**words) for lang in ("zh", "en"))
    return Defect(code, claim.number, place, severity, zh, en)


def _numbering(known: Mapping[int, Claim], claim: Claim, before: int, *, some_numbered: bool) -> Iterator[Defect]:
    if not claim.numbered and some_numbered:
        yield _defect("number-missing", claim, "FIX")
    elif known[claim.number] is not claim:
        yield _defect("number-repeated", claim, "FIX")
    elif claim.number != before + 1:
        yield _defect("number-gap", claim, "FIX" if before else "REVIEW", expected=before + 1)


def _references(known: Mapping[int, Claim], claim: Claim, lowest: int) -> Iterator[Defect]:
    for reference in claim.references:
        place = (reference.start, reference.end)
        if claim.number in reference.numbers:
            yield _defect("ref-self", claim, "FIX", place)
        later = [number for number in reference.numbers if number > claim.number and number in known]
        if later:
            yield _defect("ref-later", claim, "FIX", place, numbers=_listed(later))
        lost = [number for number in reference.numbers if number not in known]
        if lost:
            excerpt = lowest > 1 and all(0 < number < lowest for number in lost)
            yield _defect("ref-missing", claim, "REVIEW" if excerpt else "FIX", place, numbers=_listed(lost))


def _form(known: Mapping[int, Claim], claim: Claim, above: frozenset[int], office: Office | None) -> Iterator[Defect]:
    own = office_of(claim, office)
    basis = claim.basis
    if basis is not None:
        place = (basis.start, basis.end)
        multiple = _multiples_below(known, claim, above, own) if own != "ep" else []
        if multiple:
            yield _defect("multiple-on-multiple", claim, "FIX", place, numbers=_listed(multiple))
        if basis.mode in ("joint", "bare") and not (own == "ep" and basis.mode == "bare"):
            severity: Severity = "FIX" if basis.mode == "joint" and own != "ep" else "REVIEW"
            yield _defect("not-alternative", claim, severity, place)
        titles = tuple({known[number].title for number in above})
        if not agree(claim.title, titles, claim.lang):
            yield _defect("subject-differs", claim, "REVIEW", place, title=claim.title)
    yield from _sentence(claim, own)


def _sentence(claim: Claim, office: Office) -> Iterator[Defect]:
    seen, end = unquoted(claim.text), len(claim.text)
    severity: Severity = "FIX" if office == ("cn" if claim.lang == "zh" else "us") else "REVIEW"
    stop, inner = (_ZH_STOP, _ZH_INNER) if claim.lang == "zh" else (_EN_STOP, _EN_INNER)
    if not stop.search(claim.text) and not _ends_in_formula(claim):
        lost = _OPEN_END[claim.lang].search(claim.text) is not None
        yield _defect("formula-lost" if lost else "no-full-stop", claim, "REVIEW" if lost else severity, (end, end))
    for match in inner.finditer(seen):
        if claim.lang == "zh" or not _EN_SHORT.search(seen[max(0, match.start() - 12) : match.start()]):
            yield _defect("several-sentences", claim, severity, match.span())
            break
    marks = list(_MARKED[claim.lang].finditer(seen))
    if len(marks) > 1:
        yield _defect("two-transitions", claim, "REVIEW", marks[1].span())


def _ends_in_formula(claim: Claim) -> bool:
    """Whether the last line has no words: a formula, a table row; or a picture that is lost stood at the end."""
    last = claim.text.rpartition("\n")[2]
    if last.endswith((":", "：", "$", "\\)", "\\]")) or _PICTURE_END.search(last):
        return True
    words = r"[一-鿿]{2}" if claim.lang == "zh" else r"\b[a-z]{3,}\b"
    return last != claim.text and re.search(words, last) is None


def _multiples_below(known: Mapping[int, Claim], claim: Claim, above: frozenset[int], office: Office) -> list[int]:
    """Multiple dependent claims that a multiple dependent claim rests on: directly, in the US also indirectly."""
    if len(claim.refers) < 2:
        return []
    bases = above if office == "us" else above & set(claim.refers)
    return sorted(number for number in bases if len(known[number].refers) > 1)


def _ancestors(known: Mapping[int, Claim]) -> dict[int, frozenset[int]]:
    """For each claim the earlier ones that it depends on, directly or through others."""
    found: dict[int, frozenset[int]] = {}
    for number, claim in known.items():
        above: set[int] = set()
        for parent in sorted(claim.refers, reverse=True):
            if parent in found and parent not in above:
                above |= {parent, *found[parent]}
        found[number] = frozenset(above)
    return found


def _listed(numbers: list[int]) -> str:
    """Numbers with runs of three and more drawn together: "1-3, 7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)
