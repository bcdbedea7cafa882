"""The articles that answers of the primer rest on: do they hold on a day, and how they are named."""

from __future__ import annotations

from taibao_cli.knowledge.citation import Citation
from taibao_cli.knowledge.primer import Basis, Lang, article_name
from taibao_cli.knowledge.store.facts import laws


def holds(basis: Basis, day: str) -> bool:
    """Whether the table of facts has that version of the law in force on the ISO date, with such an article in it."""
    law = laws().get(basis.law_id)
    version = law.in_force(day) if law else None
    if version is None or version.date != basis.version:
        return False
    return not (basis.article_number.isdecimal() and 0 < version.articles < int(basis.article_number))


def citation(basis: Basis) -> Citation:
    """The citation of an article that holds, without its words."""
    return Citation(
        law=basis.law,
        law_en=basis.law_en,
        law_id=basis.law_id,
        article=basis.article,
        article_number=basis.article_number,
        paragraph=0,
        version=basis.version,
        effective=basis.effective,
        status="in force",
        checked="table",
    )


def cite(law_id: str, place: int | str, day: str) -> Citation:
    """A place of a law of the table of facts, in the version in force on an ISO date; without one in force then, in the
    first version that the table knows, and `status` says so."""
    law = laws()[law_id]
    version = law.in_force(day) or law.versions[0]
    return Citation(
        law=law.zh,
        law_en=law.en,
        law_id=law_id,
        article=article_name(place) if isinstance(place, int) else place,
        article_number=str(place),
        paragraph=0,
        version=version.date,
        effective=version.starts,
        status=law.status(version.date, day).state,
        checked="table",
    )


def basis_line(basis: tuple[Basis, ...], lang: Lang) -> str:
    """One line naming the articles, text by text, with version and date in force, and what to check; numbered when
    there are several."""
    by_law: dict[str, list[tuple[str, Basis]]] = {}
    for number, item in enumerate(basis, 1):
        mark = f"[{number}] " if len(basis) > 1 else ""
        by_law.setdefault(item.law_id, []).append((mark, item))
    if lang == "zh":
        return "依据：" + "；".join(_cite_zh(group) for group in by_law.values())
    return "Basis: " + "; ".join(_cite_en(group) for group in by_law.values())


def _cite_zh(group: list[tuple[str, Basis]]) -> str:
    first = group[0][1]
    articles = "、".join(f"{mark}{item.article}" for mark, item in group)
    note = f"，{first.note_zh}" if first.note_zh else ""
    return f"《{first.law}》{articles}（{first.version} {first.act_zh}，{first.effective} 施行{note}）"


def _cite_en(group: list[tuple[str, Basis]]) -> str:
    first = group[0][1]
    label = "Article" if first.article_number.isdecimal() else "Section"
    articles = ", ".join(f"{mark}{item.article_number}" for mark, item in group)
    note = f"; {first.note_en}" if first.note_en else ""
    named = f"{first.law_en}, {label}{'' if len(group) == 1 else 's'} {articles}"
    return f"{named} ({first.act_en} {first.version}, in force {first.effective}{note})"
