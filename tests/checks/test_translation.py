"""Checks of translations: nothing said of faithful ones, every planted defect found."""

from __future__ import annotations

import pytest

from taibao_cli.checks.base import worst
from taibao_cli.checks.registry import TRANSLATION_CHECKS, check_translation
from taibao_cli.checks.translation.subject import Translation
from tests.checks.pairs import CATHODE_EN, CATHODE_ZH, FAITHFUL, PARAGRAPHS_EN, PARAGRAPHS_ZH, PUMP_EN, PUMP_ZH

Found = list[tuple[str, str, str | None]]


def found(source: str, answer: str, **options: object) -> Found:
    """(check, state, place) of everything above PASS."""
    findings = check_translation(Translation.of(source, answer, **options))  # type: ignore[arg-type]
    return [
        (each.check, each.state, each.place.label("en") if each.place else None)
        for each in findings
        if each.state in ("FIX", "REVIEW")
    ]


@pytest.mark.parametrize("pair", [*FAITHFUL, *((en, zh) for zh, en in FAITHFUL)])
def test_a_faithful_translation_has_no_findings(pair: tuple[str, str]) -> None:
    assert found(*pair) == []


def test_every_check_says_something() -> None:
    findings = check_translation(Translation.of(PUMP_ZH, PUMP_EN))
    assert [each.check for each in findings] == [check.id for check in TRANSLATION_CHECKS]
    assert {each.check for each in findings if each.state == "not checked"} == {
        "paragraph-ids",
        "figures",
        "formulas",
        "glossary",
    }
    assert worst(findings) == "PASS"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "2. The centrifugal pump according to claim 1,",
            "The centrifugal pump according to claim 1,",
            ("claim-count", "FIX", "answer"),
        ),
        ("according to claim 1 or 2", "according to claim 1", ("claim-graph", "FIX", "claim 3")),
        ("any one of claims 1 to 3", "claims 1 and 2 and 3", ("claim-graph", "REVIEW", "claim 4")),
        ("any one of claims 1 to 3", "any one of claims 1 to 2", ("claim-graph", "FIX", "claim 4")),
        ("consists of steel", "comprises steel", ("scope-words", "FIX", "claim 1")),
        ("pump, comprising a casing", "pump, consisting of a casing", ("scope-words", "FIX", "claim 1")),
        ("casing (1) consists", "casing consists", ("numerals", "REVIEW", "claim 1")),
        ("sealing rings (3a, 3b) is", "sealing rings (3a) is", ("numerals", "FIX", "claim 3")),
        ("impeller (2) is provided", "impeller (4) is provided", ("numerals", "FIX", "claim 2")),
        ("12.5 mm", "12.6 mm", ("quantities", "FIX", "claim 1")),
        ("12.5 mm to 20 mm", "12.5 mm", ("quantities", "FIX", "claim 1")),
        ("12.5 mm to 20 mm", "12.5 cm to 20 cm", ("quantities", "FIX", "claim 1")),
        ("not more than 3,000", "not less than 3,000", ("quantities", "FIX", "claim 2")),
        ("700 ± 10", "700 ± 5", ("quantities", "FIX", "claim 4")),
        ("three blades", "blades of 7 mm", ("quantities", "REVIEW", "claim 2")),
        ("(2) inserting", "inserting", ("numerals", "REVIEW", "claim 4")),
        ("rubber and PTFE", "橡胶 and PTFE", ("source-script", "FIX", "answer")),
    ],
)
def test_planted_in_english(old: str, new: str, expected: tuple[str, str, str]) -> None:
    assert old in PUMP_EN
    assert expected in found(PUMP_ZH, PUMP_EN.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("如权利要求1所述", "如权利要求2所述", ("claim-graph", "FIX", "claim 2")),
        ("由LiFePO4和碳组成", "包括LiFePO4和碳", ("scope-words", "FIX", "claim 1")),
        ("，包括：将原料", "，由以下步骤组成：将原料", ("scope-words", "FIX", "claim 3")),
        ("1.5％～5％", "1.5％～6％", ("quantities", "FIX", "claim 1")),
        ("小于等于2微米", "大于等于2微米", ("quantities", "FIX", "claim 2")),
        ("小于等于2微米", "小于等于2纳米", ("quantities", "FIX", "claim 2")),
        ("LiFePO4的平均", "LiMnPO4的平均", ("formulas", "REVIEW", "claim 2")),
        ("烧结8小时", "烧结", ("quantities", "FIX", "claim 3")),
        ("650摄氏度", "650 degrees Celsius in a furnace of the usual kind", ("source-script", "REVIEW", "answer")),
    ],
)
def test_planted_in_chinese(old: str, new: str, expected: tuple[str, str, str]) -> None:
    assert old in CATHODE_ZH
    assert expected in found(CATHODE_EN, CATHODE_ZH.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[0013]", "", ("paragraph-ids", "FIX", "answer")),
        ("[0013]", "[0014]", ("paragraph-ids", "FIX", "answer")),
        ("FIG. 2A", "FIG. 2B", ("figures", "FIX", "answer")),
        (", referring to FIG. 3", "", ("figures", "FIX", "answer")),
        ("S101", "S102", ("formulas", "REVIEW", "paragraph 0013")),
        ("0.5 μm or more", "0.5 μm or less", ("quantities", "FIX", "paragraph 0012")),
        ("95%", "59%", ("quantities", "FIX", "paragraph 0013")),
    ],
)
def test_planted_in_paragraphs(old: str, new: str, expected: tuple[str, str, str]) -> None:
    assert old in PARAGRAPHS_EN
    assert expected in found(PARAGRAPHS_ZH, PARAGRAPHS_EN.replace(old, new, 1))


@pytest.mark.parametrize(
    ("source", "answer", "states"),
    [
        ("温度为-5℃。", "The temperature is 5 °C.", {"FIX"}),
        ("温度为5℃。", "The temperature is -5 °C.", {"FIX"}),
        ("温度为−5℃。", "The temperature is 5 °C below zero.", set()),
        ("零下20℃", "minus 20 °C", set()),
        ("在-5至5℃下。", "At -5 to 5 °C.", set()),
        ("10℃-15℃", "10 to 15 °C", set()),
        ("a gain of -3 dB", "增益为3 dB", {"FIX"}),
        ("质量比为2:1:1。", "The mass ratio is 1:2:1.", {"FIX"}),
        ("质量比为1:3。", "The mass ratio is 3:1.", {"FIX"}),
        ("A与B之比为1:3，B与A之比为3:1。", "A to B is 1:3, and B to A is 3:1.", set()),
        ("厚度为1/2英寸。", "The thickness is ½ inch.", set()),
    ],
)
def test_a_lost_minus_and_a_turned_ratio_were_passed(source: str, answer: str, states: set[str]) -> None:
    findings = check_translation(Translation.of(source, answer))
    assert {each.state for each in findings if each.check == "quantities"} - {"PASS"} == states


def test_formulas_are_compared_byte_by_byte() -> None:
    source = r"满足 $E = m c^2$，序列为SEQ ID NO: 3，按GB/T 1234-2010测定。"
    good = r"$E = m c^2$ holds, the sequence is SEQ ID NO: 3, measured according to GB/T 1234-2010."
    assert found(source, good) == []
    assert found(source, good.replace("m c^2", "mc^2")) == [("formulas", "FIX", "answer")]
    assert found(source, good.replace("NO: 3", "NO: 4"))[0] == ("formulas", "FIX", "answer")


def test_scope_words_outside_claims_are_for_a_person() -> None:
    assert found("该装置由壳体和盖组成。", "The device comprises a housing and a cover.") == [
        ("scope-words", "REVIEW", "answer")
    ]
    assert found("该装置由壳体和盖组成。", "The device is composed of a housing and a cover.") == []
    assert found("由包含以下组分的原料制成。", "Made of raw materials comprising the following components.") == []


def test_untranslated_empty_short_and_long_answers() -> None:
    source = (
        "本发明公开了一种离心泵，包括泵壳、叶轮和密封圈，所述叶轮可转动地安装在所述泵壳内，"
        "所述密封圈套在轴上，结构简单。"
    )
    assert ("source-script", "FIX", "answer") in found(source, source)
    assert found(source, " ") == [("length", "FIX", "answer")]
    assert found(source, "A centrifugal pump.") == [("length", "REVIEW", "answer")]
    good = "The invention discloses a centrifugal pump, which comprises a casing, an impeller and a sealing ring. "
    assert ("length", "REVIEW", "answer") in found(source, good * 6)


def test_repetition() -> None:
    assert ("repetition", "FIX", "answer") in found(
        "一种泵，包括壳体。", "A pump comprising" + " a wheel of the pump," * 6
    )
    twice = PUMP_EN.replace(PUMP_EN.splitlines()[1][3:], PUMP_EN.splitlines()[0][3:])
    assert ("repetition", "FIX", "claim 2") in found(PUMP_ZH, twice)
    assert found("表中为空格 …… …… …… …… 。", "Blank cells …… …… …… …… in the table.") == []


def test_glossary_and_forbidden_words() -> None:
    glossary = {"叶轮": "impeller", "泵壳": "pump housing", "泵": "pump"}
    assert found(PUMP_ZH, PUMP_EN, glossary=glossary) == [
        ("glossary", "FIX", "claim 1"),
        ("glossary", "FIX", "claim 4"),
    ]
    assert found("所述叶轮。", "The impellers.", glossary=glossary) == []
    assert found("the sealing rings", "所述密封圈", glossary={"sealing ring": "密封圈"}) == []
    assert found("the sealing rings", "所述垫圈", glossary={"sealing ring": "密封圈"}) == [
        ("glossary", "FIX", "answer")
    ]
    assert found("所述叶轮。", "The rotor.", forbidden=("rotors", "rotor")) == [("glossary", "FIX", "answer")]
    assert found("所述叶轮。", "The rotary impeller.", forbidden=("rotor",)) == []


def test_a_chinese_gloss_in_parentheses_is_for_a_person() -> None:
    assert found("一种泵。", "A pump (泵).") == [("source-script", "REVIEW", "answer")]


def test_places_of_findings_point_into_the_answer() -> None:
    findings = check_translation(Translation.of(PUMP_ZH, PUMP_EN.replace("rubber", "橡胶")))
    (leak,) = [each for each in findings if each.check == "source-script"]
    assert leak.place is not None
    assert leak.place.span is not None
    start, end = leak.place.span
    assert PUMP_EN.replace("rubber", "橡胶")[start:end] == "橡胶"


def test_spaces_signs_and_length_of_texts_do_not_matter() -> None:
    assert found(PARAGRAPHS_ZH.replace("图1", "图 1"), PARAGRAPHS_EN.replace("FIG. 1", "Fig.1")) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("impeller (2) is provided", "rotor (2) is provided", ("one-rendering", "REVIEW", "answer")),
        ("3. The centrifugal pump", "3. The suction device", ("one-rendering", "REVIEW", "claim 3")),
    ],
)
def test_one_term_has_one_rendering_in_english(old: str, new: str, expected: tuple[str, str, str]) -> None:
    assert old in PUMP_EN
    assert expected in found(PUMP_ZH, PUMP_EN.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("所述叶轮（2）设有", "所述转子（2）设有", ("one-rendering", "REVIEW", "answer")),
        ("1或2所述的离心泵", "1或2所述的吸水装置", ("one-rendering", "REVIEW", "claim 3")),
    ],
)
def test_one_term_has_one_rendering_in_chinese(old: str, new: str, expected: tuple[str, str, str]) -> None:
    assert old in PUMP_ZH
    assert expected in found(PUMP_EN, PUMP_ZH.replace(old, new, 1))


def test_two_parts_with_one_name() -> None:
    answer = "A housing (1) and a housing (2)."
    assert ("one-rendering", "REVIEW", "answer") in found("壳体（1）和外罩（2）。", answer)


@pytest.mark.parametrize(
    ("source", "answer", "checks"),
    [
        ("余量为Fe和杂质，n为1。", "The balance is Fe and impurities, and n is 1.", set()),
        ("余量为Fe和杂质，n为1。", "The balance is impurities, and the number is 1.", {"names"}),
        ("其中v为风速，P=kv。", "wherein v is the wind speed and P=kv.", set()),
        ("其中v为风速，P=kv。", "wherein the wind speed v enters into P=kv.", set()),
        ("其中v为风速，P=kv+v。", "wherein P=kv+v.", {"names"}),
        ("The balance is Fe.", "余量为铁。", set()),
        ("每日两次，剂量为5 mg。", "The dose is 5 mg twice daily.", set()),
        (
            "根据权利要求1或2，每日两次，剂量为5 mg。",
            "According to claim 1 or 2, the dose is 5 mg daily.",
            {"quantities"},
        ),
        ("步骤1：熔炼；步骤2：浇铸。", "Step 1: melting; Step 2: casting.", set()),
        ("步骤一：熔炼；步骤二：浇铸。", "Step 1: melting; casting.", {"numerals"}),
        ("Step 1: melting; Step 2: casting.", "步骤1：熔炼；步骤二：浇铸。", set()),
        ("Step 1: melting; Step 2: casting.", "步骤1：熔炼；浇铸。", {"numerals", "quantities"}),
    ],
)
def test_names_rates_and_steps(source: str, answer: str, checks: set[str]) -> None:
    assert {check for check, _, _ in found(source, answer)} == checks
