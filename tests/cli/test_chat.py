"""One message, one answer, of the built-in model, which cannot chat."""

from __future__ import annotations

import sys
from pathlib import Path

import pexpect
import pytest

from tests.cli.shell import environment, process, taibao

QUESTION = "什么是从属权利要求？"


@pytest.mark.model
def test_on_a_terminal_the_model_made_up_what_the_primer_answers_in_a_pipe(tmp_path: Path) -> None:
    piped = process("chat", QUESTION, home=tmp_path, TAIBAO_ENGINE="").stdout.decode()
    shown, code = pexpect.run(
        f"{sys.executable} -m taibao_cli chat {QUESTION}",
        env=environment(tmp_path, TAIBAO_ENGINE=""), cwd=str(tmp_path), encoding="utf-8", withexitstatus=True,
    )  # fmt: skip
    assert (shown.replace("\r\n", "\n"), code) == (piped, 0)


@pytest.mark.model
def test_an_instruction_on_a_text_was_answered_with_a_law(tmp_path: Path) -> None:
    done = taibao("概括这项权利要求", home=tmp_path, stdin="1. 一种泵，包括壳体。", TAIBAO_ENGINE="")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().startswith("taibao: this model cannot talk about a text; work on it with a command")


@pytest.mark.model
def test_a_long_text_is_no_question_on_law(tmp_path: Path) -> None:
    done = taibao("chat", home=tmp_path, stdin="1. 一种泵，包括壳体。" * 60, TAIBAO_ENGINE="")
    assert done.stdout.decode().startswith("内置资料没有涉及这个问题；这个模型只会做专利任务，不会对话。")
