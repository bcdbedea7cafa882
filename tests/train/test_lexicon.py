"""Inducing a lexicon, writing it, and looking terms up in it."""

from __future__ import annotations

from pathlib import Path

import pytest

import train.lexicon as lexicon_module
from taibao_cli.errors import ModelError
from taibao_cli.patents.lexicon import Lexicon, Match, offered
from train.lexicon import Entry, Pair, induce, well_formed, with_seed, write_lexicon

NOUNS = [("电机", "motor"), ("齿轮", "gear"), ("弹簧", "spring"), ("阀门", "valve"), ("水泵", "pump")]


def _pairs() -> list[Pair]:
    """Every ordered pair of nouns in a fixed frame; only the statistics tell which word is which."""
    return [Pair(f"{a}和{b}连接", f"{x} and {y} connected") for a, x in NOUNS for b, y in NOUNS if a != b]


@pytest.fixture
def lexicon(tmp_path: Path) -> Lexicon:
    entries = [
        Entry("锂电池", "lithium battery", 0.9, 0.9),
        Entry("电池", "battery", 0.8, 0.9),
        Entry("电池", "cell", 0.3, 0.5),
        Entry("电极", "electrode", 0.9, 0.9),
        Entry("的", "of", 0.9, 0.9),
    ]
    write_lexicon(entries, tmp_path / "lexicon.tsv.xz")
    return Lexicon.load(tmp_path / "lexicon.tsv.xz")


def test_alignment_finds_which_word_means_which() -> None:
    entries = {(entry.zh, entry.en) for entry in induce(_pairs())}
    assert set(NOUNS) <= entries
    assert not entries & {(zh, en) for zh, _ in NOUNS for _, en in NOUNS if (zh, en) not in NOUNS}


@pytest.mark.parametrize(
    ("zh", "en", "expected"),
    [
        ("材料", "of materials", False),
        ("的装置", "device", False),
        ("装置", "device", True),
        ("一种", "a", True),
        ("管理系统", "management", False),
        ("管理系统", "management system", True),
        ("蓄电池", "accumulators", True),
    ],
)
def test_phrases_with_loose_ends_are_dropped(zh: str, en: str, expected: bool) -> None:
    assert well_formed(zh, en) is expected


def test_written_terms_win_over_induced_ones(tmp_path: Path) -> None:
    seed = tmp_path / "terms.tsv"
    seed.write_text("# comment\n正极\tpositive electrode\n", encoding="utf-8")
    merged = with_seed([Entry("正极", "spur", 0.9, 0.9), Entry("负极", "cathode", 0.5, 0.5)], seed)
    assert merged[0] == Entry("正极", "positive electrode", 0.99, 0.99)
    assert Entry("正极", "spur", 0.09, 0.9) in merged
    assert Entry("负极", "cathode", 0.5, 0.5) in merged


def test_of_written_terms_the_first_is_best_and_some_are_for_one_language(tmp_path: Path) -> None:
    seed = tmp_path / "terms.tsv"
    seed.write_text("和\tand\n以及\tand\n有\thas\ten\n具有\thas\n旋转\trotary\tzh\n旋转\trotating\n", encoding="utf-8")
    path = tmp_path / "lexicon.tsv.xz"
    write_lexicon(with_seed([Entry("旋转", "spin", 0.9, 0.9)], seed), path)
    made = Lexicon.load(path)
    best = {text: made.match(text, "en")[0].renderings[0] for text in ("and", "has", "rotary", "rotating", "spin")}
    assert best == {"and": "和", "has": "具有", "rotary": "旋转", "rotating": "旋转", "spin": "旋转"}
    assert [made.match(text, "zh")[0].renderings for text in ("以及", "有", "旋转")] == [
        ("and",),
        ("has",),
        ("rotating",),
    ]


def test_terms_of_patent_practice_stand_once() -> None:
    lines = (Path(lexicon_module.__file__).parent / "data" / "terms.tsv").read_text("utf-8").splitlines()
    terms = [line.split("\t") for line in lines if not line.startswith("#")]
    assert all(len(term) == 2 or (len(term) == 3 and term[2] in ("zh", "en")) for term in terms)
    assert len({tuple(term[:2]) for term in terms}) == len(terms)


def test_terms_come_in_the_order_of_the_text_each_once(lexicon: Lexicon) -> None:
    assert offered(lexicon.match("电极、锂电池的电极和电池", "zh")) == "electrode | lithium battery | of | battery/cell"


def test_of_as_many_chinese_terms_the_longer_stands_first() -> None:
    known = Lexicon({"壳": ("shell",), "壳体": ("housing",), "体内": ("in the body",), "内": ("in",)}, {})
    assert [piece.source for piece in known.match("壳体内", "zh")] == ["壳体", "内"]


def test_english_terms_match_the_longest_words_in_any_case(lexicon: Lexicon) -> None:
    assert offered(lexicon.match("Electrode of a Lithium Battery", "en")) == "电极 | 的 | 锂电池"


def test_a_glossary_wins_over_the_lexicon(lexicon: Lexicon) -> None:
    assert offered(lexicon.match("锂电池的电极", "zh", {"锂电池": "Li cell"})) == "Li cell | of | electrode"
    assert offered(lexicon.match("the lithium battery", "en", {"Lithium Battery": "锂离子电芯"})) == "锂离子电芯"


def test_a_damaged_lexicon_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.tsv.xz"
    path.write_bytes(b"not xz")
    with pytest.raises(ModelError, match="not a readable lexicon"):
        Lexicon.load(path)


def test_hyphens_and_what_has_no_rendering(tmp_path: Path) -> None:
    path, seed = tmp_path / "lexicon.tsv.xz", tmp_path / "terms.tsv"
    seed.write_text("高速\thigh-speed\n了\t\ten\n大大\tgreatly\tzh\n", encoding="utf-8")
    write_lexicon(with_seed([Entry("高速", "high - speed", 0.9, 0.9)], seed), path)
    made = Lexicon.load(path)
    assert made.match("高速了", "zh") == [Match("高速", ("high-speed",)), Match("了", ("",))]
    assert offered(made.match("高速了", "zh")) == "high-speed"
    assert made.match("High-speed", "en") == [Match("high - speed", ("高速",))]
    assert made.match("大大", "zh") == [Match("大大", ())]
    assert "" not in made.known("en")
