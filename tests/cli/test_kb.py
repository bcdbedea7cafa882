from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.shell import Done, process, taibao
from tests.knowledge.store.texts import GUIDELINES, MEMO, OLD_LAW, PATENT_LAW


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with the law of 2020, that of 2008 and the guidelines in its store."""
    (tmp_path / "new.md").write_text(PATENT_LAW, encoding="utf-8")
    (tmp_path / "old.txt").write_text(OLD_LAW, encoding="utf-8")
    (tmp_path / "g.md").write_text(GUIDELINES, encoding="utf-8")
    assert taibao("kb", "add", "--version", "2020-10-17", "new.md", home=tmp_path).returncode == 0
    assert taibao("kb", "add", "old.txt", "g.md", home=tmp_path).returncode == 0
    return tmp_path


def out(done: Done) -> str:
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def rows(done: Done) -> list[dict[str, object]]:
    return [json.loads(line) for line in out(done).splitlines()]


def test_adding_says_what_a_text_is(tmp_path: Path) -> None:
    (tmp_path / "law").mkdir()
    (tmp_path / "law" / "old.txt").write_text(OLD_LAW, encoding="gb18030")
    (tmp_path / "law" / "README.md").write_text("about", encoding="utf-8")
    (tmp_path / "law" / ".hidden.md").write_text(MEMO, encoding="utf-8")
    done = taibao("kb", "add", "law", home=tmp_path)
    assert out(done) == "added: Patent Law, version 2008-12-27, superseded since 2021-06-01, 2 articles (old.txt)\n"
    assert done.stderr.decode().splitlines() == [
        "taibao: law/old.txt: read as GB18030; if that is wrong, give --encoding",
        "taibao: left out of the folder: README.md: no known format, or only about the folder",
        "taibao: Patent Law: version 2020-10-17 is in force since 2021-06-01; its text is not in the store",
    ]
    assert out(taibao("kb", "add", "law/old.txt", home=tmp_path)).startswith("unchanged: ")
    (tmp_path / "law" / "old.txt").write_text(OLD_LAW.replace("十年", "十五年"), encoding="utf-8")
    changed = taibao("--lang", "zh", "kb", "add", "law/old.txt", home=tmp_path)
    assert out(changed).startswith(
        "已替换（1 段不同）: 专利法，2008-12-27 版本，2009-10-01 施行，2021-06-01 起已被取代"
    )


def test_the_list(home: Path) -> None:
    assert out(taibao("kb", "list", "--on", "2015-06-01", home=home)).splitlines() == [
        "Guidelines for Patent Examination, version not stated, status not known, 0 articles (g.md)",
        "Patent Law, version 2008-12-27, in force since 2009-10-01, 2 articles (old.txt)",
        "Patent Law, version 2020-10-17, not in force before 2021-06-01, 5 articles (new.md)",
    ]
    states = [row["status"] for row in rows(taibao("kb", "list", "--json", "--on", "2026-01-01", home=home))]
    assert states == ["status not known", "superseded", "in force"]


def test_showing_a_place(home: Path) -> None:
    done = taibao("kb", "show", "专利法2.1.1", home=home)
    assert (out(done), done.stderr) == (
        "Patent Law, Article 2(1)(1) (version 2020-10-17, in force since 2021-06-01)\n"
        "第一章 总则\n\n（一）科学发现；\n",
        b"",
    )
    old = taibao("--lang", "zh", "kb", "show", "专利法", "第二条", "--on", "2015-06-01", home=home)
    assert out(old) == (
        "《专利法》第二条（2008-12-27 版本，2009-10-01 施行，现行有效）\n\n第二条 外观设计专利权的期限为十年。\n"
    )
    (row,) = rows(taibao("kb", "show", "Article 4 of the Patent Law", "--json", home=home))
    assert row["text"] == "第四条 外观设计专利权的期限为十五年。"
    assert (row["law_id"], row["version"], row["version_by"], row["article"]) == (
        "patent-law",
        "2020-10-17",
        "given",
        4,
    )
    assert (row["source"], row["status"], row["headings"]) == ("new.md", "in force", "第二章 期限")


def test_sections_and_outlines(home: Path) -> None:
    done = taibao("kb", "show", "审查指南", "第一部分第一章2.1", home=home)
    assert out(done).endswith("› 2 审查原则 › 2.1 保密\n\n保密原则的内容。\n")
    assert "which version it is; the one in force since 2026-01-01 is 2025-11-10" in done.stderr.decode()
    assert out(taibao("kb", "show", "专利法", home=home)).splitlines()[1:] == ["第一章 总则", "第二章 期限"]
    (row,) = rows(taibao("kb", "show", "指南", "--json", home=home))
    assert [heading["path"] for heading in row["headings"]][-1] == "第一部分第二章1"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["专利法", "99"], "Patent Law (version 2020-10-17) has no Article 99"),
        (["专利法", "2.7"], "Patent Law (version 2020-10-17) has no Article 2(7)"),
        (["专利法", "宽限期"], "Patent Law (version 2020-10-17) has no 宽限期"),
        (["刑法", "1"], "no law is named by 刑法 1; taibao kb list shows what is stored"),
        (["商标法", "1"], "Trademark Law: no text of it is in the store"),
        (["专利法", "1", "--version", "1984-03-12"],
         "Patent Law: version 1984-03-12 is not stored; stored: version 2008-12-27, version 2020-10-17"),
        (["专利法", "1", "--on", "1990-01-01"], "Patent Law: no text in force on 1990-01-01 is stored; "
         "stored: version 2008-12-27, version 2020-10-17; read one with --on or --version"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown(home: Path, words: list[str], message: str) -> None:
    done = taibao("kb", "show", *words, home=home)
    assert (done.returncode, done.stdout, done.stderr.decode()) == (1, b"", f"taibao: {message}\n")


def test_searching(home: Path) -> None:
    done = taibao("kb", "search", "外观设计的期限", "-k", "1", home=home)
    assert out(done).splitlines() == [
        "Patent Law, Article 4 (version 2020-10-17, in force since 2021-06-01)",
        "外观设计专利权的期限为十五年。",
    ]
    assert "looked at 3 of 8 passages that apply on" in done.stderr.decode()
    assert done.stderr.decode().endswith("texts that do not apply: 1\n")
    (row,) = rows(taibao("kb", "search", "专利法第四条", "--json", home=home))
    assert (row["exact"], row["text"]) == (True, "外观设计专利权的期限为十五年。")
    nothing = taibao("kb", "search", "量子", home=home)
    assert (nothing.returncode, nothing.stdout) == (0, b"")
    assert nothing.stderr.decode().startswith("taibao: nothing was found\n")


def test_removing_and_exporting(home: Path) -> None:
    done = taibao("kb", "rm", "专利法", home=home)
    assert (done.returncode, done.stderr.decode().split(";")[0]) == (
        2, "taibao: several texts of 专利法 are stored: version 2008-12-27 (old.txt), version 2020-10-17 (new.md)",
    )  # fmt: skip
    assert process("kb", "export", "专利法", "--version", "2020-10-17", home=home).stdout.decode() == PATENT_LAW
    assert out(taibao("kb", "export", "审查指南", "-o", "copy.md", home=home)) == ""
    assert (home / "copy.md").read_text(encoding="utf-8") == GUIDELINES
    assert taibao("kb", "export", "审查指南", "-o", "copy.md", home=home).returncode == 1
    removed = taibao("kb", "rm", "专利法", "--version", "2008-12-27", home=home)
    assert out(removed) == "removed: Patent Law, version 2008-12-27 (old.txt)\n"
    assert len(out(taibao("kb", "list", home=home)).splitlines()) == 2


def test_checking(home: Path) -> None:
    done = taibao("kb", "check", "--on", "2026-06-01", home=home)
    assert out(done) == "REVIEW 专利审查指南  (g.md): status not known\n"
    assert done.stderr == b"taibao: the store is whole: 3 texts, 12 passages\n"


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (
            ["add", "https://example.org/law.md"],
            2,
            "https://example.org/law.md is an address; taibao downloads nothing",
        ),
        (["add", "missing.md"], 4, "missing.md: no such file or folder"),
        (["add", "zero.md"], 4, "zero.md: not a text; convert it to Markdown or plain text first"),
        (["add", "empty.md"], 4, "empty.md: no text"),
        (["add", "folder"], 4, "folder: no text of a known format there"),
        (["add", "--version", "2020", "zero.md", "empty.md"], 2, "--law and --version are for one file; there are 2"),
        (["add", "--version", "today", "empty.md"], 2, "--version today: expected a date like 2020-10-17"),
        (["list", "--on", "tomorrow"], 2, "tomorrow is no date like 2015-06-01"),
        (["list"], 1, "the statute store is empty; add texts with: taibao kb add FILE"),
    ],
)
def test_clear_errors(tmp_path: Path, args: list[str], code: int, message: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "zero.md").write_bytes(b"a\x00b")
    (tmp_path / "empty.md").write_bytes(b" \n")
    done = taibao("kb", *args, home=tmp_path)
    assert (done.returncode, done.stdout) == (code, b"")
    assert message in done.stderr.decode()


def test_nothing_of_a_text_drives_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "evil.md").write_text("# Evil \x1b[31m law\n\n第一条 甲\x1b]0;x\x07乙。\n", encoding="utf-8")
    assert b"\x1b" not in taibao("kb", "add", "evil.md", home=tmp_path).stdout
    for args in (
        ["list"],
        ["list", "--json"],
        ["show", "evil", "1"],
        ["show", "evil", "1", "--json"],
        ["search", "甲"],
    ):
        done = taibao("kb", *args, home=tmp_path)
        assert done.returncode == 0, done.stderr
        assert b"\x1b" not in done.stdout + done.stderr


def test_ask_quotes_the_store_when_the_primer_has_no_answer(home: Path) -> None:
    question = "棋谱如何？"
    answered = taibao("ask", question, home=home)
    assert out(answered).splitlines()[:2] == [
        "GROUNDED",
        "《专利法》第二条第一款（2020-10-17 版本，2021-06-01 施行，现行有效）",
    ]
    (row,) = rows(taibao("ask", question, "--json", home=home))
    assert row["output"]["citations"][0]["quote"].startswith("对下列各项")  # type: ignore[index]
    primer = out(taibao("ask", "外观设计专利权的期限是多久？", home=home))
    assert "依据：《专利法》第四十二条" in primer
    assert primer.endswith("\n以上为信息，不构成法律意见。\n")
    old = out(taibao("ask", "外观设计专利权的期限是多久？", "--on", "2015-06-01", home=home))
    assert "外观设计专利权的期限为十年。" in old
    assert out(taibao("judge", "外观设计专利权的期限为十五年", "--on", "2015-06-01", home=home)).splitlines()[:2] == [
        "GROUNDED",
        "错误",
    ]
    assert out(taibao("ask", "今天天气怎么样", home=home)).startswith("NO MATCH\n")


def test_ask_without_a_store_makes_none(tmp_path: Path) -> None:
    assert out(taibao("ask", "棋谱如何？", home=tmp_path)).startswith("NO MATCH\n")
    assert list(tmp_path.iterdir()) == []


def test_ask_says_when_the_store_cannot_be_read(home: Path) -> None:
    (file,) = home.rglob("law.sqlite")
    file.write_bytes(b"damaged" * 1000)
    assert out(taibao("ask", "棋谱如何？", home=home)).startswith("UNAVAILABLE\n法规库无法读取：")


def test_ask_a_patent(tmp_path: Path) -> None:
    (tmp_path / "p.md").write_text(
        "# 一种水泵\n\n## 具体实施方式\n\n[0001] 密封圈采用氟橡胶。\n\n[0002] 泵壳由钢制成。\n", encoding="utf-8"
    )
    done = taibao("ask", "--doc", "p.md", "密封圈采用什么橡胶", home=tmp_path)
    assert out(done).splitlines() == [
        "GROUNDED",
        "p.md [0001]（具体实施方式）",
        "密封圈采用氟橡胶。",
        "以上为信息，不构成法律意见。",
    ]
    assert done.stderr.decode() == "taibao: looked at 3 passages of the document\n"
    (row,) = rows(taibao("ask", "--doc", "p.md", "Is it made of steel?", "--json", home=tmp_path))
    assert row["state"] == "GROUNDED"
    assert row["citations"] == [
        {"document": "p.md", "place": "[0002]", "section": "embodiments", "quote": "泵壳由钢制成。"}
    ]
    assert out(taibao("ask", "--doc", "p.md", "今天天气怎么样", home=tmp_path)).startswith("NO MATCH\n文件中没有")
    missing = taibao("ask", "--doc", "none.xml", "密封圈", home=tmp_path)
    assert (missing.returncode, missing.stdout) == (4, b"")


def test_show_follows_references(tmp_path: Path) -> None:
    law = "# 中华人民共和国专利法\n\n第一条 依照本法第二条办理。\n第二条 期限为十年。\n"
    (tmp_path / "p.md").write_text(law, encoding="utf-8")
    assert taibao("kb", "add", "p.md", "--version", "2020-10-17", home=tmp_path).returncode == 0
    assert out(taibao("kb", "show", "专利法", "1", "--on", "2026-01-01", home=tmp_path)).splitlines()[-2:] == [
        "Referred to there:",
        "Patent Law, Article 2 (version 2020-10-17): “期限为十年。”",
    ]
