from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import gguf
import pytest

from taibao_cli.errors import ModelError
from taibao_cli.models import own, remembered
from taibao_cli.models.digest import file_sha256
from taibao_cli.models.registry import resolve


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setattr(remembered.platformdirs, "user_cache_path", lambda *_, **__: folder)
    monkeypatch.setattr(own.platformdirs, "user_config_path", lambda *_, **__: tmp_path / "config")
    monkeypatch.delenv("TAIBAO_MODEL", raising=False)
    return folder


def write_gguf(path: Path, **strings: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    writer = gguf.GGUFWriter(path, "qwen3")
    for key, value in strings.items():
        writer.add_string(key.replace("__", "."), value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return path


def test_a_path_with_all_keys(tmp_path: Path) -> None:
    keys = {"general__basename": "taibao-nano", "taibao__prompt": "brief", "taibao__lexicon": "lexicon.xz"}
    path = write_gguf(tmp_path / "m.gguf", **keys)
    (tmp_path / "lexicon.xz").write_bytes(b"x")
    model = resolve(str(path))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert (model.name, model.path, model.sha256, model.prompt) == ("taibao-nano", path, digest, "brief")
    assert model.lexicon == tmp_path / "lexicon.xz"
    assert model.label == f"taibao-nano@{digest[:12]}"
    assert model.metadata["general.architecture"] == "qwen3"


def test_a_foreign_model(tmp_path: Path) -> None:
    model = resolve(str(write_gguf(tmp_path / "qwen3-8b.gguf")))
    assert (model.name, model.prompt, model.lexicon) == ("qwen3-8b", "full", None)


@pytest.mark.parametrize(("name", "message"), [("gone.xz", "lexicon is missing"), ("../x", "beside the model")])
def test_a_lexicon_must_lie_beside_the_model(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        resolve(str(write_gguf(tmp_path / "m.gguf", taibao__lexicon=name)))


def test_without_a_path_the_environment_then_the_builtin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builtin = write_gguf(tmp_path / "builtin/b.gguf")
    assert resolve(None, builtin=builtin.parent).path == builtin
    mine = write_gguf(tmp_path / "mine.gguf")
    monkeypatch.setenv("TAIBAO_MODEL", str(mine))
    assert resolve(None, builtin=builtin.parent).path == mine


def test_builtin_absent_or_doubled(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"^the built-in model is not part of this checkout; give --model FILE.gguf$"):
        resolve(None, builtin=tmp_path)
    write_gguf(tmp_path / "a.gguf")
    write_gguf(tmp_path / "b.gguf")
    with pytest.raises(ModelError, match="holds 2 GGUF files"):
        resolve(None, builtin=tmp_path)


def test_a_hash_is_kept_until_the_file_changes(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"one")
    os.utime(path, ns=(1, 1))
    first = file_sha256(path)
    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    assert file_sha256(path) == first == hashlib.sha256(b"one").hexdigest()
    os.utime(path, ns=(2, 2))
    assert file_sha256(path) == hashlib.sha256(b"two").hexdigest()
    assert (cache / "sha256.json").stat().st_mode & 0o077 == 0


def test_a_damaged_or_unwritable_cache_does_no_harm(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"one")
    cache.mkdir()
    (cache / "sha256.json").write_bytes(b"{broken")
    assert file_sha256(path) == hashlib.sha256(b"one").hexdigest()
    (cache / "sha256.json").unlink()
    cache.rmdir()
    cache.write_bytes(b"a file where the folder should be")
    assert file_sha256(path) == hashlib.sha256(b"one").hexdigest()


def test_resolving_and_loading_import_nothing_heavy() -> None:
    code = (
        "import sys, taibao_cli.models.registry, taibao_cli.engine.load, taibao_cli.engine.llamacpp.engine\n"
        "print([m for m in ('llama_cpp', 'numpy', 'torch', 'transformers', 'jinja2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
