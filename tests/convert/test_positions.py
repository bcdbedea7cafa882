"""Perplexity by position is that of the definition, and short texts do not count."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from convert.logits import open_model
from convert.positions import perplexity_by_position
from taibao_cli.errors import InputError


def test_each_stretch_has_the_perplexity_of_its_own_tokens(tiny_gguf: Path) -> None:
    text = "一种散热装置，包括基板和翅片。" * 20
    first, second = perplexity_by_position(tiny_gguf, [text, "短"], [0, 16, 48], threads=1)
    model = open_model(tiny_gguf, n_ctx=48, threads=1)
    tokens = model.encode(text)[:48]
    logits = model.logits(tokens).astype(np.float64)
    model.close()
    chances = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    losses = -chances[np.arange(47), tokens[1:]]
    assert (first.start, first.end, first.tokens) == (0, 16, 15)
    assert (second.start, second.end, second.tokens) == (16, 48, 31)
    assert first.perplexity == pytest.approx(np.exp(losses[:15].mean()), rel=1e-6)
    assert second.perplexity == pytest.approx(np.exp(losses[16:47].mean()), rel=1e-6)


def test_without_a_long_text_there_is_nothing_to_measure(tiny_gguf: Path) -> None:
    with pytest.raises(InputError, match="no text has 48 tokens"):
        perplexity_by_position(tiny_gguf, ["短"], [0, 48], threads=1)
