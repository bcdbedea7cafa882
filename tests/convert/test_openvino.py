"""A checkpoint to a folder for OpenVINO, and the folder as a model of the commands."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from convert.openvino import convert_openvino
from taibao_cli.errors import MissingExtraError, ModelError, TaibaoError, UsageError
from taibao_cli.models.registry import resolve
from tests.cli.shell import Done
from tests.cli.shell import taibao as in_shell
from tests.tiny_hf import make_tiny_checkpoint
from tests.tiny_openvino import require_openvino

PROJECT = {"prompt": "brief", "lexicon": "words.xz", "general": {"name": "tiny patents", "basename": "tiny-patents"}}


def taibao(home: Path, *args: object, **extra: str) -> Done:
    return in_shell(*map(str, args), home=home, TAIBAO_ENGINE="", **extra)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("torch")
    folder = make_tiny_checkpoint(tmp_path_factory.mktemp("hf") / "tiny")
    (folder / "taibao.json").write_text(json.dumps(PROJECT), encoding="utf-8")
    (folder / "words.xz").write_bytes(b"words")
    return folder


@pytest.fixture(scope="module")
def folder(checkpoint: Path) -> Path:
    require_openvino()
    out = checkpoint.parent / "tiny-int4"
    done = taibao(checkpoint.parent, "convert", "openvino", checkpoint, "-o", out, "--bits", "4")
    assert (done.returncode, done.stdout) == (0, b"")
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith(f"taibao: wrote {out} (")
    assert line.endswith(" MB, 4 bits)")
    return out


def test_what_the_folder_holds(checkpoint: Path, folder: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json", "taibao.json", "words.xz"):
        assert (folder / name).read_bytes() == (checkpoint / name).read_bytes()
    for name in ("openvino_model", "openvino_tokenizer", "openvino_detokenizer"):
        assert (folder / f"{name}.xml").is_file()
        assert (folder / f"{name}.bin").is_file()
    assert (folder / "openvino_model.bin").stat().st_size < (checkpoint / "model.safetensors").stat().st_size / 5
    texts = [path.read_text("utf-8", "ignore") for path in folder.iterdir() if path.suffix in (".xml", ".json")]
    assert not any(str(checkpoint.parent) in text for text in texts), "no path of this machine goes with it"


def test_the_folder_is_a_model(checkpoint: Path, folder: Path) -> None:
    model = resolve(str(folder))
    assert (model.name, model.prompt, model.path) == ("tiny-patents", "brief", folder)
    assert model.lexicon == folder / "words.xz"
    assert model.metadata["openvino.weights"] == "int4_sym"
    assert model.metadata["qwen3.context_length"] == 512
    shown = taibao(checkpoint.parent, "models", "show", folder)
    assert shown.returncode == 0
    for fact in (model.label, str(folder), "qwen3", "int4_sym", "512", "words.xz"):
        assert fact in shown.stdout.decode()
    with pytest.raises(UsageError, match="--adapter is for GGUF files"):
        resolve(str(folder), adapters=["x.gguf"])
    with pytest.raises(ModelError, match=r"is a folder without openvino_model\.xml"):
        resolve(str(checkpoint))


def test_commands_run_it(folder: Path, tmp_path: Path) -> None:
    (folder / "words.xz").write_bytes(Path(resolve(None).lexicon or "").read_bytes())
    rows = [{"id": str(n), "task": "type", "text": f"一种电池管理装置，包括壳体{n}。"} for n in range(3)]
    source = tmp_path / "rows.jsonl"
    source.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    chosen = {"TAIBAO_MODEL": str(folder)}
    done = taibao(tmp_path, "batch", source, "--threads", 1, "--width", 2, "-o", tmp_path / "out.jsonl", **chosen)
    assert done.returncode == 0, done.stderr
    written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [row["id"] for row in written] == ["0", "1", "2"]
    for row in written:
        assert row["model"] == resolve(str(folder)).label
        assert sum(label["p"] for label in row["labels"]) == pytest.approx(1.0)
    refused = taibao(tmp_path, "title", "--gpu-layers", 3, source, **chosen)
    assert refused.returncode == 2
    assert b"--gpu-layers is for GGUF files" in refused.stderr


def test_nothing_is_overwritten_unasked(checkpoint: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(TaibaoError, match="exists; pass --overwrite"):
        convert_openvino(checkpoint, out)
    with pytest.raises(TaibaoError, match="is a file"):
        convert_openvino(checkpoint, out / "mine.txt")
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "mine.txt"]


def test_a_checkpoint_that_cannot_be_exported(checkpoint: Path, tmp_path: Path) -> None:
    require_openvino()
    bad = tmp_path / "bad"
    bad.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json", "model.safetensors"):
        (bad / name).symlink_to(checkpoint / name)
    (bad / "config.json").write_text('{"model_type": "unheard-of"}', "utf-8")
    with pytest.raises(ModelError, match="cannot be exported to OpenVINO: ") as caught:
        convert_openvino(bad, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["bad"]


@pytest.mark.parametrize("module", ["optimum.intel", "openvino_tokenizers"])
def test_a_missing_package_is_named(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    if module != "optimum.intel":
        require_openvino()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"{module} is not .*pip install 'taibao\[openvino-convert\]'"):
        convert_openvino(checkpoint, tmp_path / "out")


def test_running_without_openvino_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from taibao_cli.engine.openvino import extra

    monkeypatch.setattr(extra, "find_spec", lambda module: None)
    with pytest.raises(MissingExtraError, match=r"openvino is not installed; run: pip install 'taibao\[openvino\]'"):
        extra.check_installed()
    for name in ("openvino_model.xml", "openvino_model.bin"):
        (tmp_path / name).write_bytes(b"x")
    for name in ("config.json", "tokenizer_config.json"):
        (tmp_path / name).write_text("{}", "utf-8")
    done = taibao(tmp_path, "title", "--model", tmp_path, "-", stdin="一种泵")
    assert done.returncode == 1
    assert done.stderr.strip().endswith(b"openvino is not installed; run: pip install 'taibao[openvino]'")
