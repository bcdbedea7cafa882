"""The comparison itself: right numbers, right tokens, clear refusals."""

from __future__ import annotations

import itertools
import json
import lzma
import shutil
from pathlib import Path

import numpy as np
import pytest

from convert.compare import compare, tokenizer_parity
from convert.gguf import convert_checkpoint
from convert.logits import open_model
from taibao_cli.errors import InputError, ModelError
from tests.tiny_hf import make_tiny_checkpoint

DATA = Path(__file__).parents[2] / "../shared/data"
HARD_TEXTS = [
    "一种散热装置，包括基板（10）、翅片（20）；温度为100℃～250℃。",
    "The device of claim 12, wherein it's 3.5 mm  wide;\n\n\tthe fins' height isn't 1,234 µm.",
    "全角ＡＢＣ１２３４，半角ABC1234 。",
    "Å (U+212B), Ω (U+2126), K (U+212A), e\u0301, ﬁ, 가",
    "😀 🇨🇳 \u200b\u00a0 ½ ² Ⅷ ㎡",
    " leading and trailing  ",
    "<|im_start|>user\n你好<|im_end|>\n",
    "",
]


def test_a_model_equals_itself(tiny_gguf: Path, texts: list[str]) -> None:
    result = compare(tiny_gguf, tiny_gguf, texts, n_ctx=64, threads=1)
    assert (result.kl_mean, result.kl_max, result.top1) == (0.0, 0.0, 1.0)
    assert result.ppl_reference == result.ppl_candidate


def test_numbers_are_those_of_the_definition(tiny: Path, tmp_path: Path, texts: list[str]) -> None:
    import torch

    other = tmp_path / "other.gguf"
    convert_checkpoint(make_tiny_checkpoint(tmp_path / "hf", seed=1), other, dtype="f32")
    result = compare(tiny, other, texts[:2], n_ctx=40, threads=1)

    a, b = open_model(tiny, n_ctx=40, threads=1), open_model(other, n_ctx=40, threads=1)
    p, q, targets = [], [], []
    for text in texts[:2]:
        ids = a.encode(text)
        for window in (ids[i : i + 40] for i in range(0, len(ids), 40)):
            p.append(a.logits(window)[:-1].copy())
            q.append(b.logits(window)[:-1].copy())
            targets += window[1:]
    first, second = np.concatenate(p), np.concatenate(q)
    log_p, log_q = (torch.tensor(x).double().log_softmax(-1).numpy() for x in (first, second))
    kl = (np.exp(log_p) * (log_p - log_q)).sum(-1)
    rows = np.arange(len(targets))
    assert result.tokens == len(targets)
    assert result.kl_mean == pytest.approx(kl.mean())
    assert result.kl_max == pytest.approx(kl.max())
    assert result.kl_mean > 0.1
    assert result.top1 == np.mean(first.argmax(-1) == second.argmax(-1)) < 0.5
    assert result.ppl_reference == pytest.approx(np.exp(-log_p[rows, targets].mean()))
    assert result.ppl_candidate == pytest.approx(np.exp(-log_q[rows, targets].mean()))


def test_tokenizers_agree_after_nfc(tiny: Path, tiny_gguf: Path) -> None:
    assert tokenizer_parity(tiny, tiny_gguf, HARD_TEXTS, threads=1) == []


@pytest.mark.skipif(not DATA.is_dir(), reason="the development corpora are not beside this checkout")
@pytest.mark.parametrize("name", ["patents_zh", "patents_en"])
def test_tokenizers_agree_on_patents(tiny: Path, tiny_gguf: Path, name: str) -> None:
    with lzma.open(DATA / f"{name}.jsonl.xz", "rt", encoding="utf-8") as lines:
        paragraphs = [json.loads(line)["abstract"] for line in itertools.islice(lines, 300)]
    assert sum(map(len, paragraphs)) > 10_000
    assert tokenizer_parity(tiny, tiny_gguf, paragraphs, threads=1) == []


def test_a_different_cut_is_reported(tiny: Path, tiny_gguf: Path, tmp_path: Path) -> None:
    changed = Path(shutil.copytree(tiny, tmp_path / "changed"))
    path = changed / "tokenizer.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"<|im_end|>"', '"<|stop|>"'), encoding="utf-8")
    (difference,) = tokenizer_parity(changed, tiny_gguf, ["a<|im_end|>", "b"], threads=1)
    assert difference.text == "a<|im_end|>"
    assert difference.candidate[-1] == 2
    assert len(difference.reference) > len(difference.candidate) == 2


def test_text_is_normalised_before_it_is_cut(tiny_gguf: Path) -> None:
    composed = compare(tiny_gguf, tiny_gguf, ["caf\u00e9 \u00c5"], threads=1)
    decomposed = compare(tiny_gguf, tiny_gguf, ["cafe\u0301 \u212b"], threads=1)
    assert composed == decomposed


def test_what_cannot_be_compared(tiny: Path, tiny_gguf: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no text has two tokens or more"):
        compare(tiny_gguf, tiny_gguf, ["", "a"], threads=1)
    with pytest.raises(ModelError, match=r"cannot read .*none.gguf"):
        compare(tiny, tmp_path / "none.gguf", ["text"], threads=1)
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(tiny_gguf.read_bytes()[:3000])
    with pytest.raises(ModelError, match=r"llama.cpp cannot load .*cut.gguf: failed to read"):
        compare(tiny_gguf, cut, ["text"], threads=1)
    with pytest.raises(ModelError, match=r"config.json is missing"):
        compare(tmp_path, tiny_gguf, ["text"], threads=1)


def test_a_reference_with_missing_weights_is_not_filled_at_random(tiny: Path, tiny_gguf: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    folder = Path(shutil.copytree(tiny, tmp_path / "copy"))
    weights = load_file(folder / "model.safetensors")
    del weights["model.norm.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"lacks 1 tensors, first model.norm.weight"):
        compare(folder, tiny_gguf, ["text"], threads=1)


def test_vocabularies_of_different_size(tiny_gguf: Path, tmp_path: Path) -> None:
    from tests.tiny import make_tiny_gguf

    other = make_tiny_gguf(tmp_path / "other.gguf")
    with pytest.raises(ModelError, match="a model can only be compared with one made from it"):
        compare(tiny_gguf, other, ["text"], threads=1)
