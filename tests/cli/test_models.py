"""`taibao models` as typed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from unittest.mock import patch

import pytest
from rich.cells import cell_len

from taibao_cli.engine.llamacpp.probe import known_speeds
from taibao_cli.engine.llamacpp.tuning import Speeds
from taibao_cli.engine.threads import default_threads
from tests.cli.shell import Done, environment, process, taibao
from tests.tiny import make_tiny_adapter, make_tiny_gguf


@pytest.fixture
def home(tmp_path: Path) -> Path:
    make_tiny_gguf(tmp_path / "tiny.gguf")
    return tmp_path


def models(home: Path, *args: str) -> Done:
    return taibao("models", *args, home=home)


def lines(done: Done) -> list[str]:
    return done.stdout.decode().splitlines()


def test_a_named_model_is_listed_used_and_forgotten(home: Path) -> None:
    assert models(home, "add", "tiny.gguf", "mine").returncode == 0
    assert [line[:10].rstrip() for line in lines(models(home, "list"))] == ["* builtin", "  mine"]
    assert models(home, "use", "mine").stderr == b"taibao: the default is mine\n"
    assert [line[:10].rstrip() for line in lines(models(home, "list"))] == ["  builtin", "* mine"]
    row = json.loads(taibao("chat", "x", "--json", "--max-tokens", "2", home=home, TAIBAO_ENGINE="").stdout)
    assert row["model"].startswith("tiny@")
    assert models(home, "rm", "mine").returncode == 0
    assert [line[:10].rstrip() for line in lines(models(home, "list"))] == ["* builtin"]
    assert (home / "tiny.gguf").is_file()


def test_a_name_stands_for_the_file_in_every_command(home: Path) -> None:
    models(home, "add", "tiny.gguf")
    done = taibao("chat", "x", "--json", "--max-tokens", "2", "--model", "tiny", home=home, TAIBAO_ENGINE="")
    assert json.loads(done.stdout)["model"].startswith("tiny@")


def test_show_tells_what_the_file_says(home: Path) -> None:
    models(home, "add", "tiny.gguf", "mine")
    shown = dict(line.split(maxsplit=1) for line in lines(models(home, "show", "mine")))
    assert shown["architecture"] == "qwen3"
    assert shown["context"] == "512"
    assert shown["vocabulary"] == "260"
    assert shown["prompts"] == "full"
    builtin = models(home, "show", "builtin").stdout.decode()
    assert "taibao-nano@" in builtin
    assert "Q8_0" in builtin
    assert "CC-BY-SA" in builtin.upper()


def test_the_columns_of_show_were_crooked_in_chinese(home: Path) -> None:
    rows = lines(taibao("--lang", "zh", "models", "show", "tiny.gguf", home=home))
    values = [row.split(maxsplit=1)[1] for row in rows]
    assert len({cell_len(row.removesuffix(value)) for row, value in zip(rows, values, strict=True)}) == 1


def test_verify_notices_a_file_that_changed(home: Path) -> None:
    models(home, "add", "tiny.gguf", "mine")
    assert models(home, "verify").stdout == b"mine  unchanged\n"
    with (home / "tiny.gguf").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x7f")
    done = models(home, "verify")
    assert (done.returncode, done.stdout) == (1, b"mine  is not what it was\n")
    (home / "tiny.gguf").unlink()
    assert models(home, "verify", "mine").stdout == b"mine  the file is gone\n"
    assert lines(models(home, "list"))[1].split()[1:5] == ["the", "file", "is", "gone"]


def test_a_default_model_that_is_gone_was_a_file_without_its_name(home: Path) -> None:
    models(home, "add", "tiny.gguf", "mine")
    models(home, "use", "mine")
    (home / "tiny.gguf").unlink()
    done = models(home, "show")
    assert done.returncode == 1
    assert done.stderr.decode() == (
        f"taibao: model mine: {home / 'tiny.gguf'} is gone; put it back, "
        "or taibao models rm mine and taibao models use another\n"
    )


def test_verify_without_models_was_silent(home: Path) -> None:
    done = models(home, "verify")
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr == b"taibao: no named models to verify; taibao models add or pull brings some\n"


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("add", "tiny.gguf", "builtin"), 2, "there is a model builtin already"),
        (("add", "tiny.gguf", "../x"), 2, "cannot be a name"),
        (("add", "gone.gguf"), 1, "gone.gguf: no such model file"),
        (("add", "adapter.gguf"), 1, "is an adapter; give it to a model with --adapter"),
        (("use", "nobody"), 2, "no model nobody; known: builtin"),
        (("rm", "builtin"), 2, "no model builtin"),
        (("show", "nobody"), 2, "no model nobody; known: builtin"),
        (("show", "nobody.gguf"), 1, "nobody.gguf: no such model file"),
        (("show", "folder/nobody"), 1, "folder/nobody: no such model file"),
        (("show", "empty"), 1, "empty is a folder without openvino_model.xml"),
    ],
)
def test_what_cannot_be(home: Path, args: tuple[str, ...], code: int, words: str) -> None:
    make_tiny_adapter(home / "adapter.gguf", seed=1)
    (home / "empty").mkdir()
    done = models(home, *args)
    assert done.returncode == code
    assert words in done.stderr.decode()


def test_a_damaged_list_is_named(home: Path) -> None:
    models(home, "add", "tiny.gguf", "mine")
    (file,) = home.rglob("models.json")
    file.write_text("{")
    done = models(home, "list")
    assert done.returncode == 1
    assert b"models.json is damaged" in done.stderr


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("taibao title --model b", ["plain,builtin", "file,b"]),
        ("taibao batch x --task ipc,ti", ["plain,ipc,title"]),
        ("taibao models pull qwen3-0", ["plain,qwen3-0.6b"]),
        ("taibao models use m", ["plain,mine"]),
        ("taibao models rm x", []),
    ],
)
def test_a_shell_completes_names(home: Path, words: str, offered: list[str]) -> None:
    models(home, "add", "tiny.gguf", "mine")
    environ = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1), "_TAIBAO_COMPLETE": "bash_complete"}
    assert process(home=home, **environ).stdout.decode().split() == offered


def test_show_tells_the_speed_that_a_batch_has_measured(home: Path) -> None:
    assert b"speed here" not in models(home, "show", "tiny.gguf").stdout
    with patch.dict(os.environ, environment(home), clear=True):
        known_speeds(home / "tiny.gguf", default_threads(), lambda: Speeds({4: 1234.5, 8: 99.0}))
    assert b"tokens/s by rows at once 4: 1,234, 8: 99\n" in models(home, "show", "tiny.gguf").stdout
