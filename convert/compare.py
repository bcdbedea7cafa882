"""How far a converted or quantized model is from the one it was made from."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convert.logits import GgufModel, LogitModel, open_model, open_tokenizer
from taibao_cli.errors import InputError, ModelError

ROWS = 32  # positions worked on at once in float64: 2 x 32 x 151,936 values are 78 MB


@dataclass(frozen=True, slots=True)
class Comparison:
    """Over all predicted tokens of the texts.

    Attributes:
        kl_mean: mean of KL(reference || candidate) per token, in nats.
        kl_max: the largest of them.
        top1: share of tokens for which both put the same token first, 0…1.
        ppl_reference: perplexity of the reference on the texts.
        ppl_candidate: perplexity of the candidate on the same tokens.
        tokens: how many were predicted.
    """

    kl_mean: float
    kl_max: float
    top1: float
    ppl_reference: float
    ppl_candidate: float
    tokens: int


@dataclass(frozen=True, slots=True)
class TokenDifference:
    """A text that the two tokenizers cut differently."""

    text: str
    reference: tuple[int, ...]
    candidate: tuple[int, ...]


def compare(
    reference: Path, candidate: Path, texts: Sequence[str], *, n_ctx: int = 512, threads: int | None = None
) -> Comparison:
    """Run both models over `texts` and compare every next-token distribution.

    Each text is normalised to NFC, tokenised by the reference and cut into windows of `n_ctx` tokens; every token but
    the first of a window is predicted. One window's logits are held at a time. `threads` sets the number of processor
    threads of both libraries (for torch, of the whole process).

    Args:
        reference: a checkpoint folder (run in float32 by transformers) or a GGUF.
        candidate: a GGUF.

    Raises:
        ModelError: a model cannot be loaded, or the vocabularies differ in size.
        InputError: no text has two tokens.
    """
    with (
        closing(open_model(reference, n_ctx=n_ctx, threads=threads)) as a,
        closing(GgufModel(candidate, n_ctx=n_ctx, threads=threads)) as b,
    ):
        if a.vocab_size != b.vocab_size:
            sizes = f"{reference} has {a.vocab_size} tokens and {candidate} {b.vocab_size}"
            raise ModelError(f"{sizes}; a model can only be compared with one made from it")
        return _summarise(_position_scores(a, b, _windows(a, texts, n_ctx)))


def tokenizer_parity(
    folder: Path, gguf: Path, texts: Iterable[str], *, threads: int | None = None
) -> list[TokenDifference]:
    """The texts, normalised to NFC, for which tokenizer.json in `folder` and llama.cpp's reading of `gguf` disagree.

    Special tokens in a text are parsed on both sides. Raises ModelError when either cannot be loaded.
    """
    tokenizer = open_tokenizer(folder)
    differences = []
    with closing(GgufModel(gguf, n_ctx=ROWS, threads=threads)) as model:
        for text in map(nfc, texts):
            expected, found = tokenizer.encode(text, add_special_tokens=False).ids, model.encode(text)
            if expected != found:
                differences.append(TokenDifference(text, tuple(expected), tuple(found)))
    return differences


def nfc(text: str) -> str:
    """The text as every tokenizer here gets it."""
    return unicodedata.normalize("NFC", text)


def _windows(model: LogitModel, texts: Iterable[str], n_ctx: int) -> Iterator[list[int]]:
    for text in texts:
        tokens = model.encode(nfc(text))
        for start in range(0, len(tokens) - 1, n_ctx):
            yield tokens[start : start + n_ctx]


def _position_scores(a: LogitModel, b: LogitModel, windows: Iterable[list[int]]) -> Iterator[NDArray[np.float64]]:
    """[rows, 4] per block of positions: KL, same first token, -log p of the next token under a and under b."""
    for window in windows:
        p, q = a.logits(window)[:-1], b.logits(window)[:-1]
        for start in range(0, len(p), ROWS):
            block = slice(start, start + ROWS)
            yield _score_block(p[block], q[block], window[1:][block])


def _score_block(p: NDArray[np.float32], q: NDArray[np.float32], targets: list[int]) -> NDArray[np.float64]:
    log_p, log_q = log_softmax(p), log_softmax(q)
    rows = np.arange(len(targets))
    scores: NDArray[np.float64] = np.stack(
        [
            (np.exp(log_p) * (log_p - log_q)).sum(-1),
            p.argmax(-1) == q.argmax(-1),
            -log_p[rows, targets],
            -log_q[rows, targets],
        ],
        axis=-1,
    )
    return scores


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Over the last axis, in float64."""
    shifted = logits.astype(np.float64) - logits.max(-1, keepdims=True)
    result: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return result


def _summarise(blocks: Iterable[NDArray[np.float64]]) -> Comparison:
    scores = list(blocks)
    if not scores:
        raise InputError("no text has two tokens or more; nothing to compare")
    kl, same, nll_a, nll_b = np.concatenate(scores).T
    return Comparison(
        kl_mean=float(kl.mean()),
        kl_max=float(kl.max()),
        top1=float(same.mean()),
        ppl_reference=float(np.exp(nll_a.mean())),
        ppl_candidate=float(np.exp(nll_b.mean())),
        tokens=len(kl),
    )
