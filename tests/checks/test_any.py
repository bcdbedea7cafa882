"""Any text can be checked."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from taibao_cli.checks.document import document_of_text
from taibao_cli.checks.registry import DOCUMENT_CHECKS, TRANSLATION_CHECKS, check_document, check_translation
from taibao_cli.checks.report import lines
from taibao_cli.checks.rows import Options, check_row
from taibao_cli.checks.translation.subject import Translation

PIECES = st.sampled_from(
    [
        *(
            "1. ",
            "2、",
            "一种泵",
            "（1）",
            "(1, 2a-2c)",
            "由A和B组成",
            "根据权利要求1",
            "A pump of claim 1",
            " consists of ",
        ),
        *(
            "[0001]",
            "[0002]",
            "图1至图3",
            "FIG. 2A-C",
            "5 mm",
            "10-20%",
            "±3℃",
            "三个",
            "百分之五",
            "1/0",
            "$x$",
            "CO2",
        ),
        *(
            "\n",
            "。",
            ". ",
            "；",
            "\0",
            "\ud7ff",
            "𝟓",
            "①",
            "٣",
            "10^99",
            "９" * 50,
            "包括",
            "comprising ",
            "{0}",
            "%s",
        ),
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS)
def test_any_pair_of_texts(source: str, answer: str) -> None:
    findings = check_translation(Translation.of(source, answer))
    assert {each.check for each in findings} == {check.id for check in TRANSLATION_CHECKS}
    for found in findings:
        if found.place and found.place.span:
            assert 0 <= found.place.span[0] <= found.place.span[1]
    assert list(lines(findings, "zh"))


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_any_document(text: str) -> None:
    findings = check_document(document_of_text(text))
    assert {each.check for each in findings} == {check.id for check in DOCUMENT_CHECKS}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS, lambda inner: st.lists(inner, max_size=2), max_leaves=4
)
FIELDS = st.sampled_from(["id", "task", "output", "error", "source", "answer", "to", "title", "claims", "ipc", "text"])


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(FIELDS, JSON, max_size=6))
def test_every_row_gets_a_result(row: dict[str, object]) -> None:
    assert check_row(row, Options())
