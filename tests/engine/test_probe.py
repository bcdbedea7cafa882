"""How a model is computed fastest here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from taibao_cli.engine.llamacpp import probe
from taibao_cli.engine.llamacpp.capi.model import Model
from taibao_cli.engine.llamacpp.engine import LlamaCppEngine
from taibao_cli.engine.llamacpp.probe import KINDS, UBATCHES, WIDTHS, Probe, known_speeds, remembered_speeds
from taibao_cli.engine.llamacpp.tuning import Speeds, Tuning, best_tuning, best_width, retuned
from taibao_cli.errors import UsageError
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


@pytest.mark.parametrize(
    ("speeds", "tuning"),
    [
        (Speeds({8: 1.0}), "width=8,ubatch=512,flash=auto,kv=split"),
        (Speeds({8: 1.0}, {512: 96, 256: 100}, 100), "width=8,ubatch=512,flash=auto,kv=split"),
        (Speeds({8: 1.0}, {512: 94, 256: 100, 128: 98}, 99), "width=8,ubatch=256,flash=auto,kv=split"),
        (Speeds({8: 1.0}, {512: 94}, 100), "width=8,ubatch=512,flash=off,kv=split"),
        (Speeds({8: 1.0}, kv={"split": 96, "unified": 100}), "width=8,ubatch=512,flash=auto,kv=split"),
        (Speeds({8: 1.0}, kv={"split": 90, "unified": 100}), "width=8,ubatch=512,flash=auto,kv=unified"),
    ],
)
def test_what_llamacpp_does_unasked_is_kept_unless_it_is_slower(speeds: Speeds, tuning: str) -> None:
    assert str(best_tuning(speeds)) == tuning


def test_all_is_measured_and_what_is_left_when_time_is_up_is_left_out(tiny: Path) -> None:
    model = Model(tiny)
    speeds = Probe(model, 1).speeds()
    assert (tuple(speeds.widths), tuple(speeds.ubatch), tuple(speeds.kv)) == (WIDTHS, UBATCHES, KINDS)
    assert min(*speeds.widths.values(), *speeds.ubatch.values(), speeds.plain, *speeds.kv.values()) > 0
    assert speeds.prompt >= max(speeds.ubatch.values())

    def slow() -> Iterator[float]:
        now = 0.0
        while True:
            yield now
            now += 1.0

    ticks = slow()
    short = Probe(model, 1, clock=lambda: next(ticks)).speeds()
    assert short == Speeds({WIDTHS[0]: WIDTHS[0] / 1.0}, disturbed=True)
    assert short.prompt == WIDTHS[0]
    model.close()


def test_what_was_measured_is_remembered_until_the_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"one")
    measured = []

    def measure() -> Speeds:
        measured.append(1)
        return Speeds({4: 10.0, 8: 30.0}, {512: 50.0}, 20.0, {"split": 2.0, "unified": 1.0})

    assert remembered_speeds(path, 2) is None
    first, second = known_speeds(path, 2, measure), known_speeds(path, 2, measure)
    assert first == second == remembered_speeds(path, 2)
    assert len(measured) == 1
    known_speeds(path, 1, measure)
    path.write_bytes(b"other")
    known_speeds(path, 2, measure)
    assert len(measured) == 3


def test_what_was_measured_beside_other_work_is_not_remembered(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"one")
    disturbed = Speeds({4: 10.0}, disturbed=True)
    assert known_speeds(path, 2, lambda: disturbed) is disturbed
    assert remembered_speeds(path, 2) is None


def test_a_damaged_memory_is_measured_anew(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"one")
    for damaged in ({"widths": {"4": "fast"}}, {"widths": []}, []):
        remembered.remember("tuning", probe._key(path, 2), damaged)
        assert remembered_speeds(path, 2) is None


def test_an_engine_without_a_width_is_tuned(tiny: Path) -> None:
    engine = LlamaCppEngine(tiny, threads=1, width=None)
    assert engine.width in WIDTHS
    assert engine.tuning.width == engine.width
    engine.close()


def test_a_part_of_the_tuning_can_be_set(tiny: Path) -> None:
    engine = LlamaCppEngine(tiny, threads=1, width=3, tune="kv=unified,flash=off,ubatch=64")
    assert str(engine.tuning) == "width=3,ubatch=64,flash=off,kv=unified"
    engine.close()
    assert str(retuned(Tuning(), "flash=auto")) == str(Tuning())


@pytest.mark.parametrize("wrong", ["kv=both", "flash", "ubatch=8", "ubatch=x", "width=3", ""])
def test_a_wrong_tuning_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError, match=r"give kv=split\|unified"):
        retuned(Tuning(), wrong)
