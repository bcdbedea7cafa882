"""Drafts of claims: the opening by rule, the rest word by word."""

from __future__ import annotations

import pytest

from taibao_cli.patents.language import Lang, other
from taibao_cli.patents.lexicon import Lexicon
from taibao_cli.tasks.hints import lexicon_hints

LEXICON = Lexicon(
    zh={"水泵": ("water pump",), "叶轮": ("impeller",), "由": ("of",), "钢": ("steel",), "权利要求书": ("claims",)},
    en={
        "water pump": ("水泵",),
        "impeller": ("叶轮",),
        "the": ("所述",),
        "of": ("的",),
        "steel": ("钢",),
        "is": ("为",),
    },
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "2. 根据权利要求1所述的水泵，其特征在于，叶轮由钢。",
            "2. The water pump according to claim 1, characterized in that the impeller of steel.",
        ),
        ("如权利要求1至3中任一项所述的水泵，", "The water pump according to any one of claims 1 to 3,"),
        (
            "根据权利要求1或2所述的水泵，叶轮（2）",
            "The water pump according to claim 1 or 2, impeller (2)",
        ),
        ("权利要求书", "Claims"),
        ("叶轮由钢。", "The impeller of steel."),
        (
            "3. The water pump of any one of claims 1 to 2, wherein the impeller is steel.",
            "3. 根据权利要求1或2所述的水泵，其中，所述叶轮为钢。",
        ),
        ("The steel of claim", "claim的钢"),
    ],
)
def test_the_opening_of_a_dependent_claim_is_rendered_by_rule(text: str, expected: str) -> None:
    lang: Lang = "en" if text.isascii() else "zh"
    assert lexicon_hints(LEXICON)(text, lang, other(lang)).draft == expected


def test_the_glossary_names_the_subject() -> None:
    hints = lexicon_hints(LEXICON, {"zh": {"水泵": "hydraulic pump"}, "en": {}})
    draft = hints("根据权利要求1所述的水泵，其特征在于，叶轮由钢。", "zh", "en").draft
    assert draft == "The hydraulic pump according to claim 1, characterized in that the impeller of steel."
