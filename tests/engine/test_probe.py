"""The width that is fastest here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from taibao_cli.engine.llamacpp.capi.model import Model
from taibao_cli.engine.llamacpp.engine import LlamaCppEngine
from taibao_cli.engine.llamacpp.probe import WIDTHS, best_width, measure_widths, remembered_width
from taibao_cli.models import remembered


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(remembered.platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    return tmp_path / "cache"


@pytest.mark.parametrize(
    ("speeds", "width"),
    [
        ({4: 100, 8: 190, 16: 200, 32: 201}, 16),
        ({4: 100, 8: 195, 16: 200}, 8),
        ({4: 100}, 4),
        ({4: 100, 8: 90, 16: 300, 32: 310, 64: 330}, 64),
    ],
)
def test_the_narrowest_that_is_nearly_the_fastest(speeds: dict[int, float], width: int) -> None:
    assert best_width(speeds) == width


def test_all_widths_are_measured_and_wider_ones_left_out_when_time_is_up(tiny: Path) -> None:
    model = Model(tiny)
    speeds = measure_widths(model, 1)
    assert tuple(speeds) == WIDTHS
    assert min(speeds.values()) > 0

    def slow() -> Iterator[float]:
        now = 0.0
        while True:
            yield now
            now += 1.0

    ticks = slow()
    assert tuple(measure_widths(model, 1, clock=lambda: next(ticks))) == WIDTHS[:1]
    model.close()


def test_what_was_measured_is_remembered_until_the_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"one")
    measured = []

    def measure() -> dict[int, float]:
        measured.append(1)
        return {4: 10.0, 8: 30.0}

    assert [remembered_width(path, 2, measure) for _ in range(2)] == [8, 8]
    assert len(measured) == 1
    remembered_width(path, 1, measure)
    path.write_bytes(b"other")
    remembered_width(path, 2, measure)
    assert len(measured) == 3


def test_an_engine_without_a_width_takes_the_measured_one(tiny: Path) -> None:
    engine = LlamaCppEngine(tiny, threads=1, width=None)
    assert engine.width in WIDTHS
    engine.close()
