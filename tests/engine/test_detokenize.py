from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.engine.text.detokenize import Detokenizer, LoopGuard, StopFilter, decode_whole


@given(st.text(max_size=40), st.lists(st.integers(1, 5), max_size=60))
def test_every_cut_of_the_bytes_gives_whole_characters(text: str, cuts: list[int]) -> None:
    raw, shown, detokenizer = text.encode("utf-8"), [], Detokenizer()
    for size in [*cuts, len(raw)]:
        shown.append(detokenizer.feed(raw[:size]))
        raw = raw[size:]
    assert "".join(shown) == text


def test_half_a_character_is_held_back_and_dropped_at_the_end() -> None:
    detokenizer = Detokenizer()
    assert [detokenizer.feed(bytes([b])) for b in "利".encode()] == ["", "", "利"]
    assert decode_whole(["专".encode(), "利".encode()[:2]]) == "专"


def test_bytes_that_are_no_character_become_a_replacement() -> None:
    assert Detokenizer().feed(b"a\xffb") == "a\ufffdb"


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (["one EN", "D two"], ["one ", ""]),
        (["a", "E", "N", "x"], ["a", "", "", "ENx"]),
        (["aEEND"], ["aE"]),
        (["x|STOP", "END"], ["x|", ""]),
    ],
)
def test_stop_strings_never_come_out(pieces: list[str], shown: list[str]) -> None:
    stops = StopFilter(["END", "STOP"])
    assert [stops.feed(piece) for piece in pieces] == shown


def test_what_was_held_back_comes_out_at_the_end() -> None:
    stops = StopFilter(["END"])
    assert stops.feed("the EN") == "the "
    assert stops.flush() == "EN"
    assert not stops.stopped


@pytest.mark.parametrize(
    ("prefix", "unit", "fires_after"),
    [([1, 2, 3], [7], 24), ([1, 2, 3], [7, 8, 9], 24), ([1], list(range(10, 30)), 80)],
)
def test_a_loop_is_noticed_and_cut_to_its_first_copy(prefix: list[int], unit: list[int], fires_after: int) -> None:
    guard = LoopGuard()
    tokens = prefix + unit * 30
    kept = [guard.feed(token) for token in tokens[: len(prefix) + fires_after]]
    assert kept[:-1] == [None] * (len(kept) - 1)
    assert kept[-1] == len(prefix) + len(unit)


def test_three_copies_are_no_loop() -> None:
    guard = LoopGuard()
    assert {guard.feed(token) for token in [*range(20)] * 3} == {None}
