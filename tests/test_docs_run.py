"""What the README and some pages tell people to type is run: on texts of the kind they name, with the fake engine, and
with a hub on this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.shell import environment, taibao
from tests.models.hostile import Hub, serving
from tests.test_readme import PAGES, ROOT, blocks, taibao_calls
from tests.tiny import make_tiny_gguf

RUN = ("README.md", "models.md", "configuration.md", "session.md", "tasks.md")
"""Pages whose single commands are run here."""

ELSEWHERE = {"bench", "train", "eval", "convert"}
"""They take minutes or corpora; their own tests run them on small ones."""

CLAIMS = "1. 一种泵，包括壳体（1）和叶轮（2）。\n2. 根据权利要求1所述的泵，还包括滤网（3）。\n"
ABSTRACT = "本发明公开一种锂离子电池，包括壳体和设于所述壳体内的散热片，散热效果好。\n"
LAW = (
    "# 中华人民共和国专利法\n\n第二十二条 授予专利权的发明和实用新型，应当具备新颖性、创造性和实用性。\n\n"
    "新颖性，是指该发明不属于现有技术。\n\n创造性，是指有突出的实质性特点。\n"
)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    content = make_tiny_gguf(tmp_path_factory.mktemp("hub") / "m.gguf").read_bytes()
    with serving(Hub("Qwen/Qwen3-4B-GGUF", "Qwen3-4B-Q4_K_M.gguf", content)) as hub:
        yield hub


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the files that the pages name."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    texts = {
        "claims.txt": CLAIMS,
        "abstract.txt": ABSTRACT,
        "description.txt": ABSTRACT * 3,
        "a.txt": "The pump has a housing.\n",
        "b.txt": "The pump has a casing.\n",
        "titles.txt": "一种泵\n一种电池\n",
        "laws/专利法.md": LAW,
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    row = {"id": "p", "lang": "zh", "title": "泵", "abstract": ABSTRACT, "claims": CLAIMS.splitlines()}
    (tmp_path / "patents.jsonl").write_text(json.dumps(row, ensure_ascii=False) + "\n", "utf-8")
    for name in ("patent.xml", "reference.xml"):
        shutil.copy(ROOT / "tests/fixtures/documents/cn-application.xml", tmp_path / name)
    make_tiny_gguf(tmp_path / "qwen.gguf")
    shutil.copy(ROOT / "examples/my-task.toml", tmp_path / "FILE.toml")
    return tmp_path


@pytest.mark.parametrize("page", [page for page in PAGES if page.name in RUN], ids=lambda page: page.name)
def test_the_commands_of_a_page_run(page: Path, place: Path, hub: Hub) -> None:
    for arguments in taibao_calls(page):
        if arguments and arguments[0] not in ELSEWHERE:
            words = arguments[: arguments.index("#")] if "#" in arguments else arguments
            piped = (place / "patents.jsonl").read_text("utf-8") if words[0] == "batch" else CLAIMS
            done = taibao(*_ready(words, place), home=place, stdin=piped, HF_ENDPOINT=hub.endpoint)
            assert done.returncode in _CODES.get(words[0], {0}), (arguments, done.stderr.decode())


_CODES = {"tree": {0, 3}, "check": {0, 1, 3}, "chart": {0, 3}, "batch": {0, 3}, "doctor": {0}}
"""Exit codes beside 0 that tell of the texts, not of the command."""


def _ready(words: list[str], place: Path) -> list[str]:
    """Outputs of earlier commands are out of the way."""
    if "-o" in words and words[0] == "import":
        (place / words[words.index("-o") + 1]).unlink(missing_ok=True)
    return words


def test_the_pipes_of_the_readme_run(place: Path) -> None:
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    tools = place / "tools"
    tools.mkdir()
    (tools / "taibao").write_text(f'#!/bin/sh\nexec {sys.executable} -m taibao_cli "$@"\n')
    (tools / "taibao").chmod(0o755)
    environ = environment(place)
    environ["PATH"] = f"{tools}{os.pathsep}{environ['PATH']}"
    for line in blocks(ROOT / "README.md")[3].splitlines():
        done = subprocess.run(["bash", "-c", f"set -o pipefail; {line}"], cwd=place, env=environ, capture_output=True)
        assert done.returncode in ({0, 1, 3} if "check" in line else {0}), (line, done.stderr.decode())
        assert done.stdout or ">" in line, line
