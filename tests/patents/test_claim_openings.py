"""Openings of claims that real documents have, each named after what was read wrong."""

from __future__ import annotations

import pytest

from taibao_cli.patents.claims.claimset import Claim, parse_claims


def last(text: str) -> Claim:
    return parse_claims(text).claims[-1]


@pytest.mark.parametrize("word", ["cliam", "calim", "Cliam"])
def test_a_mistyped_claim_is_a_claim(word: str) -> None:
    assert last(f"1. A pump.\n2. A pump as set forth in {word} 1 wherein it is red.").refers == (1,)


def test_a_comma_that_is_missing_in_a_list() -> None:
    text = "".join(f"{number}. A polymer of kind {number}.\n" for number in range(1, 16))
    claim = last(text + "16. The polymer of any one of claims 1, 2, 3 5 or 15, which is red.")
    assert claim.refers == (1, 2, 3, 5, 15)


def test_numbers_that_count_things_are_no_missing_comma() -> None:
    claim = last("1. A cart.\n2. A cart.\n3. The cart of claim 1 or 2 wheels of steel.")
    assert claim.refers == (1,)


def test_latin_before_the_noun() -> None:
    claim = last("1. An in vivo method for reducing glycation, said method comprising administering a protein.")
    assert claim.category == "method"
    assert last("1. An in-vitro assay kit, comprising a well.").category == "product"


def test_an_algorithm_is_a_method() -> None:
    assert last("1. An algorithm for estimating a state, wherein samples are run.").category == "method"


def test_a_method_that_names_the_product_first_by_mistake_depends_all_the_same() -> None:
    claims = parse_claims(
        "1. 一种皮带轮，包括轮体。\n2. 一种权利要求1所述的皮带轮的制备方法，包括熔炼。\n"
        "3. 根据权利要求1-2任一项所述的皮带轮的制备方法，其特征在于，还包括浇注。"
    )
    assert [(claim.refers, claim.cites) for claim in claims] == [((), ()), ((), (1,)), ((1, 2), ())]


def test_what_depends_on_claims_that_depend_on_another() -> None:
    claim = last(
        "1. 一种组合物。\n2. 根据权利要求1所述的组合物，包括硫。\n"
        "3. 根据从属于权利要求1的权利要求2所述的组合物，包括锌。"
    )
    assert (claim.refers, claim.cites, claim.title) == ((2,), (1,), "组合物")


@pytest.mark.parametrize("after", ["the pump is red.", "a valve is added.", "said pump is red.", "using a valve."])
def test_a_function_word_after_the_last_number_counts_nothing(after: str) -> None:
    claim = last(f"1. A pump.\n2. A pump.\n3. According to claim 1 or 2 {after}")
    assert claim.refers == (1, 2)
