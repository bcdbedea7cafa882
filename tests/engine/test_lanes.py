"""Which cache rows are computed in, and that it changes nothing but the speed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.engine.base import Message, Request, Result, Sampling
from taibao_cli.engine.llamacpp import scheduler, scorer
from taibao_cli.engine.llamacpp.capi.context import Context
from taibao_cli.engine.llamacpp.engine import LlamaCppEngine
from taibao_cli.engine.llamacpp.recent import Recent
from taibao_cli.engine.llamacpp.scheduler import longest_split, stretch
from taibao_cli.errors import ModelError
from tests.tiny import make_tiny_gguf

PREFIX = "Translate the following patent title into Chinese, and keep to the words that the glossary gives. "


def ask(key: str, text: str, new: int = 8, labels: tuple[str, ...] | None = None) -> Request:
    return Request(key, (Message("user", text),), new, labels=labels)


@pytest.fixture(scope="module")
def long_tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_gguf(tmp_path_factory.mktemp("model") / "long.gguf", context=4096)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, bool]]:
    """(tokens for a row, unified) of every context that engines make."""
    contexts = []
    make = Context.__init__

    def noted(self: Context, model: object, **options: object) -> None:
        rows = 1 if options["unified"] else options["sequences"]
        contexts.append((options["cells"] // rows, options["unified"]))  # type: ignore[operator]
        make(self, model, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Context, "__init__", noted)
    return contexts


def by_key(results: Iterator[Result]) -> dict[str, tuple[str, str, int]]:
    return {result.key: (result.text, result.finish, result.usage.completion) for result in results}


def test_rows_get_the_same_answers_in_either_cache_and_alone(long_tiny: Path) -> None:
    rows = [ask(str(number), PREFIX * (number % 3) + f"title {number}", 4 + number % 9) for number in range(16)]
    answers = []
    for width, tune in ((1, None), (5, "kv=split"), (5, "kv=unified"), (16, "kv=split"), (16, "kv=split,ubatch=32")):
        engine = LlamaCppEngine(long_tiny, threads=1, width=width, tune=tune)
        answers.append(by_key(engine.run(rows)))
        engine.close()
    assert answers[0].keys() == {row.key for row in rows}
    assert all(answer == answers[0] for answer in answers)


def test_texts_go_to_a_split_cache_labels_and_single_rows_to_a_common_one(
    long_tiny: Path, made: list[tuple[int, bool]]
) -> None:
    engine = LlamaCppEngine(long_tiny, threads=1, width=4)
    list(engine.run([ask("one", "a single row")]))
    assert [unified for _, unified in made] == [True]
    list(engine.run([ask(str(number), "x" * number, labels=("A", "B")) for number in range(6)]))
    assert len(made) == 1
    list(engine.run([ask(str(number), "x" * number) for number in range(6)]))
    assert made[1:] == [(256, False)]
    engine.close()


def test_a_first_row_that_came_alone_does_not_draw_the_others_into_its_cache(
    long_tiny: Path, made: list[tuple[int, bool]]
) -> None:
    """Found by measuring: a batch sends its first row ahead, and all others shared its instruction."""
    engine = LlamaCppEngine(long_tiny, threads=1, width=4)
    rows = [ask(str(number), PREFIX * 2 + f"title {number}") for number in range(9)]
    list(engine.run(rows[:1]))
    list(engine.run(rows[1:]))
    assert [unified for _, unified in made] == [True, False]
    engine.close()


def test_a_longer_row_waits_for_a_longer_cache(long_tiny: Path, made: list[tuple[int, bool]]) -> None:
    engine = LlamaCppEngine(long_tiny, threads=1, width=2)
    rows = [ask(str(number), "x" * 50) for number in range(6)] + [ask("long", "y" * 700), ask("short", "z")]
    results = by_key(engine.run(rows))
    assert results.keys() == {row.key for row in rows}
    assert made == [(256, False), (1024, False)]
    engine.close()


def test_a_row_that_no_split_cache_takes_is_computed_in_the_common_one(
    long_tiny: Path, made: list[tuple[int, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "SPLIT_BYTES", 0)
    monkeypatch.setattr(scheduler, "CELLS", 1024)
    engine = LlamaCppEngine(long_tiny, threads=1, width=4)
    rows = [*(ask(str(number), "x" * 50) for number in range(5)), ask("long", "y" * 1000)]
    results = by_key(engine.run(rows))
    assert results.keys() == {row.key for row in rows}
    assert sorted(made) == [(256, False), (4096 + scorer.LABEL_CELLS, True)]
    engine.close()


def test_a_text_whose_labels_are_scored_is_computed_once(long_tiny: Path, made: list[tuple[int, bool]]) -> None:
    engine = LlamaCppEngine(long_tiny, threads=1, width=4)
    text = "the text of the patent, which is long enough to be worth it. " * 4
    rows = [ask("labels", text + "Which?", labels=("A", "B")), ask("title", text + "Title?")]
    results = {result.key: result for result in engine.run(rows)}
    assert results["title"].usage.cached + results["labels"].usage.cached >= len(text)
    assert [unified for _, unified in made] == [True]
    engine.close()


def test_a_run_that_ends_with_gaps_goes_on_with_neighbours(long_tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places: list[list[int]] = []
    decode = Context.decode

    def noted(self: Context, batch: object) -> None:
        members = batch._members[: batch.size, 0]  # type: ignore[attr-defined]
        places.append(sorted(set(members.tolist())))
        decode(self, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(Context, "decode", noted)
    engine = LlamaCppEngine(long_tiny, threads=1, width=6)
    results = by_key(engine.run([ask(str(number), f"row {number}", 3 + 4 * (number % 3)) for number in range(6)]))
    assert len(results) == 6
    assert all(place == list(range(len(place))) for place in places)
    assert {len(place) for place in places[1:]} >= {6, 2}
    engine.close()


def test_without_memory_for_a_split_cache_rows_share_one(long_tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = Context.__init__

    def scarce(self: Context, model: object, **options: object) -> None:
        if not options["unified"]:
            raise ModelError("no memory")
        make(self, model, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Context, "__init__", scarce)
    engine = LlamaCppEngine(long_tiny, threads=1, width=4)
    results = list(engine.run([ask(str(number), f"row {number}") for number in range(6)]))
    assert {result.error for result in results} == {None}
    engine.close()


def test_without_any_memory_every_row_says_so(long_tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(self: Context, model: object, **options: object) -> None:
        raise ModelError("llama.cpp cannot make a context")

    engine = LlamaCppEngine(long_tiny, threads=1, width=4)
    monkeypatch.setattr(Context, "__init__", none)
    results = list(engine.run([ask(str(number), f"row {number}") for number in range(20)]))
    assert sorted(int(result.key) for result in results) == list(range(20))
    assert {str(result.error) for result in results} == {"llama.cpp cannot make a context"}
    engine.close()


@pytest.mark.parametrize(
    ("context", "width", "kv_bytes", "longest"),
    [
        (4096, 16, 6144, 4096),
        (8192, 16, 12288, 2560),
        (8192, 16, 57344, 512),
        (32768, 16, 131072, 512),
        (512, 8, 0, 512),
    ],
)
def test_what_a_split_cache_takes(context: int, width: int, kv_bytes: int, longest: int) -> None:
    assert longest_split(context, width, kv_bytes) == longest


@pytest.mark.parametrize(("size", "length"), [(1, 256), (204, 256), (205, 512), (410, 768), (1800, 2304), (9000, 4096)])
def test_a_stretch_has_a_quarter_to_spare(size: int, length: int) -> None:
    assert stretch(size, 4096) == length


@given(
    st.lists(st.lists(st.integers(-8, 8), min_size=6, max_size=6), min_size=1, max_size=90),
    st.sampled_from([1.1, 1.5, 5.0]),
)
def test_recent_tokens_count_for_less(table: list[list[int]], penalty: float) -> None:
    recent, chosen = Recent(penalty), []
    for row in table:
        logits = np.array(row, np.float32)
        token = recent.choose(int(logits.argmax()), logits)
        late = set(chosen[-64:])
        lowered = [value / penalty if value > 0 else value * penalty for value in logits.tolist()]
        expected = [lowered[at] if at in late else value for at, value in enumerate(logits.tolist())]
        assert expected[token] == pytest.approx(max(expected))
        assert logits.tolist() == row
        chosen.append(token)


def test_a_penalty_by_hand_is_that_of_llamacpp(long_tiny: Path) -> None:
    """A temperature that never matters makes llama.cpp's own chain choose."""
    engine = LlamaCppEngine(long_tiny, threads=1, width=1)
    texts = []
    for sampling in (Sampling(repeat_penalty=1.7), Sampling(temperature=1e-4, top_k=1, repeat_penalty=1.7)):
        request = Request("a", (Message("user", "hello"),), 60, sampling)
        texts.append(engine.stream(request, lambda _: None).text)
    assert texts[0] == texts[1]
    engine.close()
