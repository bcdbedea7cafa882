"""`--help` in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from rich.cells import cell_len

from taibao_cli.cli.help import described
from taibao_cli.cli.reference import all_commands
from taibao_cli.cli.root import root
from taibao_cli.messages.errors import read_catalogue
from tests.cli.shell import taibao

BY_HEAD = "Number format"
"""Its formats are listed after it."""


def descriptions() -> Iterator[str]:
    for command in (root, *(command for _, command in all_commands())):
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.help:
                yield " ".join(parameter.help.split())
        yield "Show this message and exit."


def test_every_option_is_described_in_chinese_and_nothing_else_is() -> None:
    known, said = read_catalogue("options_zh.tsv"), set(descriptions())
    assert sorted(words for words in said if described(words, "zh") == words) == []
    assert sorted(set(known) - said - {BY_HEAD}) == []


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Rows at once.  [default: 4; 1<=x<=9]", "同时处理的行数。 [默认：4；1<=x<=9]"),
        ("The GGUF file to write.  [required]", "要写出的 GGUF 文件。 [必填]"),
        ("Number format: q8_0, f16.", "数值格式：q8_0, f16."),
        ("[default: 20]", "[默认：20]"),
        ("Of something new.  [x>=1]", "Of something new. [x>=1]"),
        ("", ""),
    ],
)
def test_what_click_adds(english: str, chinese: str) -> None:
    assert described(english, "zh") == chinese


def test_a_page_in_chinese(tmp_path: Path) -> None:
    lines = taibao("--lang", "zh", "bench", "--help", home=tmp_path).stdout.decode().splitlines()
    assert lines[0] == "用法：taibao bench [OPTIONS]"
    assert lines[2:4] == [
        "  测量本机推理速度：普通循环、各引擎在不同批宽下、llama-server（若在 PATH 中）",
        "  逐项对比。",
    ]
    assert lines[5].startswith("  Measure speed: a plain llama-cpp-python loop")
    assert "选项：" in lines
    assert "  --repeats INTEGER RANGE         轮数，每轮的行各不相同。 [默认：3；x>=1]" in lines
    assert lines[-1] == "  --help                          显示本说明并退出。"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("command", [(), ("batch",), ("eval",), ("convert", "quantize"), ("models", "pull")])
def test_no_line_is_wider_than_the_page(tmp_path: Path, command: tuple[str, ...], lang: str) -> None:
    lines = taibao("--lang", lang, *command, "--help", home=tmp_path).stdout.decode().splitlines()
    assert max(map(cell_len, lines)) <= 80


def test_the_language_of_help_is_known_before_the_command(tmp_path: Path) -> None:
    assert taibao("--lang", "zh", "--help", home=tmp_path).stdout.decode().startswith("用法：taibao [OPTIONS]")
    assert taibao("--help", home=tmp_path, LC_ALL="zh_CN.UTF-8").stdout.decode().startswith("用法：taibao [OPTIONS]")
    assert taibao("--help", home=tmp_path).stdout.decode().startswith("Usage: taibao [OPTIONS]")
