"""One patent document, as every reader gives it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, Literal

from taibao_cli.patents.claims.claimset import ClaimSet
from taibao_cli.patents.language import Lang, detect

SectionKind = Literal["field", "background", "summary", "drawings", "embodiments", "other"]
"""技术领域, 背景技术, 发明内容, 附图说明, 具体实施方式 (CN Implementing Rules art. 20); all else is other."""

Scheme = Literal["ipc", "cpc"]
Form = Literal[
    "cnipa", "st36", "st96", "us-grant", "us-application", "xml", "markdown", "text", "docx", "pdf", "table", "json"
]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`id` is unique to its place in the description: "0012", as printed, or counted where nothing is printed."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it.

    Attributes:
        kind: which of the parts of a description it is.
        heading: as written; empty for what precedes the first heading.
        heading_id: where the source numbers its headings like paragraphs, as Chinese publications do.
    """

    kind: SectionKind
    heading: str
    paragraphs: tuple[Paragraph, ...]
    heading_id: str = ""


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """The number of a publication, application or priority. `date` is ISO 8601. What is not given is empty, for some
    exports the number itself."""

    country: str
    number: str
    kind: str = ""
    date: str = ""

    def __str__(self) -> str:
        return f"{self.country}{self.number}{self.kind}"


@dataclass(frozen=True, slots=True)
class Code:
    """A classification symbol ("H04L 65/1016"), and the edition that its source states ("2006.01") or nothing."""

    scheme: Scheme
    symbol: str
    edition: str = ""


@dataclass(frozen=True, slots=True)
class Translation:
    """Title and abstract in a language that is not the document's own, as databases give them."""

    lang: Lang
    title: str = ""
    abstract: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document was read: the file, the place in it ("document 3", "line 12", "row 5"), and its format."""

    file: str
    form: Form
    place: str = ""

    def __str__(self) -> str:
        return f"{self.file}, {self.place}" if self.place else self.file


@dataclass(frozen=True)
class Patent:
    """A patent document. What it does not have is empty.

    Attributes:
        description: sections in the order of the text.
        counted: paragraph ids were counted here, because the source has none.
        name: the id that a database gives it.
        notes: what a reader should know of the reading, such as tracked changes; plain English, one sentence each.
    """

    title: str = ""
    abstract: str = ""
    claims: ClaimSet = field(default_factory=lambda: ClaimSet(()))
    description: tuple[Section, ...] = ()
    publication: DocumentNumber | None = None
    application: DocumentNumber | None = None
    priorities: tuple[DocumentNumber, ...] = ()
    codes: tuple[Code, ...] = ()
    lang: Lang = "en"
    name: str = ""
    origin: Origin | None = None
    counted: bool = False
    notes: tuple[str, ...] = ()
    translations: tuple[Translation, ...] = ()

    @property
    def id(self) -> str:
        """What it is best known by: its publication or application number, the id of its source, where it was read."""
        known = (str(number) for number in (self.publication, self.application) if number is not None)
        return next(filter(None, known), self.name or str(self.origin or ""))

    @property
    def empty(self) -> bool:
        """Whether it has no text at all."""
        return not (self.title or self.abstract or len(self.claims) or self.description)

    def paragraphs(self) -> Iterator[tuple[Section, Paragraph]]:
        """The paragraphs of the description, each with its section; headings are none."""
        return ((section, paragraph) for section in self.description for paragraph in section.paragraphs)

    def section(self, kind: SectionKind) -> tuple[Paragraph, ...]:
        """The paragraphs of all sections of a kind."""
        return tuple(paragraph for section, paragraph in self.paragraphs() if section.kind == kind)

    @cached_property
    def by_id(self) -> dict[str, Paragraph]:
        """Paragraphs by id; the first of those that share one."""
        found: dict[str, Paragraph] = {}
        for _, paragraph in self.paragraphs():
            found.setdefault(paragraph.id, paragraph)
        return found


_LANGS: Final[dict[str, Lang]] = {"zh": "zh", "chi": "zh", "zho": "zh", "cn": "zh", "en": "en", "eng": "en"}


def lang_of(name: str | None) -> Lang | None:
    """The language that a code of ISO 639 names, None for one that is neither Chinese nor English."""
    return _LANGS.get((name or "").strip().lower().partition("-")[0])


def with_lang(patent: Patent, named: str | None = None) -> Patent:
    """The patent with its language: as named by its source, else found from its text."""
    found = lang_of(named)
    if found is None:
        sample = [patent.title, patent.abstract, *(claim.text for claim in patent.claims.claims[:5])]
        sample += [paragraph.text for _, paragraph in _first(patent, 20)]
        found = detect("\n".join(sample))
    return replace(patent, lang=found)


def _first(patent: Patent, count: int) -> Iterator[tuple[Section, Paragraph]]:
    for _, pair in zip(range(count), patent.paragraphs(), strict=False):
        yield pair
