from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from taibao_cli.engine.base import Message, Request
from taibao_cli.engine.chatml import render_chatml
from taibao_cli.engine.llamacpp.capi.batch import Batch
from taibao_cli.engine.llamacpp.capi.context import Context
from taibao_cli.engine.llamacpp.capi.model import Model
from taibao_cli.engine.llamacpp.engine import LlamaCppEngine
from taibao_cli.engine.text.labels import LabelTrie

SUBCLASSES = tuple(f"{a}{b:02d}{c}" for a in "ABCDEFGH" for b in range(1, 11) for c in "BCDFGHKL")
MESSAGES = (Message("user", "一种电池管理系统"),)


class Exhaustive:
    """Scores labels one prefix at a time, each with a decode of the whole text from nothing."""

    def __init__(self, path: Path) -> None:
        self.model = Model(path)
        self.context = Context(self.model, cells=512, batch=512, sequences=1, threads=1, stop=lambda: False)
        self.batch = Batch(512, 1)

    def next_logits(self, tokens: list[int]) -> np.ndarray:
        self.context.clear()
        self.batch.clear()
        for position, token in enumerate(tokens):
            self.batch.add(token, position, (0,), logits=position == len(tokens) - 1)
        self.context.decode(self.batch)
        return np.array(self.context.outputs(1)[0], dtype=np.float64)

    def probabilities(self, prompt: str, labels: tuple[str, ...]) -> dict[str, float]:
        start = self.model.tokenize(prompt, parse_special=True)
        end = self.model.end_of_turn()
        paths = {label: [*self.model.tokenize(label, parse_special=False), end] for label in labels}
        followers: dict[tuple[int, ...], set[int]] = {}
        for path in paths.values():
            for at, token in enumerate(path):
                followers.setdefault(tuple(path[:at]), set()).add(token)
        shares: dict[tuple[int, ...], float] = {}
        for prefix, tokens in followers.items():
            logits = self.next_logits([*start, *prefix]) if len(tokens) > 1 else np.zeros(self.model.n_vocab)
            weights = {token: math.exp(logits[token] - logits.max()) for token in tokens}
            shares |= {(*prefix, token): weight / sum(weights.values()) for token, weight in weights.items()}
        return {k: math.prod(shares[tuple(p[: n + 1])] for n in range(len(p))) for k, p in paths.items()}

    def close(self) -> None:
        self.context.close()
        self.model.close()


@pytest.mark.parametrize(
    "labels",
    [("发明", "实用新型", "外观设计"), ("H04", "H04L", "H04L 65", "A01"), ("only",), SUBCLASSES],
    ids=["types", "prefixes", "single", "640 subclasses"],
)
def test_equals_exhaustive_scoring(tiny: Path, engine: LlamaCppEngine, labels: tuple[str, ...]) -> None:
    (result,) = engine.run([Request("a", MESSAGES, 1, labels=labels)])
    exhaustive = Exhaustive(tiny)
    expected = exhaustive.probabilities(render_chatml(MESSAGES), labels)
    exhaustive.close()
    assert result.labels is not None
    assert {score.label: score.p for score in result.labels} == pytest.approx(expected, abs=1e-4, rel=0.01)
    assert sum(score.p for score in result.labels) == pytest.approx(1.0, abs=1e-9)
    assert [score.p for score in result.labels] == sorted((score.p for score in result.labels), reverse=True)
    assert (result.finish, result.text, result.usage.completion) == ("label", result.labels[0].label, 0)


def test_inner_paths_hold_every_branching_node() -> None:
    trie = LabelTrie([[int(c, 36) for c in label] for label in SUBCLASSES], end=99)
    paths = trie.inner_paths
    assert {node for path in paths for node in path} >= {n for n in range(1, len(trie.parent)) if trie.branches(n)}
    assert all(trie.branches(path[-1]) for path in paths)
    assert LabelTrie([[1], [2]], end=9).inner_paths == []
