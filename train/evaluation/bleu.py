"""BLEU from counts that add up over rows, so that resamples of the rows need no second reading of the texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from taibao_cli.patents.language import Lang
from train.evaluation.metrics import Floats

ORDER: Final = 4
_TOKENIZERS: Final = {"zh": "zh", "en": "13a"}
"""sacrebleu's: single Han characters for Chinese, that of the WMT for English."""


@cache
def _tokenizer(lang: Lang) -> Any:
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(tokenize=_TOKENIZERS[lang]).tokenizer


@cache
def _computer() -> Any:
    from sacrebleu.metrics.bleu import BLEU

    return BLEU.compute_bleu


def bleu_statistics(answer: str, golds: Sequence[str], lang: Lang) -> tuple[float, ...]:
    """(length of the answer, of the gold nearest to it, then for each order 1 to 4 the n-grams that some gold has and
    all n-grams of the answer); Papineni et al. 2002."""
    own = _tokenizer(lang)(answer).split()
    others = [_tokenizer(lang)(gold).split() for gold in golds]
    nearest = min((len(other) for other in others), key=lambda length: (abs(length - len(own)), length))
    counts: list[float] = [len(own), nearest]
    for order in range(1, ORDER + 1):
        grams, most = _ngrams(own, order), Counter[tuple[str, ...]]()
        for other in others:
            most |= _ngrams(other, order)
        counts += [(grams & most).total(), grams.total()]
    return tuple(counts)


def bleu_score(statistics: Sequence[float] | Floats) -> float:
    """BLEU of summed counts, 0 to 100, smoothed as sacrebleu does by default."""
    own, gold, *counts = (int(count) for count in statistics)
    return float(_computer()(counts[0::2], counts[1::2], own, gold, smooth_method="exp").score)


def _ngrams(words: Sequence[str], order: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[at : at + order]) for at in range(len(words) - order + 1))
