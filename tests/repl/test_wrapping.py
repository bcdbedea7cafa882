"""Lines of Chinese and English."""

from __future__ import annotations

import io
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from taibao_cli.line_breaks import breaks
from taibao_cli.repl.wrapping import MixedMarkdown, WrappedStream, mixed


def cut(text: str, width: int) -> list[str]:
    ends = [0, *breaks(text, width), len(text)]
    return [text[begin:end].rstrip() for begin, end in pairwise(ends)]


def test_chinese_fills_the_line() -> None:
    assert cut("1. 一种锂离子电池，包括壳体。", 12) == ["1. 一种锂离", "子电池，包括", "壳体。"]


def test_marks_stay_where_they_belong() -> None:
    assert cut("包括壳体，以及（可选的）隔膜。", 8) == ["包括壳", "体，以及", "（可选", "的）隔", "膜。"]
    assert cut("a pump (small), made", 8) == ["a pump", "(small),", "made"]


def test_a_word_longer_than_the_line_is_cut() -> None:
    assert cut("ab abcdefghij k", 4) == ["ab", "abcd", "efgh", "ij k"]


@given(st.text(st.sampled_from("ab ，。（）泵壳1.\u3000é"), max_size=60), st.integers(6, 30))
def test_no_line_is_too_wide_and_nothing_is_lost(text: str, width: int) -> None:
    found = breaks(text, width)
    assert found == sorted(set(found))
    assert all(0 < at < len(text) for at in found)
    assert all(cell_len(line) <= width for line in cut(text, width))


def test_rich_wraps_so() -> None:
    console = Console(file=io.StringIO(), width=12, color_system=None)
    console.print(mixed("1. 一种锂离子电池，包括壳体。"))
    console.print(MixedMarkdown("- **一种**锂离子电池，包括壳体。[x](http://a.b)"))
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert [line.rstrip() for line in lines[:3]] == ["1. 一种锂离", "子电池，包括", "壳体。"]
    assert [line.rstrip() for line in lines[4:6]] == [" • 一种锂离", "   子电池，"]


def streamed(pieces: list[str], width: int) -> list[str]:
    written: list[str] = []
    stream = WrappedStream(written.append, lambda: width)
    for piece in pieces:
        stream.emit(piece)
    stream.close()
    return "".join(written).splitlines()


def test_lines_of_an_answer_began_with_a_mark_while_it_came() -> None:
    text = "一种泵，包括壳体，以及隔膜。\nA pump, comprising."
    lines = ["一种泵，", "包括壳", "体，以及", "隔膜。", "A pump,", "comprisi", "ng."]
    assert streamed(list(text), 8) == lines
    assert streamed([text], 8) == lines


@given(st.lists(st.text(st.sampled_from("ab ，。（）泵壳1.é\n"), max_size=9), max_size=12), st.integers(6, 30))
def test_an_answer_in_pieces_has_the_lines_of_the_whole(pieces: list[str], width: int) -> None:
    lines = [shown for line in "".join(pieces).split("\n") for shown in cut(line, width)]
    assert [line.rstrip() for line in streamed(pieces, width)] == lines
