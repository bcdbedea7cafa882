"""What the READMEs and docs tell people to type works, and what they say agrees with the code."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from taibao_cli.batch.output import errors_of
from taibao_cli.cli.reference import all_commands
from taibao_cli.cli.root import COMMANDS, SESSION, Settings, root
from taibao_cli.errors import TaibaoError
from taibao_cli.tasks.registry import builtin_tasks

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "README.zh.md", *sorted((ROOT / "docs").glob("*.md"))]
SHELL_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"\s+# .*")
LINK = re.compile(r"\]\(([^)#:]+)\)")
EXAMPLES = ROOT / "examples" / "patents.jsonl"


def blocks(page: Path) -> list[str]:
    return SHELL_BLOCK.findall(page.read_text(encoding="utf-8"))


def taibao_calls(page: Path) -> list[list[str]]:
    """The arguments of every call of `taibao` in the shell blocks of a page, redirections and comments left out."""
    text = COMMENT.sub("", "\n".join(blocks(page)))
    lexer = shlex.shlex(text.replace("\n", " ; "), posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split, lexer.commenters = True, ""
    calls, words = [], []
    for token in [*lexer, ";"]:
        if token[0] in "|&;":
            command = words[: next((at for at, word in enumerate(words) if word[0] in "<>"), len(words))]
            if command and Path(command[0]).name == "taibao":
                calls.append(command[1:])
            words = []
        else:
            words.append(token)
    return calls


def main_command(tmp_path: Path, **environment: str) -> list[dict[str, Any]]:
    """Run the last part of the README's first command beside a copy of the examples; the rows it wrote."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    program, *arguments = shlex.split(blocks(ROOT / "README.md")[0].split("&&")[-1])
    assert program == ".venv/bin/taibao"
    state = {name: str(tmp_path / "home") for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")}
    environment = {**os.environ, **state, "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(
        [sys.executable, "-m", "taibao_cli", *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    return [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text(encoding="utf-8").splitlines()]


def check_answers(rows: list[dict[str, Any]]) -> None:
    asked = [json.loads(line) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()]
    assert [(row["id"], row["task"]) for row in rows] == [(row["id"], row["task"]) for row in asked]
    for row in rows:
        outputs = row["output"].values() if "," in row["task"] else [row["output"]]
        assert errors_of(row) == [], row
        assert all(output not in (None, "") for output in outputs), row


def test_both_readmes_show_the_same_commands() -> None:
    """Words and questions may be in the language of the reader."""
    english, chinese = (
        [[word for word in call if word.startswith("-") or word in known] for call in taibao_calls(ROOT / name)]
        for name in ("README.md", "README.zh.md")
        for known in [{word for name, _ in all_commands() for word in name.split()}]
    )
    assert english == chinese
    others = [
        [block for block in blocks(ROOT / name) if "taibao ask" not in block] for name in ("README.md", "README.zh.md")
    ]
    assert others[0] == others[1]


def test_first_two_blocks_are_one_command_each() -> None:
    main, tests = blocks(ROOT / "README.md")[:2]
    assert main.count("\n") == tests.count("\n") == 1
    assert main.startswith("python3 -m venv .venv && ")
    assert tests.rstrip().endswith("-m pytest -q")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_taibao_command_named_in_a_sentence_exists_with_its_options(page: Path) -> None:
    prose = SHELL_BLOCK.sub("", page.read_text(encoding="utf-8"))
    for named in re.findall(r"`taibao ([^`]*)`", prose):
        command, words = _command(re.sub("[…|\\\\].*", "", named).split())
        parameters = [parameter for each in command for parameter in each.params]
        known = {option for parameter in parameters for option in parameter.opts + parameter.secondary_opts}
        assert {word.partition("=")[0] for word in words if word.startswith("-")} <= known | {"--help"}, named


def _command(words: list[str]) -> tuple[list[click.Command], list[str]]:
    """The command that the first words name, with the session, which needs no name, and the rest."""
    found: click.Command = root
    context = click.Context(root, obj=Settings())
    while isinstance(found, click.Group) and words and not words[0].startswith("-") and words[0] != "COMMAND":
        inner = found.get_command(context, words[0])
        assert inner is not None, words
        found, words = inner, words[1:]
    return [found, *(filter(None, [root.get_command(context, SESSION)]) if found is root else ())], words


def test_readme_names_every_command_that_answers() -> None:
    shown = {arguments[0] for arguments in taibao_calls(ROOT / "README.md") if arguments}
    assert set(COMMANDS) - {"session", "eval", "convert"} <= shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_task_page_states_the_fields_of_every_task() -> None:
    page = (ROOT / "docs" / "tasks.md").read_text(encoding="utf-8")
    for name, task in builtin_tasks().items():
        groups = " · ".join("+".join(fields) for fields in task.sources)
        assert f"| `{name}` | {groups}" in page


def test_exit_code_pages_list_every_code_of_the_errors() -> None:
    codes = {error.exit_code for error in (TaibaoError, *TaibaoError.__subclasses__())} | {0, 3, 130}
    for page in (ROOT / "README.md", ROOT / "README.zh.md", ROOT / "docs" / "exit-codes.md"):
        assert set(map(int, re.findall(r"^\| (\d+) \|", page.read_text(encoding="utf-8"), re.MULTILINE))) == codes


def test_number_of_example_rows_is_the_one_stated() -> None:
    rows = len(EXAMPLES.read_text(encoding="utf-8").splitlines())
    assert f"({rows} rows," in (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"有 {rows} 行" in (ROOT / "README.zh.md").read_text(encoding="utf-8")


def test_main_command_flows_through_the_fake_engine(tmp_path: Path) -> None:
    check_answers(main_command(tmp_path, TAIBAO_ENGINE="fake"))


@pytest.mark.model
def test_main_command_with_the_builtin_model(tmp_path: Path) -> None:
    check_answers(main_command(tmp_path))
