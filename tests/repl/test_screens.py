"""A conversation that uses every command, on real terminals of two sizes, in both languages.

The screens stand in tests/fixtures/screens; `TAIBAO_WRITE_SCREENS=1 pytest -m '' tests/repl/test_screens.py` writes
them anew.
"""

from __future__ import annotations

import base64
import json
import os
import re
from pathlib import Path

import pexpect
import pytest

from taibao_cli.repl.commands.table import TABLE
from tests.cli.shell import ROOT
from tests.repl.screen import Screen

SCREENS = ROOT / "tests" / "fixtures" / "screens"
CLAIMS = "1. 一种泵，包括壳体（1）和叶轮（2）。\n2. 根据权利要求1所述的泵，其特征在于，还包括滤网（3）。\n"

OF_OTHERS = ("/check", "/chart", "/ask", "/judge", "/tree", "/help")
"""Commands whose words are tested elsewhere; of their answers the screens have dots."""

SCRIPT = (
    "/help",
    "/set checks off",
    "/transalte x",
    "你好，世界",
    "shorter",
    "/regen",
    "/diff",
    "/retry",
    "/undo",
    "/continue",
    "/translate 一种锂离子电池，厚度为0.5mm。",
    "/sides",
    "/check",
    "/summarize @claims.txt",
    "/title 本实用新型公开一种泵，包括壳体。",
    "/abstract @claims.txt",
    "/claims 一种泵，包括壳体和叶轮。",
    "/ipc H04L 65/1016",
    "/ipc 一种泵",
    "/classify 一种泵",
    "/type 一种泵",
    "/compare 泵有壳体 ||| 泵有外壳",
    "/entail 泵有壳体 ||| 泵有外壳",
    "/chart @claims.txt ||| 泵有铸铁壳体。叶轮位于壳体内。",
    "/ask 发明专利权的期限是多久？",
    "/judge 外观设计专利权的期限为十五年。",
    "/tree @claims.txt",
    "/task title 一种泵，包括壳体。",
    "/doc patent.json",
    "/doc claims",
    "/doc title",
    "/doc 有几项权利要求？",
    "/doc close",
    "/file claims.txt",
    "这是什么？",
    "/edit",
    "/copy",
    "/save answer.txt",
    "/export talk.md",
    "/export talk.json",
    "/export talk.docx",
    "/system 用一句话回答",
    "/set temperature 0.2",
    "/set",
    "/tokens",
    "/stats",
    "/compact",
    "/drop 2",
    "/fork",
    "/search 锂离子",
    "/resume 1",
    "/forget 2",
    "/model",
    "/raw",
    "/raw",
    "/lang en",
    "/lang zh",
    "/private",
    "/private",
    "/clear",
    "see @claims.txt",
)


def shown(text: str, home: Path) -> str:
    """Without what differs from run to run."""
    for pattern, stands_for in (
        (re.escape(str(home)), "~"),
        (r"taibao(: taibao|: 太保) \S+", r"taibao\1 VERSION"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d", "DATE"),
        (r"\d+ tok/s", "N tok/s"),
        (r"(first after|首词) [\d.]+", r"\1 N"),
        (r"[\d.]+ (tokens/s|词元/秒)", r"N \1"),
    ):
        text = re.sub(pattern, stands_for, text)
    kept: list[str] = []
    for block in re.split(r"(?m)^(?=❯)", text):
        command = block.split(maxsplit=2)[1] if block.startswith("❯ ") else ""
        kept.append(f"{block.splitlines()[0]}\n…\n" if command in OF_OTHERS else block)
    kept[-1] = "❯\n"  # the line at the bottom may not be drawn yet
    return "".join(kept)


@pytest.mark.parametrize(
    ("lang", "lines", "columns"),
    [
        ("zh", 24, 80),
        ("en", 40, 120),
        pytest.param("zh", 40, 120, marks=pytest.mark.slow),
        pytest.param("en", 24, 80, marks=pytest.mark.slow),
    ],
)
def test_every_command_on_a_terminal(tmp_path: Path, lang: str, lines: int, columns: int) -> None:
    (tmp_path / "claims.txt").write_text(CLAIMS, "utf-8")
    row = {"title": "泵", "abstract": "一种泵，包括壳体。", "claims": CLAIMS.splitlines()}
    (tmp_path / "patent.json").write_text(json.dumps(row, ensure_ascii=False), "utf-8")
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "edited by hand" > "$1"\n')
    editor.chmod(0o755)
    locale = "zh_CN.UTF-8" if lang == "zh" else "en_US.UTF-8"
    with Screen(tmp_path, lines=lines, columns=columns, LANG=locale, EDITOR=str(editor)) as screen:
        for line in SCRIPT:
            screen.say(line)
        text = shown(screen.all, tmp_path)
        raw = screen.raw
        screen.type("/exit\r")
        screen.child.expect(pexpect.EOF)
    used = {line.split()[0] for line in SCRIPT if line.startswith("/")} | {"/exit", "/quit"}
    assert used >= set(TABLE)
    (copied,) = re.findall(r"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07", raw)
    assert base64.b64decode(copied).decode() == "echo: edited by hand"
    assert (tmp_path / "answer.txt").read_text() == "echo: edited by hand\n"
    golden = SCREENS / f"{lang}-{columns}x{lines}.txt"
    if os.environ.get("TAIBAO_WRITE_SCREENS"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")
