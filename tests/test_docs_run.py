"""Every command in the shell blocks of README and docs is run, with the built-in model, on files of the kind it names.

The lines of a page run one after the other in one folder, so that what an earlier one made is there for the next. What
would need a network, several machines, a GPU or hours runs against servers on this machine or on tiny models:
`stand_ins` says by what it is replaced. A package that is not installed must be asked for by name.
"""

from __future__ import annotations

import re
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from tests.cli.shell import ROOT
from tests.documented.lines import blocks, lines
from tests.documented.place import make_place, make_training_place
from tests.documented.typist import Typist
from tests.engine.servers.chat_server import Chat, Reply, said
from tests.models.hostile import Hub, serving
from tests.tiny import make_tiny_gguf
from tests.tiny_openvino import make_tiny_folder

PAGES = [page for page in (*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").glob("*.md"))) if blocks(page)]

FIRST = {"README.md": 2, "README.zh.md": 2}
"""Blocks that install and run all tests: test_readme.py runs what comes after the installation."""

SETTINGS = re.compile(r"^```toml\n(.*?\[profile\..*?)^```$", re.MULTILINE | re.DOTALL)
"""A config.toml with a profile."""

OWN = ("laws", "qwen.gguf", "talks.gguf", "lexicon.tsv.xz", "CORPORA", "patents.csv", "Qwen3-8B", "small.toml")
"""What people who follow the README bring themselves; all else is in `examples`."""

TRAINING = re.compile(r"^taibao (train|convert|eval)", re.MULTILINE)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_place(tmp_path_factory.mktemp("place"))


@pytest.fixture(scope="module")
def training_place(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    for package in ("torch", "peft", "accelerate"):
        pytest.importorskip(package)
    return make_training_place(shutil.copytree(place, tmp_path_factory.mktemp("training") / "place", symlinks=True))


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub with one model."""
    content = make_tiny_gguf(tmp_path_factory.mktemp("hub") / "m.gguf").read_bytes()
    with serving(Hub("Qwen/Qwen3-4B-GGUF", "Qwen3-4B-Q4_K_M.gguf", content)) as hub:
        yield hub


@pytest.fixture(scope="module")
def servers() -> Iterator[list[Chat]]:
    """Two servers of one model."""
    with ExitStack() as stack:
        chats = [Chat(), Chat()]
        for chat in chats:
            chat.models, chat.answer = ["qwen"], _answered
            threading.Thread(target=chat.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
            stack.callback(chat.server_close)
            stack.callback(chat.shutdown)
        yield chats


def _answered(body: dict[str, Any], number: int) -> Reply:
    asked = "\n".join(message["content"] for message in body["messages"])
    for sign, answer in (("外观设计", "发明"), ("utility model", "invention"), ("IPC", "H01M"), ("分类", "H01M")):
        if sign in asked:
            return Reply(said(answer))
    return Reply(said("一种泵"))


@pytest.fixture(scope="module")
def openvino(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """A model for OpenVINO, where that is installed."""
    return make_tiny_folder(tmp_path_factory.mktemp("openvino"))[1] if find_spec("openvino") else None


@pytest.fixture(scope="module")
def stand_ins(servers: list[Chat], openvino: Path | None) -> dict[str, str]:
    """What is shown, as a pattern, and what runs instead."""
    return {
        r"http://(10\.0\.0\.1|127\.0\.0\.1):8000/v1": servers[0].url,
        r"http://10\.0\.0\.2:8000/v1": servers[1].url,
        r"--ray 10\.0\.0\.1:6379": "--ray local",
        r"/models/qwen\.gguf": "qwen.gguf",
        r"taibao batch (patents\.jsonl|-) ": r"taibao batch \1 --limit 5 ",
        r"^tail -f": "timeout 3 tail -f",
        r"bench qwen3-0\.6b$": "bench bench.toml --examples 4 --length 20 --steps 1 --batch 2",
        r"finetune qwen3-8b(.*-o run)$": r"finetune tuned.toml\1",
        r"train dpo qwen3-8b": "train dpo tuned.toml",
        r"pipeline nano ": "pipeline small.toml ",
        r"^taibao bench(.*)--shape \S+": r"taibao bench\1--model qwen.gguf",
        " --openvino qwen-int4": f" --openvino {openvino}" if openvino else "",
        r"^(taibao bench.*)": r"\1 --rows 2 --repeats 1 --widths 2",
        r"^(taibao eval --data .*)": r"\1 --limit 1 --no-baselines",
        r"^(taibao convert report .*)": r"\1 --limit 1 --rows 2 --types q8_0",
        r"--model qwen\.gguf (?=')": "--model talks.gguf ",
        r"--model qwen\.gguf (--adapter title)": r"--model CHECKPOINT.gguf \1",
        r"compare before\.json after\.json": "compare report.json report.json",
    }


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the measured width of the model is kept for all pages."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.model
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_of_a_page_run(
    page: Path, tmp_path: Path, hub: Hub, stand_ins: dict[str, str], cache: Path, request: pytest.FixtureRequest
) -> None:
    text = page.read_text("utf-8")
    source = request.getfixturevalue("training_place" if TRAINING.search(text) else "place")
    home = shutil.copytree(source, tmp_path / "home", symlinks=True)
    if "import patent.xml -o patents.jsonl" in text:
        (home / "patents.jsonl").unlink()
    for name in OWN:
        if (home / name).exists():
            (home / "examples" / name).symlink_to(home / name)
    typist = Typist(home, stand_ins, {"XDG_CACHE_HOME": str(cache), "HF_ENDPOINT": hub.endpoint})
    for settings in SETTINGS.findall(text):
        (home / ".config/taibao").mkdir(parents=True)
        (home / ".config/taibao/config.toml").write_text(settings, "utf-8")
        typist.type("taibao models add qwen.gguf qwen3-8b")
    for block in blocks(page)[FIRST.get(page.name, 0) :]:
        for name in re.findall(r" -o (\S+\.\w+)", block):
            for path in home.rglob(f"{name}*"):  # what an earlier block wrote under that name
                path.unlink()
        if page.name != "README.zh.md" or block not in blocks(ROOT / "README.md"):
            all(map(typist.type, lines(block)))  # what comes after a package that is missing needs what was not made


def test_packages_that_pages_install_exist() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        extras: dict[str, Any] = tomllib.load(file)["project"]["optional-dependencies"]
    for page in PAGES:
        for named in re.findall(r"'taibao\[([^]]+)\]'", page.read_text("utf-8")):
            assert set(named.split(",")) <= set(extras), (page.name, named)
