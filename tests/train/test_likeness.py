from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from train import likeness as learning  # noqa: E402

_SAME = ("钱费", "年几", "谁归", "商牌", "书版", "抄仿")
"""Places, each with two words that mean the same there."""


def _asked() -> list[tuple[int, str]]:
    """Each word stands beside common ones, now with the other word of its place and now alone."""
    common = "的要怎么办呢"
    return [
        (number, f"{word}，{other}")
        for number, pair in enumerate(_SAME)
        for word in (pair[0], pair[1], f"{pair[0]}，{pair[1]}")
        for other in common
    ]


def test_words_of_one_place_become_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "WIDTH", 8)
    texts = learning.Texts.of(_asked(), [""] * len(_SAME), 2)
    table = torch.nn.functional.normalize(learning.trained(texts), dim=1)
    at = {word: number for number, word in enumerate(texts.known)}
    within = [float(table[at[a]] @ table[at[b]]) for a, b in _SAME]
    across = [float(table[at[a]] @ table[at[c]]) for a, _ in _SAME for c, _ in _SAME if a != c]
    assert min(within) > max(across)
    places = learning.Texts.places(texts, learning.trained(texts), torch.arange(len(texts.owners)))
    assert places.norm(dim=1) == pytest.approx(torch.ones(len(_SAME)), abs=1e-5)
