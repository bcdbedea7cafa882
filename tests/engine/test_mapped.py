"""Mapped files whose contents a library has laid out anew."""

from __future__ import annotations

import mmap
import sys
import time
from pathlib import Path

import pytest

from convert.quantize import quantize
from taibao_cli.engine.llamacpp.capi import amx
from taibao_cli.engine.llamacpp.capi.model import Model
from taibao_cli.engine.mapped import Unpacking, forget_pages
from taibao_cli.models.registry import resolve
from tests.tiny import make_tiny_gguf

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process holds of a file")

SIZE = 4 << 20


def held(path: Path) -> int:
    """KiB of a mapped file that stand in the memory of this process."""
    total, counts = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if line.partition(" ")[0].count("-") == 1:
            counts = line.endswith(f" {path}")
        elif counts and line.startswith("Rss:"):
            total += int(line.split()[1])
    return total


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "weights of 模型.bin"
    path.write_bytes(bytes(range(256)) * (SIZE // 256))
    return path


def test_pages_of_a_mapped_file_are_given_back_and_still_read(weights: Path) -> None:
    with weights.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert mapped[:] == weights.read_bytes()
        assert held(weights) == SIZE // 1024
        forget_pages(weights)
        assert held(weights) == 0
        assert mapped[300] == 300 % 256
    forget_pages(weights)


def test_pages_are_given_back_during_the_first_computation_and_now_and_then_later(weights: Path) -> None:
    """The table of embeddings, mapped for good, came to stand in memory whole."""
    now = [0.0]
    unpacking = Unpacking(weights, clock=lambda: now[0])
    with weights.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        with unpacking.computing():
            assert len(mapped[:]) == SIZE
            waits = time.monotonic() + 10
            while held(weights) and time.monotonic() < waits:
                time.sleep(0.01)
            assert held(weights) == 0
            assert len(mapped[:]) == SIZE
        assert held(weights) == 0
        for now[0], forgotten in [(0.04, False), (0.08, False), (0.12, True), (0.16, False), (0.25, True)]:
            with unpacking.computing():
                assert len(mapped[:]) == SIZE
            assert held(weights) == (0 if forgotten else SIZE // 1024)


def test_a_loaded_model_holds_its_weights_once() -> None:
    path = resolve(None).path
    model = Model(path, extra_buffers=True)
    try:
        assert held(path) == 0
    finally:
        model.close()


@pytest.mark.parametrize("type_", ["q4_0", "q4_k_m", "q8_0"])
def test_a_file_whose_weights_are_laid_out_anew_is_read_instead_of_mapped(tmp_path: Path, type_: str) -> None:
    """Mapped, a page of 2 MB in the page cache stayed in memory for each few norms: 95 MB of a model of 0.5 billion."""
    path = tmp_path / f"{type_}.gguf"
    quantize(make_tiny_gguf(tmp_path / "tiny.gguf"), path, type_, threads=1)
    for extra_buffers in (True, False):
        model = Model(path, extra_buffers=extra_buffers)
        is_mapped = str(path) in Path("/proc/self/maps").read_text()
        model.close()
        assert is_mapped == (not extra_buffers or (type_ == "q8_0" and not amx.compiled_in()))
