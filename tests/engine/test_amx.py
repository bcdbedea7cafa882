"""Kernels that a compiler broke are found out in another process, once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from taibao_cli.engine.llamacpp.capi import amx
from taibao_cli.engine.llamacpp.capi.library import library
from taibao_cli.engine.llamacpp.capi.model import Model
from taibao_cli.engine.llamacpp.capi.plain import plain_llama
from tests.tiny import make_tiny_gguf


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(amx, "usable", amx.usable.__wrapped__)


@pytest.mark.parametrize(("code", "survives"), [("", True), ("import os; os.kill(os.getpid(), 11)", False)])
def test_a_trial_that_dies_is_remembered(monkeypatch: pytest.MonkeyPatch, code: str, survives: bool) -> None:
    run, tried = subprocess.run, []

    def instead(command: list[str], **options: Any) -> Any:
        tried.append(command)
        return run([sys.executable, "-c", code], **options)

    monkeypatch.setattr(amx, "compiled_in", lambda: True)
    monkeypatch.setattr(amx, "_key", lambda binding: "this build")
    monkeypatch.setattr(subprocess, "run", instead)
    assert [amx.usable(), amx.usable()] == [survives, survives]
    assert len(tried) == 1


def test_nothing_is_tried_without_amx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amx, "compiled_in", lambda: False)
    monkeypatch.setattr(amx, "_survives", lambda: pytest.fail("tried"))
    assert amx.usable()


@pytest.mark.parametrize("works", [True, False])
def test_weights_are_laid_out_as_the_trial_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, works: bool) -> None:
    asked: list[bool] = []
    lib = library()
    load = lib.llama_model_load_from_file

    def spy(path: bytes, params: Any) -> Any:
        asked.append(bool(params.use_extra_bufts))
        params.use_extra_bufts = False
        return load(path, params)

    monkeypatch.setattr(amx, "usable", lambda: works)
    monkeypatch.setattr(lib, "llama_model_load_from_file", spy)
    Model(make_tiny_gguf(tmp_path / "tiny.gguf")).close()
    plain_llama(tmp_path / "tiny.gguf", n_ctx=64, verbose=False).close()
    assert asked == [works, works]


@pytest.mark.model
@pytest.mark.skipif(not amx.compiled_in(), reason="the processor or llama.cpp has no AMX")
def test_the_trial_tells_whether_this_build_survives(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", f"from {amx.__name__} import compute_rows; compute_rows()"])
    assert amx.usable() == (done.returncode == 0)
