"""What is wrong with a command line, in Chinese."""

from __future__ import annotations

import pytest

from taibao_cli.__main__ import run

MISTAKES = [
    (["translate", "--qq", "x"], "没有选项 --qq（见 taibao translate --help）"),
    (["translate", "--glosary", "x"], "没有选项 --glosary；是不是 --glossary？（见 taibao translate --help）"),
    (["translate", "--to", "fr"], "'--to' 的值无效：'fr' 不在可选值之中：'en', 'zh'（见 taibao translate --help）"),
    (["translate", "--max-tokens"], "选项 '--max-tokens' 后面缺少值"),
    (["translate", "--ctx", "viel"], "'--ctx' 的值无效：'viel' 不是整数（见 taibao translate --help）"),
    (["translate", "--ctx", "0"], "'--ctx' 的值无效：0 不在范围 x>=64 之内（见 taibao translate --help）"),
    (["convert", "ggufs"], "没有命令 ggufs；是不是 gguf？（见 taibao convert --help）"),
    (["convert", "gguf"], "缺少参数 'CHECKPOINT'（见 taibao convert gguf --help）"),
    (["kb", "show"], "缺少参数 'LAW [PLACE]'（见 taibao kb show --help）"),
    (["models", "use", "a", "b c"], "多余的参数：b c（见 taibao models use --help）"),
    (["ipc", "show", "电池"], "'电池' 不是 IPC 分类号；应写成 H、H04、H04L 或 H04L 65/1016"),
    (
        ["date", "priority", "gestern"],
        "'DATE' 的值无效：gestern 不是 2015-06-01 这样的日期（见 taibao date priority --help）",
    ),
    (["tree", "no such.txt"], "no such.txt：没有这个文件或文件夹"),
    (["summarise"], "没有命令 summarise；是不是 summarize？"),
]


@pytest.mark.parametrize(
    ("words", "said"), MISTAKES, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_a_mistake_is_told_in_chinese(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--lang", "zh", *words]) in (2, 4)
    assert capsys.readouterr().err == f"taibao: {said}\n"
