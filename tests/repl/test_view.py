"""What is shown on a terminal that can show more than lines."""

from __future__ import annotations

import io
import time

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from taibao_cli.repl.markdown import MarkdownStream, split_blocks
from taibao_cli.repl.view import RichView

LABELS = [{"label": "H04L", "p": 0.75, "title": "数字信息的传输"}, {"label": "\x1b[2JG06F", "p": 0.25, "title": None}]


def console(width: int = 60, *, terminal: bool = False) -> Console:
    return Console(file=io.StringIO(), width=width, height=20, force_terminal=terminal, color_system=None)


def text_of(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_labels_have_bars() -> None:
    to = console()
    RichView(to).row({"output": "H04L", "labels": LABELS, "task": "ipc"})
    first, second = text_of(to).splitlines()
    assert first.split() == ["H04L", "━" * 15 + "─" * 5, "0.75", "数字信息的传输"]
    assert second.split() == ["␛[2JG06F", "━" * 5 + "─" * 15, "0.25"]


def test_what_decided_and_what_is_below_is_shown() -> None:
    to = console()
    below = [{"label": "H04L", "p": 0.5, "title": "数字信息的传输"}]
    RichView(to).row(
        {"output": "H04", "labels": [{"label": "H04", "p": 0.75, "title": "电通信", "below": below}], "task": "ipc"}
    )
    signal = {"label": "invention", "p": 1.0, "title": "发明", "decided_by": "wording", "quote": "本发明"}
    RichView(to).row({"output": "invention", "labels": [signal], "task": "type"})
    lines = text_of(to).splitlines()
    assert lines[1].startswith("  H04L")
    assert lines[-1] == "判断依据：措辞“本发明”"


def test_a_number_stands_above_its_bars() -> None:
    to = console()
    RichView(to).row({"output": 0.625, "labels": [{"label": 0.5, "p": 1.0}], "task": "similarity"})
    assert text_of(to).splitlines()[0] == "0.62"


def test_markup_in_texts_is_text() -> None:
    to = console()
    RichView(to).line("[bold]权利要求[/bold] [red]")
    RichView(to).table(("a",), [("[b]x",)])
    assert text_of(to).startswith("[bold]权利要求[/bold] [red]\n")
    assert "[b]x" in text_of(to)


@given(st.lists(st.sampled_from(["word", "\n", "\n\n", "```\n", "~~~\n", "- item\n", "1. x\n", " "])))
def test_blocks_are_cut_at_blank_lines_outside_fences(parts: list[str]) -> None:
    text = "".join(parts)
    done, rest = split_blocks(text)
    assert done + rest == text
    assert done == "" or done.endswith("\n")
    assert split_blocks(done + "more") == (done, "more")


def test_a_fence_is_never_cut() -> None:
    assert split_blocks("a\n\n```\nx\n\ny\n") == ("a\n\n", "```\nx\n\ny\n")
    assert split_blocks("```\nx\n\ny\n```\n\nz") == ("```\nx\n\ny\n```\n\n", "z")


def test_streamed_markdown_ends_as_the_whole() -> None:
    whole = "# 标题\n\n一段**重点**文字。\n\n1. 一\n2. 二\n\n```\ncode\n\nmore\n```\n\n最后"
    at_once, streamed = console(), console()
    for to, pieces in ((at_once, [whole]), (streamed, list(whole))):
        stream = MarkdownStream(to)
        for piece in pieces:
            stream.emit(piece)
        stream.close()
    words = [line.strip() for line in text_of(streamed).splitlines() if line.strip()]
    assert words == [line.strip() for line in text_of(at_once).splitlines() if line.strip()]
    assert "重点" in text_of(streamed)
    assert "**" not in text_of(streamed)


def test_redrawing_costs_little(monkeypatch: object) -> None:
    stream = MarkdownStream(console(100, terminal=True))
    begun = time.process_time()
    for number in range(5000):
        stream.emit(f"word{number} " if number % 50 else "end.\n\n")
    stream.close()
    assert (time.process_time() - begun) / 5000 < 0.002
