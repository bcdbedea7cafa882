"""One model in several number formats: what each costs and how far it is from the original."""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from convert.compare import compare
from convert.imatrix import ImportanceMatrix
from convert.quantize import quantize
from taibao_cli.errors import ModelError

Metric = Callable[[Path], Mapping[str, float]]
"""Scores of a model file by name, higher is better."""

NEW_TOKENS: Final = 32
"""Length of the answers that are timed."""

SOURCE: Final = "original"


@dataclass(frozen=True, slots=True)
class TypeRow:
    """What was measured on one file.

    Attributes:
        type: its number format; `SOURCE` for the file that the others were made from.
        bytes: its size.
        ppl_ratio: its perplexity on the texts over that of the original.
        kl: mean KL(original || it) per token, nats.
        top1: share of tokens for which both put the same one first.
        rows_per_s: paragraphs answered in a second, `NEW_TOKENS` tokens each, by the engine of `taibao batch`.
        peak_bytes: the most memory that the process answering them took.
        metrics: scores by name; empty when none were asked for.
    """

    type: str
    bytes: int
    ppl_ratio: float
    kl: float
    top1: float
    rows_per_s: float
    peak_bytes: int
    metrics: Mapping[str, float]

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "metrics": dict(self.metrics)}


@dataclass(frozen=True, slots=True)
class Budget:
    """How much may be lost and used. `loss` is the share of a score; None sets no bound."""

    kl: float = 0.05
    loss: float = 0.02
    bytes: int | None = None
    peak_bytes: int | None = None


def measure(
    source: Path,
    types: Sequence[str],
    texts: Sequence[str],
    folder: Path,
    *,
    matrix: ImportanceMatrix | None = None,
    matrix_name: str = "",
    metric: Metric | None = None,
    n_ctx: int = 512,
    rows: int = 32,
    threads: int | None = None,
    progress: Callable[[str], None] = lambda type_: None,
) -> list[TypeRow]:
    """Write `source` in each of `types` to `folder` (NAME-TYPE.gguf, replaced when there) and measure it and them.

    Args:
        source: a GGUF in f32, f16 or bf16.
        texts: held-out paragraphs; the first `rows` of them are answered for the speed.
        metric: called with each file, the original first.
        progress: told which type comes next.

    Raises:
        ModelError, InputError: as `quantize` and `compare` do, or a model without a chat template.
    """
    measured = []
    for type_ in (SOURCE, *types):
        progress(type_)
        path = source if type_ == SOURCE else quantized_path(source, folder, type_)
        if type_ != SOURCE:
            quantize(source, path, type_, imatrix=matrix, imatrix_name=matrix_name, threads=threads, overwrite=True)
        comparison = compare(source, path, texts, n_ctx=n_ctx, threads=threads)
        speed, peak = answer_apart(path, texts[:rows], n_ctx=n_ctx, threads=threads)
        measured.append(
            TypeRow(
                type=type_,
                bytes=path.stat().st_size,
                ppl_ratio=comparison.ppl_candidate / comparison.ppl_reference,
                kl=comparison.kl_mean,
                top1=comparison.top1,
                rows_per_s=speed,
                peak_bytes=peak,
                metrics=dict(metric(path)) if metric else {},
            )
        )
    return measured


def quantized_path(source: Path, folder: Path, type_: str) -> Path:
    """m-f16.gguf as q8_0 is m-q8_0.gguf."""
    stem = source.stem
    for known in ("-f16", "-bf16", "-f32"):
        stem = stem.removesuffix(known)
    return folder / f"{stem}-{type_}.gguf"


def recommend(rows: Sequence[TypeRow], budget: Budget) -> TypeRow | None:
    """The smallest file within the budget, the original included; None when there is none."""
    original = next(row for row in rows if row.type == SOURCE)
    fitting = [row for row in rows if not over_budget(row, original, budget)]
    return min(fitting, key=lambda row: (row.bytes, row.kl), default=None)


def over_budget(row: TypeRow, original: TypeRow, budget: Budget) -> list[str]:
    """What of `row` is beyond `budget`, in words; [] when nothing is."""
    found = []
    if not row.kl <= budget.kl:
        found.append(f"KL {row.kl:.3g}")
    for name, score in row.metrics.items():
        if score < original.metrics[name] - budget.loss * abs(original.metrics[name]):
            found.append(f"{name} {score:.3g}")
    if budget.bytes is not None and row.bytes > budget.bytes:
        found.append(f"size {row.bytes / 1e6:.1f} MB")
    if budget.peak_bytes is not None and row.peak_bytes > budget.peak_bytes:
        found.append(f"memory {row.peak_bytes / 1e6:.0f} MB")
    return found


def answer_apart(path: Path, texts: Sequence[str], *, n_ctx: int, threads: int | None) -> tuple[float, int]:
    """(texts answered in a second, most bytes of memory), in a process of its own.

    Raises:
        ModelError: the engine cannot load `path`, or died.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            return pool.submit(_answer, path, tuple(texts), n_ctx, threads).result()
        except RuntimeError as error:  # BrokenProcessPool
            raise ModelError(f"the process that ran {path} died; it may have run out of memory") from error


def _answer(path: Path, texts: tuple[str, ...], n_ctx: int, threads: int | None) -> tuple[float, int]:
    from taibao_cli.engine.base import Message, Request
    from taibao_cli.engine.llamacpp.engine import LlamaCppEngine

    engine = LlamaCppEngine(path, ctx=n_ctx, threads=threads)
    try:
        longest = (n_ctx - NEW_TOKENS) // 3  # characters, so that even rare ones leave room for the answer
        requests = [
            Request(key=str(i), messages=(Message("user", text[:longest]),), max_tokens=NEW_TOKENS)
            for i, text in enumerate(texts)
        ]
        start = time.monotonic()
        answered = sum(result.error is None for result in engine.run(requests))
        seconds = time.monotonic() - start
    finally:
        engine.close()
    unit = 1 if sys.platform == "darwin" else 1024
    return answered / seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
