"""Errors in the language of the user."""

from __future__ import annotations

import re
from string import Formatter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taibao_cli.errors import InputError
from taibao_cli.messages.errors import CATALOGUES, in_words, read_catalogue

CATALOGUE = {english: chinese for name in CATALOGUES for english, chinese in read_catalogue(name).items()}
ODD = st.sampled_from(
    [
        "a b/电池 1.jsonl",
        "{0}",
        "{}",
        "}{",
        "'x'",
        "C:\\数据\\x.txt",
        "⁋",
        "-1,000",
        "(HTTP 404)",
        "《专利法》第二十二条",
    ]
)


def places(template: str) -> list[str]:
    return [place for _, place, _, _ in Formatter().parse(template) if place is not None]


def test_english_stays() -> None:
    assert in_words(InputError("a.txt: longer than 16 MB; split it"), "en") == "a.txt: longer than 16 MB; split it"


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("a.txt: longer than 16 MB; split it", "a.txt 超过 16 MB；请拆分"),
        ("a b.txt: No such file or directory", "a b.txt：没有这个文件或文件夹"),
        ("C:\\数据\\x.jsonl:3: not JSON: y", "C:\\数据\\x.jsonl，第 3 行：不是 JSON：y"),
        (
            "u: no; none; 1,000 of 2,000 bytes are kept, the same command goes on",
            "u: no; none；已保存 1,000 / 2,000 字节，用同一命令继续",
        ),
        ("line 2: not JSON: unexpected end of data at column 8", "第 2 行：第 8 列处不是 JSON：数据意外结束"),
        (
            "no task 'x'; known: a, b; unreadable: b.toml: kind: missing",
            "没有任务 'x'；现有：a, b；无法读取：b.toml：kind：缺少",
        ),
        ("C:\\数据.json: not JSON: y", "C:\\数据.json 不是 JSON：y"),
        ("no reason that is known", "no reason that is known"),
        ("x: y", "x: y"),
        ("", ""),
    ],
)
def test_chinese(english: str, chinese: str) -> None:
    assert in_words(english, "zh") == chinese


def test_an_error_quoted_in_another_is_translated_too() -> None:
    quoted = "a b.jsonl:3: task title needs text"
    assert in_words(quoted, "zh") == "a b.jsonl，第 3 行：任务 title 需要 text"


def test_the_template_with_the_most_literal_characters_wins() -> None:
    assert in_words("a: not JSON: x at line 2", "zh") == "a：第 2 行不是 JSON：x"


def test_the_chinese_has_every_place_of_the_english() -> None:
    own = read_catalogue("errors_zh.tsv")
    wrong = [each for each in own if sorted(set(places(own[each]))) != [str(at) for at in range(len(places(each)))]]
    assert not wrong


@pytest.mark.parametrize("name", CATALOGUES)
def test_an_entry_stands_once(name: str) -> None:
    lines = read_lines(name)
    assert all(line.count("\t") == 1 for line in lines)
    assert len({line.split("\t")[0] for line in lines}) == len(lines)


def read_lines(name: str) -> list[str]:
    from importlib.resources import files

    text = files("taibao_cli.messages").joinpath(name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_a_message_of_taibao_and_a_foreign_one_are_never_the_same() -> None:
    own, foreign = (read_catalogue(name) for name in CATALOGUES)
    assert not own.keys() & foreign.keys()


@settings(max_examples=5, deadline=None)
@given(st.lists(ODD, min_size=6, max_size=6))
def test_what_varies_comes_back_unchanged(odd: list[str]) -> None:
    for english, chinese in CATALOGUE.items():
        values = odd[: len(places(english))]
        between = [literal for literal, place, _, _ in Formatter().parse(english) if literal and place is not None]
        if "}:{" in english or not re.search("[a-z]", english):
            continue
        if not any(literal in value for literal in between for value in values):
            assert in_words(english.format(*values), "zh") == chinese.format(*values)
