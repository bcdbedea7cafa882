"""Chinese clauses as English writes them: articles, "is", number, verbs before their objects."""

from __future__ import annotations

import re
from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.patents.lexicon import Lexicon, Match
from taibao_cli.patents.word_order.clauses import gerund
from taibao_cli.patents.word_order.determiners import count_nouns, with_articles
from taibao_cli.tasks.hints import lexicon_hints

WORDS = """
所述=the, 该=the, 一种=a, 两个=two, 多个=a plurality of, 的=of, 和=and, 与=and, 在=in, 上=on, 内=within,
中=in, 将=to, 把=to, 为=is, 水泵=water pump, 壳体=housing, 叶轮=impeller, 电机=motor, 水=water, 钢=steel,
槽=groove, 导流片=deflectors, 透镜=lens, 盒=box, 电池=battery, 第一=first, 第二=second, 齿轮=gear,
一端=one end, 另一端=the other end, 数据=data, 终端=terminal, 信号=signal, 包括=comprising,
还包括=further comprises, 具有=having, 具备=has, 设有=provided with, 固定安装在=fixedly mounted in,
设置在=arranged on, 内壁=inner wall, 由=by, 制成=made, 其特征在于=characterized in that, 用于=for,
控制=control/controlling, 使=so that, 转动=rotating, 从而=thereby, 对=for, 进行=performing,
如=such, 所示=shown, 下=under, 降低了=reduces, 噪声=noise,
本发明公开了=the invention discloses, 公开了=discloses, 发送至=send, 转换=conversion, 放入=put into,
混合=mixing, 当=when, 时=when, 温度=temperature, 高于=higher than, 关闭=turn off, 阀门=valve, 基于=based on,
方法=method, 连接=connecting, 终端机=terminals"""
LEXICON = Lexicon(
    {zh: tuple(en.split("/")) for zh, en in (word.split("=") for word in re.split(r",\s+", WORDS.strip()))}, {}
)


def english(text: str) -> str:
    return lexicon_hints(LEXICON)(text, "zh", "en").draft


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "本发明公开了一种水泵，包括壳体、叶轮和水。",
            "The invention discloses a water pump, comprising a housing, an impeller and water.",
        ),
        ("一种水泵，包括：壳体；叶轮。", "A water pump, comprising: a housing; an impeller."),
        ("一种水泵，包括第一齿轮和第二齿轮。", "A water pump, comprising a first gear and a second gear."),
        (
            "一种水泵，包括壳体（1），电机（2）设置在壳体（1）内。",
            "A water pump, comprising a housing (1), a motor (2) is arranged in the housing (1).",
        ),
        ("所述壳体的内壁设有槽。", "The inner wall of the housing is provided with a groove."),
        ("所述电机和叶轮由钢制成。", "The motor and the impeller are made of steel."),
        ("电机固定安装在所述壳体的一端。", "The motor is fixedly mounted in one end of the housing."),
        ("电机固定安装在所述壳体的另一端。", "The motor is fixedly mounted in the other end of the housing."),
        ("包括两个盒、多个电池和一种透镜。", "Comprising two boxes, a plurality of batteries and a lens."),
        ("包括导流片槽。", "Comprising a deflector groove."),
        ("一种终端机。", "A terminal."),
        ("所述叶轮使水转动，从而降低了噪声。", "The impeller makes water rotating, thereby reducing noise."),
        ("所述电机用于控制所述叶轮。", "The motor is used for controlling the impeller."),
        ("所述水泵包括基于钢的壳体。", "The water pump comprises a housing based on steel."),
        ("公开了具备电机的水泵。", "Discloses a water pump having a motor."),
        ("上叶轮设置在所述壳体上。", "The upper impeller is arranged on the housing."),
        ("将所述数据发送至终端。", "Sending the data to a terminal."),
        ("将所述信号转换为数据。", "Converting the signal into data."),
        ("将水放入壳体中。", "Putting water into a housing."),
        ("将水与钢混合。", "Mixing water with steel."),
        ("所述电机用于连接壳体。", "The motor is used for connecting a housing."),
        ("对所述信号进行转动。", "Rotating the signal."),
        ("对所述信号进行转换。", "Performing conversion on the signal."),
        (
            "[0001] 如电机（1）所示，水泵2由钢制成，电机3的内壁设有槽。",
            "[0001] As shown in motor (1), the water pump 2 is made of steel, the inner wall of the motor 3"
            " is provided with a groove.",
        ),
        ("在80 ℃下转动。", "Under 80 ℃ rotating."),
        ("对，进行转换。", "For, performing conversion."),
        ("对进行转换。", "For performing conversion."),
        ("将壳体和电机。", "To a housing and a motor."),
        ("当温度高于80℃时关闭所述阀门。", "When temperature higher than 80℃ turn off the valve."),
        ("在水时，关闭阀门。", "When water, turn off a valve."),
        ("时，水", "When, water"),
        ("一种水泵", "A water pump"),
        ("壳体", "Housing"),
        ("壳体设有槽", "Housing provided with groove"),
    ],
)
def test_clauses(text: str, expected: str) -> None:
    assert english(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一种水泵，其特征在于，包括电机。", "A water pump, characterized in that it comprises a motor."),
        (
            "一种水泵，其特征在于：壳体设有槽。",
            "A water pump, characterized in that the housing is provided with a groove.",
        ),
        (
            "根据权利要求1所述的水泵，其特征在于，还包括电机。",
            "The water pump according to claim 1, characterized in that it further comprises a motor.",
        ),
        ("根据权利要求1所述的水泵，还包括电机。", "The water pump according to claim 1, further comprising a motor."),
        (
            "包括水和如权利要求1至3中任一项所述的水泵。",
            "Comprising water and the water pump according to any one of claims 1 to 3.",
        ),
        ("采用权利要求2所述的方法。", "采用 the method according to claim 2."),
    ],
)
def test_claims(text: str, expected: str) -> None:
    assert english(text) == expected


def test_the_rendering_of_a_glossary_stands_before_a_verb_by_rule() -> None:
    hints = lexicon_hints(LEXICON, {"zh": {"包括": "including", "还包括": "also including"}, "en": {}})
    assert hints("所述水泵包括电机。", "zh", "en").draft == "The water pump including a motor."
    text = "根据权利要求1所述的水泵，其特征在于，还包括电机。"
    assert hints(text, "zh", "en").draft.endswith("characterized in that also including a motor.")


@pytest.mark.parametrize(
    ("verb", "expected"),
    [("send", "sending"), ("sends", "sending"), ("reduce", "reducing"), ("mixing", "mixing"), ("put", "putting"),
     ("mounted", "mounting"), ("see", "seeing"), ("pass", "passing")],
)  # fmt: skip
def test_gerunds(verb: str, expected: str) -> None:
    assert gerund(verb) == expected


def test_count_nouns_are_words() -> None:
    assert {"housing", "motor", "impeller"} <= count_nouns()
    assert not {"water", "steel", "information", "equipment"} & count_nouns()
    assert all(re.fullmatch("[a-z]+(?:-[a-z]+)?", word) for word in count_nouns())


SOURCES = sorted(word.split("=")[0].strip() for word in WORDS.split(","))


@given(st.lists(st.sampled_from([*SOURCES, "（2）", "，", "。", "A1"])))
def test_whatever_is_written_numerals_stay_and_no_article_comes_twice(words: list[str]) -> None:
    text = "".join(words) + "。"
    made = english(text)
    assert made.count("(2)") == text.count("（2）")
    pieces = [Match(word, LEXICON.match(word, "zh")[0].renderings) for word in words]
    articles = [piece.source == "" and piece.renderings[0] in ("a", "the") for piece in with_articles(pieces)]
    assert not any(one and two for one, two in pairwise(articles))


@pytest.mark.parametrize("text", ["如水泵1所示", "将所述水泵", "对水泵进行控制", "根据权利要求1所述的水泵"])
def test_time_grows_with_the_text_where_it_has_no_stops(text: str) -> None:
    """Looking for the end of a noun at every piece once took 35 s for 500 times 如水泵1所示."""
    started = process_time()
    english(text * 1000)
    assert process_time() - started < 10
