"""English phrases as Chinese writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.patents.draft import draft
from taibao_cli.patents.lexicon import Lexicon

WORDS = """
the=所述|a=一种|an=一种|of=的|and=和|or=或|in=在|on=上|to=至|for=用于|is=为|are=为|when=当|thereof=其|from=从|each=每个
housing=壳体|impeller=叶轮|motor=电机|pump=泵|inner wall=内壁|button=按钮|flow=流动|method=方法|temperature=温度
signal=信号|comprising=包括|arranged in=设置在|mounted on=安装在|determines=确定|receives=接收|obtain=得到
evenly=均匀|cold=冷|manner=方式|provided with=设有|driven=驱动|wherein=其中"""
LEXICON = Lexicon(
    {}, {en: (zh,) for en, zh in (word.split("=") for line in WORDS.split("\n") if line for word in line.split("|"))}
)


def chinese(text: str, *, claim: bool = False) -> str:
    return draft(LEXICON.match(text, "en"), "en", claim=claim)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A pump, comprising a housing (1), an impeller, and a motor.", "一种泵，包括壳体(1)、叶轮和电机。"),
        ("a pump comprising a housing, a motor or an impeller", "一种泵包括壳体、电机或叶轮"),
        ("the pump of the housing, the motor and the impeller", "壳体的泵、电机和叶轮"),
        ("a pump, and a motor", "一种泵，且电机"),
        ("receives a signal, determines a temperature, and a flow", "接收信号，确定温度，且流动"),
        ("a housing, comprising a pump and a motor", "一种壳体，包括泵和电机"),
        ("housing, motor", "壳体，电机"),
        ("housing, motor, impeller", "壳体，电机，叶轮"),
        ("the impeller is arranged in the housing", "叶轮设置在壳体中"),
        ("mounted on the inner wall of the housing", "安装在壳体的内壁上"),
        ("a button on the housing", "一种按钮在壳体上"),
        ("in a manner", "在方式"),
        ("on", "上"),
        ("to obtain a flow", "以得到流动"),
        ("to the motor", "至电机"),
        ("a pump and a method thereof", "一种泵和其方法"),
        ("when the pump is cold, the motor is driven.", "当泵为冷时，电机驱动。"),
        ("the motor is driven when cold", "电机驱动当冷"),
        ("the walls are evenly driven", "walls均匀驱动"),
        ("A button is cold.", "按钮为冷。"),
    ],
)
def test_phrases(text: str, expected: str) -> None:
    assert chinese(text) == expected


def test_articles_stay_in_lists_of_a_claim() -> None:
    assert chinese("wherein the housing, the motor and the impeller are cold", claim=True) == (
        "其中所述壳体、所述电机和所述叶轮为冷"
    )


SOURCES = sorted(word.split("=")[0] for line in WORDS.split("\n") if line for word in line.split("|"))


@given(st.lists(st.sampled_from([*SOURCES, ",", ".", ";", "(2)", "A1"])))
def test_whatever_is_written_numerals_stay(words: list[str]) -> None:
    assert chinese(" ".join(words)).count("2") == words.count("(2)")
