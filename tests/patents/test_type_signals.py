"""The type of a patent by its number, its kind code and its wording."""

from __future__ import annotations

import pytest

from taibao_cli.patents.office_numbers import check_digit
from taibao_cli.patents.type_signals import type_signal

UTILITY = f"201720601862.{check_digit('201720601862')}"
INVENTION = f"201710601862.{check_digit('201710601862')}"


@pytest.mark.parametrize(
    ("text", "kind", "type_", "quote"),
    [
        (f"ZL{UTILITY}", "application number", "utility model", f"ZL{UTILITY}"),
        (f"(21) 申请号 {INVENTION}\n(54) 一种泵", "application number", "invention", INVENTION),
        (f"Application No.: {UTILITY}\nA pump.", "application number", "utility model", UTILITY),
        ("公告号：CN210987654U\n一种泵", "kind code", "utility model", "CN210987654U"),
        ("(10) CN 110083831 A\nPump", "kind code", "invention", "CN 110083831 A"),
        ("CN303987654S", "kind code", "design", "CN303987654S"),
        ("本实用新型公开了一种泵。", "wording", "utility model", "本实用新型"),
        ("本发明公开了一种泵。", "wording", "invention", "本发明"),
        ("(12) 实用新型专利\n一种泵", "wording", "utility model", "(12) 实用新型专利"),
        ("This utility model relates to a pump.", "wording", "utility model", "This utility model"),
        ("The ornamental design for a chair, as shown.", "wording", "design", "ornamental design for"),
    ],
)
def test_what_decides(text: str, kind: str, type_: str, quote: str) -> None:
    signal = type_signal(text)
    assert signal is not None
    assert (signal.kind, signal.type, signal.quote) == (kind, type_, quote)


@pytest.mark.parametrize(
    "text",
    [
        "一种泵，包括泵壳。",
        "本发明和本实用新型均涉及一种泵。",
        "现有技术中，专利号为CN210987654U的实用新型专利公开了一种泵。",
        "US10293244B2 discloses a pump.",
        "The invention relates to a pump.",  # office English of utility models says so too
        "公告号：US10293244B2",
    ],
)
def test_what_does_not(text: str) -> None:
    assert type_signal(text) is None


def test_a_number_goes_before_the_wording_and_a_wrong_one_does_not_count() -> None:
    text = "本发明公开了一种泵。"
    signal = type_signal(text, (UTILITY,))
    assert signal is not None
    assert (signal.kind, signal.type) == ("application number", "utility model")
    broken = UTILITY[:-1] + ("1" if UTILITY[-1] != "1" else "2")
    assert type_signal(text, (broken,)).kind == "wording"  # type: ignore[union-attr]
    assert type_signal(text, ("CN201720601862",)).quote == "201720601862"  # type: ignore[union-attr]


def test_a_wording_is_as_sure_as_it_was_right() -> None:
    assert type_signal("本发明公开了一种泵。").p == 0.9998  # type: ignore[union-attr]
    assert type_signal("The utility model is a pump.").p == 0.8925  # type: ignore[union-attr]
