"""GPTQ through optimum: refused in words where it cannot run, mended where it states the wrong form."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from convert.gptq import COMPARED, convert_gptq, state_form
from taibao_cli.errors import InputError, MissingExtraError, ModelError, TaibaoError
from tests.cli.shell import taibao
from tests.tiny_hf import CORPUS


def test_without_gptqmodel_it_is_refused(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gptqmodel", None)
    with pytest.raises(MissingExtraError, match=r"gptqmodel is not installed; run: pip install 'taibao\[gptq\]'"):
        convert_gptq(tiny, tmp_path / "out", CORPUS)
    assert list(tmp_path.iterdir()) == []


def test_too_few_texts(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"3 texts; GPTQ is calibrated on {COMPARED} at least"):
        convert_gptq(tiny, tmp_path / "out", CORPUS[:3])


def test_the_form_of_the_weights_is_that_of_the_file_beside_them(tmp_path: Path) -> None:
    """optimum 2.3 saves the first form and leaves "gptq_v2" in config.json; both files name the calibration texts."""
    (tmp_path / "quantize_config.json").write_text('{"bits": 4, "format": "gptq", "dataset": ["secret"]}')
    told = {"quantization_config": {"bits": 4, "format": "gptq_v2", "dataset": ["secret"], "quant_method": "gptq"}}
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "qwen3", **told}))
    state_form(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["model_type"] == "qwen3"
    assert config["quantization_config"] == {
        "bits": 4, "format": "gptq", "checkpoint_format": "gptq", "quant_method": "gptq",
    }  # fmt: skip
    assert "secret" not in (tmp_path / "quantize_config.json").read_text()


@pytest.mark.slow
def test_the_result_is_near_the_original(tiny: Path, tmp_path: Path) -> None:
    pytest.importorskip("gptqmodel")
    (tmp_path / "texts.txt").write_text("\n".join(CORPUS), encoding="utf-8")
    asked = ("convert", "gptq", tiny, "--texts", "texts.txt", "-o", "out", "--group", "64")
    done = taibao(*asked, home=tmp_path, TAIBAO_ENGINE="")
    assert done.returncode == 0, done.stderr.decode()
    assert "wrote out (4 bits; mean KL to" in done.stderr.decode().splitlines()[-1]
    assert (tmp_path / "out" / "model.safetensors").stat().st_size < (tiny / "model.safetensors").stat().st_size / 2
    assert (tmp_path / "out" / "tokenizer.json").read_bytes() == (tiny / "tokenizer.json").read_bytes()
    with pytest.raises(TaibaoError, match="exists; remove it"):
        convert_gptq(tiny, tmp_path / "out", CORPUS, group=64)
    with pytest.raises(ModelError, match="strays from"):
        convert_gptq(tiny, tmp_path / "none", CORPUS, group=64, max_kl=1e-6)
    assert not (tmp_path / "none").exists()
