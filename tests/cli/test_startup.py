from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from taibao_cli.cli.root import COMMANDS, root
from tests.cli.shell import environment, process, taibao

HEAVY = ("torch", "transformers", "numpy", "llama_cpp", "jinja2", "rich", "prompt_toolkit", "orjson")


def test_help_names_every_command_but_the_session(tmp_path: Path) -> None:
    text = taibao("--help", home=tmp_path).stdout.decode()
    assert [name for name in COMMANDS if f"\n  {name} " in text] == [name for name in COMMANDS if name != "session"]


@pytest.mark.parametrize("statement", ["import taibao_cli", "from taibao_cli.__main__ import run; run(['--help'])"])
def test_nothing_heavy_is_imported(tmp_path: Path, statement: str) -> None:
    code = f"{statement}\nimport sys\nsys.exit(' '.join(name for name in {HEAVY!r} if name in sys.modules) or None)"
    done = subprocess.run([sys.executable, "-c", code], env=environment(tmp_path), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_help_takes_less_than_0_3_seconds(tmp_path: Path) -> None:
    times = []
    for _ in range(5):
        start = time.perf_counter()
        assert process("--help", home=tmp_path).returncode == 0
        times.append(time.perf_counter() - start)
    assert min(times) < 0.3


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_loads_and_has_help(tmp_path: Path, name: str) -> None:
    done = taibao(name, "--help", home=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(f"Usage: taibao {name}".encode())


@pytest.mark.parametrize("name", ["batch", "translate", "classify", "compare", "entail", "chat", "session"])
def test_generating_commands_share_their_options(name: str) -> None:
    command = root.get_command(click.Context(root), name)
    assert command is not None
    options = {option for parameter in command.params for option in parameter.opts}
    assert {"--model", "--max-tokens", "--temperature", "--seed", "--ctx", "--threads"} <= options


def test_a_locale_that_is_not_utf_8(tmp_path: Path) -> None:
    done = process("概括", home=tmp_path, stdin="一种泵。✓", LC_ALL="C", PYTHONIOENCODING="gbk")
    assert done.stdout.decode() == "echo: 概括 一种泵。✓\n"
