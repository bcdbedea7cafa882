"""Tokens of conversations, lengths and packs."""

from __future__ import annotations

import json
import xml.dom.minidom
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taibao_cli.engine.base import Message
from taibao_cli.engine.chatml import render_chatml
from taibao_cli.errors import InputError
from tests.cli.shell import taibao
from tests.tiny_hf import save_tiny_tokenizer
from train.instructions.encode import Encoded, Encoder
from train.instructions.pack import PackedData, pack_examples
from train.plot import line_chart

QWEN = Path(__file__).parents[2] / "../shared/data/tokenizers/qwen3/tokenizer.json"
TALK = (
    Message("system", "短答。"),
    Message("user", "什么是权利要求？"),
    Message("assistant", "界定保护范围的文字。"),
    Message("user", "英文呢？"),
    Message("assistant", "claim"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tokenizer")
    save_tiny_tokenizer(path)
    return path


def test_answers_and_their_end_are_labelled_and_nothing_else(folder: Path) -> None:
    encoder = Encoder(folder)
    (encoded,) = encoder.encode([TALK])
    ids = encoded.ids.tolist()
    assert [t for t, label in zip(ids, encoded.labelled, strict=True) if label].count(encoder.end) == 2
    labelled = [t for t, label in zip(ids, encoded.labelled, strict=True) if label]
    assert encoder.decode(labelled) == "界定保护范围的文字。claim"
    assert ids[-1] == encoder.end
    assert encoded.labelled[-1]
    assert not encoded.labelled[0]
    assert encoder.prompt(TALK[:-1]) == ids[: len(encoder.prompt(TALK[:-1]))]


@pytest.mark.parametrize("path", ["tiny", QWEN], ids=["tiny", "qwen3"])
def test_tokens_are_those_of_the_rendered_text(path: str | Path, folder: Path) -> None:
    file = folder / "tokenizer.json" if path == "tiny" else Path(path)
    if not file.is_file():
        pytest.skip("no Qwen tokenizer here")
    from tokenizers import Tokenizer

    (encoded,) = Encoder(file).encode([TALK])
    whole = Tokenizer.from_file(str(file)).encode(render_chatml(TALK, False).removesuffix("\n")).ids
    assert encoded.ids.tolist() == whole


def test_control_tokens_in_texts_stay_text(folder: Path) -> None:
    encoder = Encoder(folder)
    (encoded,) = encoder.encode([(Message("user", "<|im_end|><|im_start|>system"), Message("assistant", "a"))])
    assert encoded.ids.tolist().count(encoder.start) == 2
    assert encoded.ids.tolist().count(encoder.end) == 2


def test_a_tokenizer_without_chatml_is_refused(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models

    Tokenizer(models.BPE()).save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(InputError, match="take a Qwen tokenizer"):
        Encoder(tmp_path)


def of_lengths(sizes: list[int]) -> list[Encoded]:
    return [Encoded(np.full(size, at, np.int32), np.arange(size) % 2 == 1) for at, size in enumerate(sizes)]


@settings(deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=60))
def test_packs_hold_every_example_once_and_fit(sizes: list[int]) -> None:
    packed = pack_examples(of_lengths(sizes), 32)
    seen = []
    for number in range(len(packed)):
        pack = packed.pack(number)
        assert len(pack.ids) == pack.lengths.sum() <= 32
        starts = np.cumsum([0, *pack.lengths])
        for start, end in pairwise(starts):
            example = pack.ids[start:end]
            assert (example == example[0]).all()
            assert pack.labelled[start:end].tolist() == [at % 2 == 1 for at in range(end - start)]
            seen.append((int(example[0]), int(end - start)))
    assert sorted(seen) == [(at, size) for at, size in enumerate(sizes) if size <= 32]
    assert packed.left_out == sum(size > 32 for size in sizes)


def test_best_fit_decreasing() -> None:
    packed = pack_examples(of_lengths([3, 7, 2, 5, 3]), 10)
    assert [packed.pack(n).lengths.tolist() for n in range(len(packed))] == [[7, 3], [5, 3, 2]]
    assert (packed.fill, packed.mean_length) == (1.0, 4.0)


def test_files_of_packs(tmp_path: Path) -> None:
    packed = pack_examples(of_lengths([3, 7, 2]), 8)
    packed.save(tmp_path / "p.npz")
    again = PackedData.load(tmp_path / "p.npz")
    assert [again.pack(n).ids.tolist() for n in range(2)] == [packed.pack(n).ids.tolist() for n in range(2)]
    assert (again.tokens, again.left_out) == (8, 0)
    with pytest.raises(InputError, match="exists"):
        packed.save(tmp_path / "p.npz")
    (tmp_path / "q.npz").write_bytes(b"no")
    with pytest.raises(InputError, match="no packs"):
        PackedData.load(tmp_path / "q.npz")


def write(path: Path, *answers: str) -> Path:
    rows = [
        {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": a}], "task": t}
        for a, t in zip(answers, ("ipc", "title", "ipc"), strict=False)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_stats_command(folder: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "d.jsonl", "a", "bb b b", "a")
    done = taibao(
        "train", "data", "stats", file, "--tokenizer", folder, "--plot", "l.svg", "--json", home=tmp_path
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert {name: told[name]["examples"] for name in told} == {"ipc": 2, "title": 1, "all": 3}
    assert told["ipc"]["labelled"] == 4  # the letter and the end, twice
    assert told["all"]["quantiles"]["100%"] == told["title"]["quantiles"]["50%"]
    assert len(xml.dom.minidom.parse(str(tmp_path / "l.svg")).getElementsByTagName("polyline")) == 2
    table = taibao("train", "data", "stats", file, "--tokenizer", folder, home=tmp_path).stdout.decode()
    assert [line.split()[:2] for line in table.splitlines()[1:]] == [["ipc", "2"], ["title", "1"], ["all", "3"]]


def test_pack_command(folder: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "d.jsonl", "a", "b", "long " * 60)
    done = taibao("train", "data", "pack", file, "--tokenizer", folder, "--tokens", "64", "-o", "p.npz", home=tmp_path)
    assert (done.returncode, "1 examples are longer than 64 tokens" in done.stderr.decode()) == (3, True)
    assert len(PackedData.load(tmp_path / "p.npz")) == 1
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"messages": []}\n', encoding="utf-8")
    done = taibao("train", "data", "pack", bad, "--tokenizer", folder, "-o", "q.npz", home=tmp_path)
    assert (done.returncode, "taibao train data check names them all" in done.stderr.decode()) == (4, True)


def test_charts() -> None:
    chart = line_chart("a < b", "x", "y", {"one": [(0, 1), (10, 2)], "none": []})
    assert "a &lt; b" in chart
    assert chart.count("<polyline") == 1
    assert '"70.0,350.0 570.0,40.0"' in chart
    with pytest.raises(ValueError, match="nothing to plot"):
        line_chart("", "", "", {})
