"""Claim sets of any shape: random dependency graphs, arbitrary and hostile texts."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taibao_cli.patents.claims.claimset import parse_claims
from taibao_cli.patents.claims.defects import defects
from taibao_cli.patents.claims.tree import tree_dot, tree_mermaid, tree_text
from taibao_cli.patents.language import Lang

Parents = list[tuple[int, ...]]


@st.composite
def parents(draw: st.DrawFn) -> Parents:
    """For each claim the earlier ones it depends on; none for an independent claim."""
    count = draw(st.integers(1, 14))
    return [tuple(sorted(draw(st.sets(st.integers(1, at), max_size=4)))) if at else () for at in range(count)]


def phrase(numbers: tuple[int, ...], lang: Lang, style: int) -> str:
    words = [str(number) for number in numbers]
    run = len(numbers) > 1 and numbers[-1] - numbers[0] == len(numbers) - 1
    if lang == "zh":
        if len(words) == 1:
            return f"权利要求{words[0]}"
        if run and style % 2:
            return f"权利要求{words[0]}{'至-～'[style % 3]}{words[-1]}{('中任一项', '任意一项', '之一')[style % 3]}"
        return "权利要求" + "、".join(words[:-1]) + f"或{'权利要求' * (style % 2)}{words[-1]}"
    if len(words) == 1:
        return f"claim {words[0]}"
    if run and style % 2:
        return f"any one of claims {words[0]} {('to', '-', 'through')[style % 3]} {words[-1]}"
    return "claims " + ", ".join(words[:-1]) + f" or {words[-1]}"


def wording(numbers: tuple[int, ...], lang: Lang, style: int) -> str:
    if not numbers:
        return ("一种泵，包括壳和叶轮。", "A pump comprising a casing and an impeller.")[lang == "en"]
    named = phrase(numbers, lang, style)
    if lang == "zh":
        return f"{('根据', '如', '按照', '')[style % 4]}{named}所述的泵，其特征在于，叶轮是第{style}种。"
    link = ("of", "according to", "as claimed in", "as recited in")[style % 4]
    return f"{('The', 'A')[style % 2]} pump {link} {named}, wherein the impeller is {style}."


@settings(max_examples=150, deadline=None)
@given(
    parents(),
    st.sampled_from(["zh", "en"]),
    st.integers(0, 11),
    st.sampled_from([". ", ".", "、", "．"]),
    st.booleans(),
)
def test_any_graph_is_read_back(graph: Parents, lang: Lang, style: int, mark: str, broken: bool) -> None:
    texts = [wording(numbers, lang, style + at) for at, numbers in enumerate(graph)]
    lines = [f"{at}{mark}{text.replace('，', '，' + chr(10)) if broken else text}" for at, text in enumerate(texts, 1)]
    claims = parse_claims("\n".join(lines))
    assert [claim.refers for claim in claims] == graph == [claim.refers for claim in parse_claims(texts)]
    assert [claim.number for claim in claims] == list(range(1, len(graph) + 1))
    assert [re.sub(r"\s", "", claim.text) for claim in claims] == [re.sub(r"\s", "", text) for text in texts]
    assert not {defect.code for defect in defects(claims, "ep")}
    assert len({line.strip("├─└│ ").split()[0] for line in tree_text(claims, "en").splitlines()}) == len(graph)


PIECES = [
    "权利要求",
    "1",
    "12. ",
    "。",
    "\n",
    "claim ",
    "claims 1 to 3",
    "一种",
    "其特征在于",
    "，",
    '"',
    "“",
    "The pump of ",
    "和2",
    "包括",
]


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=120), st.lists(st.sampled_from(PIECES), max_size=20).map("".join)))
def test_any_text_is_read_and_only_numbers_go(text: str) -> None:
    claims = parse_claims(text)
    kept = iter(re.sub(r"\s", "", claims.head + "".join(claim.text for claim in claims)))
    expected = next(kept, None)
    gone = []
    for char in re.sub(r"\s", "", text):
        if char == expected:
            expected = next(kept, None)
        else:
            gone.append(char)
    assert expected is None
    assert all(char.isdecimal() or char in "权利要求claimCLAIM.．、:：[]【】ıſ" for char in gone)
    found_ = defects(claims)
    assert all(0 <= defect.place[0] <= defect.place[1] for defect in found_)
    tree_text(claims, "zh"), tree_dot(claims, found_, "en"), tree_mermaid(claims, found_, "zh")
    assert all(claim.text == claim.text.strip() for claim in parse_claims([text, text]))


@pytest.mark.parametrize(
    "text",
    [
        "1. “" + "“「" * 100_000,
        "1. The pump of claims 1" + ", 1" * 60_000,
        "1. 权利要求1" + "、1" * 100_000,
        "1. 一种泵。\n" * 5_000,
        "".join(f"{at}. 如前述权利要求中任一项所述的泵。\n" for at in range(1, 300)),
        "claim " * 60_000,
        "1. In a " + "a," * 100_000,
        "1. " + "(" * 200_000 + " " * 200_000 + "由" * 20_000,
        "\n" * 200_000 + " " * 200_000 + "1" * 100_000,
    ],
    ids=range(9),
)
def test_hostile_texts_are_read_in_seconds(text: str) -> None:
    start = time.process_time()
    claims = parse_claims(text)
    defects(claims, "us")
    tree_text(claims, "en")
    assert time.process_time() - start < 5
