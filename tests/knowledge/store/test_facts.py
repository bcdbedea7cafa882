from __future__ import annotations

import pytest

from taibao_cli.knowledge.primer import entries
from taibao_cli.knowledge.store.facts import NOT_KNOWN, State, known_on, law_named, laws, plain_name
from taibao_cli.knowledge.store.identity import identify
from taibao_cli.knowledge.store.statute import read_statute
from tests.knowledge.store.texts import GUIDELINES, MEMO, OLD_LAW, PATENT_LAW


@pytest.mark.parametrize(
    "name",
    [
        "专利法",
        "中华人民共和国专利法",
        "《中华人民共和国专利法》",
        "中华人民共和国专利法（2020年修正）",
        "Patent Law",
        "the PATENT law",
        "Patent Law of the People's Republic of China",
    ],
)
def test_names_of_one_law(name: str) -> None:
    law = law_named(name)
    assert law is not None
    assert law.id == "patent-law"


def test_numbers_in_brackets_tell_laws_apart() -> None:
    first = law_named("最高人民法院关于审理侵犯专利权纠纷案件应用法律若干问题的解释")
    second = law_named("最高人民法院关于审理侵犯专利权纠纷案件应用法律若干问题的解释(二)")
    assert first is not None
    assert second is not None
    assert (first.id, second.id) == ("spc-patent-infringement-1", "spc-patent-infringement-2")
    assert law_named("刑法") is None
    assert plain_name("《某法》（节选：第一章）") == "某法"


@pytest.mark.parametrize(
    ("law", "version", "on", "state"),
    [
        ("patent-law", "2020-10-17", "2021-05-31", "not yet in force"),
        ("patent-law", "2020-10-17", "2021-06-01", "in force"),
        ("patent-law", "2008-12-27", "2021-05-31", "in force"),
        ("patent-law", "2008-12-27", "2021-06-01", "superseded"),
        ("patent-law", "1984-03-12", "2021-06-01", "status not known"),
        ("anti-unfair-competition-law", "2019-04-23", "2025-10-14", "in force"),
        ("anti-unfair-competition-law", "2019-04-23", "2025-10-15", "superseded"),
        ("plant-variety-regulations", "2014-07-29", "2025-06-01", "superseded"),
        ("spc-pre-trial-patent", "2001-06-07", "2019-01-01", "superseded"),
        ("spc-ip-crime-1", "2004-12-08", "2024-12-31", "in force"),
        ("spc-ip-crime-1", "2004-12-08", "2025-01-01", "probably superseded"),
    ],
)
def test_what_holds_on_a_day(law: str, version: str, on: str, state: State) -> None:
    assert laws()[law].status(version, on).state == state


def test_at_most_one_version_is_in_force_on_any_day() -> None:
    days = sorted(
        {version.starts for law in laws().values() for version in law.versions} | {"1990-01-01", "2030-01-01"}
    )
    for law in laws().values():
        for day in days:
            states = [law.status(version.date, day).state for version in law.versions]
            assert states.count("in force") <= 1, (law.id, day)


def test_the_primer_rests_on_the_same_versions() -> None:
    for basis in {basis for entry in entries() for basis in entry.basis}:
        law = laws()[basis.law_id]
        version = law.version(basis.version)
        assert version is not None, basis.law_id
        assert (law.zh, law.en, version.starts) == (basis.law, basis.law_en, basis.effective)
        assert version.articles == 0 or int(basis.article_number) <= version.articles
    assert known_on() == "2026-01"


def test_a_text_says_which_version_it_is() -> None:
    new, old = identify(read_statute(PATENT_LAW.replace("第四次修正", "第三次修正"))), identify(read_statute(OLD_LAW))
    assert (new.law_id, new.version, new.evidence) == ("patent-law", "2020-10-17", "none")
    assert (old.law_id, old.version, old.evidence) == ("patent-law", "2008-12-27", "dates")
    assert identify(read_statute(GUIDELINES)).version == ""
    assert identify(read_statute(GUIDELINES), version="2025-11-10").evidence == "given"
    assert identify(read_statute(GUIDELINES)).status("2026-06-01") == NOT_KNOWN


def articles(count: int) -> str:
    return "\n\n".join(f"第{number}条 甲。" for number in range(1, count + 1))


def test_dates_later_than_any_known_version_are_another_version() -> None:
    text = f"# 商标法\n\n2019年4月23日 第四次修正\n\n2026年12月31日 修订\n\n{articles(73)}"
    found = identify(read_statute(text))
    assert (found.law_id, found.version, found.evidence) == ("trademark-law", "2026-12-31", "none")
    assert found.status("2027-06-01") == NOT_KNOWN


def test_the_number_of_articles_decides_when_no_date_does() -> None:
    text = f"# 专利法实施细则\n\n2002年12月28日 第一次修订\n\n{articles(123)}"
    found = identify(read_statute(text))
    assert (found.version, found.evidence, found.last) == ("2010-01-09", "articles", "2002-12-28")
    assert found.status("2026-01-01").state == "superseded"
    assert identify(read_statute(text.replace("第123条", "前条"))).evidence == "none"


def test_texts_of_no_known_law() -> None:
    found = identify(read_statute(MEMO))
    assert (found.law, found.law_id, found.version) == (None, "title:firmmemorandum", "")
    assert found.status("2026-01-01") == NOT_KNOWN
    named = identify(read_statute(MEMO), name="Patent Law", version="2020-10-17")
    assert (named.law_id, named.status("2026-01-01").state) == ("patent-law", "in force")
