"""A grown model says what the small one said, and its clones do not stay clones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import llama_cpp
import pytest
import torch

from taibao_cli.errors import InputError, ModelError
from taibao_cli.models.registry import builtin_file
from tests.tiny import make_tiny_gguf
from train.grow import grow
from train.model import make_model
from train.shape import Shape
from train.start import read_start
from train.tokenizer import restore_tokenizer

SMALL = Shape(vocabulary=64, hidden=32, layers=2, intermediate=48, heads=2, kv_heads=1, head_dim=16, context=64)
WIDE = Shape(vocabulary=64, hidden=64, layers=2, intermediate=144, heads=4, kv_heads=2, head_dim=16, context=64)


def _model(shape: Shape) -> Any:
    return make_model(shape, eos=1, pad=0, seed=3)


def _weights(model: Any) -> dict[str, torch.Tensor]:
    return {name: parameter.detach() for name, parameter in model.named_parameters()}


def test_the_logits_stay() -> None:
    small, wide = _model(SMALL), _model(WIDE)
    assert not wide.load_state_dict(grow(_weights(small), SMALL, WIDE, seed=1), strict=False).unexpected_keys
    ids = torch.arange(40).reshape(2, 20)
    with torch.no_grad():
        assert torch.allclose(small(ids).logits, wide(ids).logits, atol=1e-6)


def test_clones_get_gradients_of_their_own() -> None:
    wide = _model(WIDE)
    wide.load_state_dict(grow(_weights(_model(SMALL)), SMALL, WIDE, seed=1), strict=False)
    ids = torch.arange(40).reshape(2, 20)
    wide(ids, labels=ids).loss.backward()
    gradient = wide.model.layers[0].mlp.up_proj.weight.grad
    first, second = gradient[:48], gradient[48:96]
    assert (first - second).norm() > 0.1 * first.norm()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"heads": 2}, "heads: 2 cannot grow to 2"),
        ({"intermediate": 100}, "100 is no multiple of 48"),
        ({"layers": 3}, "layers: 3, but the model to start from has 2"),
    ],
)
def test_what_cannot_be_cloned_is_refused(change: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        grow(_weights(_model(SMALL)), SMALL, replace(WIDE, **change), seed=1)


def test_a_gguf_is_read_back(tmp_path: Path) -> None:
    start = read_start(make_tiny_gguf(tmp_path / "tiny.gguf"))
    assert (start.shape.hidden, start.shape.layers, start.shape.vocabulary) == (256, 2, 260)
    model = make_model(start.shape, eos=1, pad=0, seed=0)
    assert model.load_state_dict(start.weights, strict=False).missing_keys == ["lm_head.weight"]


def test_what_is_no_gguf_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(b"no model")
    with pytest.raises(ModelError, match="not a readable GGUF"):
        read_start(path)


@pytest.mark.model
def test_the_tokens_of_the_builtin_model_cut_texts_as_llama_cpp_does() -> None:
    path = builtin_file()
    start = read_start(path)
    tokenizer = restore_tokenizer(start.tokens, start.merges)
    model = llama_cpp.Llama(str(path), vocab_only=True, verbose=False)
    for text in ("一种锂离子电池正极材料及其制备方法，包括：", "A method comprising 12.5 g of NaCl <|im_end|>\n\nIPC?"):
        assert tokenizer.encode(text).ids == model.tokenize(text.encode(), add_bos=False, special=True)
