"""What a run is, and its stages: tokenizer, lexicon, data, embeddings, base, LoRA, merge, average, GGUF, quantize,
verify."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from taibao_cli.engine.threads import default_threads
from train import manifest
from train.config import TrainConfig
from train.data.corpora import Corpora
from train.step_log import Report, StepLog

LEXICON_NAME = "lexicon.tsv.xz"
_LONG_TEXTS = 8
_SEED_TERMS = Path(__file__).parent / "data" / "terms.tsv"


@dataclass(frozen=True, slots=True)
class Run:
    """A training run in the folder `out`. `report(stage, facts)` is told of every step. With `start`, the GGUF of an
    earlier run, the base has its tokens and begins with its weights, grown to the shape of the configuration."""

    config: TrainConfig
    corpora: Corpora
    out: Path
    report: Report
    start: Path | None = None

    @property
    def checkpoint(self) -> Path:
        return self.out / "base" / "checkpoint"

    @property
    def merged(self) -> Path:
        return self.out / "merged"

    @property
    def averaged(self) -> Path:
        """The merged model, or what lies between it and the one that it started from."""
        return self.out / "average" if self.start and self.config.start_share else self.merged

    @property
    def f16(self) -> Path:
        return self.out / f"{self.config.export.name}-f16.gguf"

    @property
    def quantized(self) -> Path:
        return self.out / f"{self.config.export.name}-{self.config.export.quantize}.gguf"


def _tokenizer(run: Run, results: dict[str, Any]) -> None:
    from train.data.samples import tokenizer_texts
    from train.tokenizer import restore_tokenizer, save_tokenizer, train_tokenizer

    if run.start is not None:
        from train.start import read_start

        start = read_start(run.start)
        save_tokenizer(restore_tokenizer(start.tokens, start.merges), run.out / "tokenizer", run.config.shape.context)
        results.update(entries=len(start.tokens), start=run.start.name)
        return
    texts = tokenizer_texts(run.corpora, run.config.tokenizer_chars, run.config.seed)
    tokenizer = train_tokenizer(texts, run.config.shape.vocabulary)
    save_tokenizer(tokenizer, run.out / "tokenizer", run.config.shape.context)
    sample = texts[: min(2000, len(texts))]
    tokens = sum(len(encoding.ids) for encoding in tokenizer.encode_batch(sample))
    results.update(texts=len(texts), entries=tokenizer.get_vocab_size())
    results["chars_per_token"] = round(sum(map(len, sample)) / tokens, 3)


def _lexicon(run: Run, results: dict[str, Any]) -> None:
    from train.data.samples import lexicon_pairs
    from train.lexicon import induce, with_seed, write_lexicon

    pairs = list(lexicon_pairs(run.corpora, run.config.seed))
    entries = with_seed(induce(pairs), _SEED_TERMS)
    write_lexicon(entries, run.out / LEXICON_NAME)
    results.update(pairs=len(pairs), entries=len(entries))


def _data(run: Run, results: dict[str, Any]) -> None:
    from taibao_cli.patents.lexicon import Lexicon
    from train.data.build import build_packs
    from train.tokenizer import load_tokenizer

    tokenizer, lexicon = load_tokenizer(run.out / "tokenizer"), Lexicon.load(run.out / LEXICON_NAME)
    for name, mixture, seed in (
        ("data", run.config.mixture, run.config.seed),
        ("sft-data", run.config.sft_mixture, run.config.seed + 1000),
    ):
        results[name] = build_packs(
            run.corpora, "train", tokenizer, lexicon, mixture, run.out / name,
            lengths=run.config.lengths, seed=seed,
        )  # fmt: skip


def _embeddings(run: Run, results: dict[str, Any]) -> None:
    """Nothing when the base starts from another model, which has embeddings."""
    if run.start is not None:
        return
    from safetensors.torch import save_file

    from train.data.build import bag_data
    from train.embed import train_embeddings
    from train.tokenizer import load_tokenizer

    data = bag_data(run.corpora, load_tokenizer(run.out / "tokenizer"))
    shape, steps = run.config.shape, run.config.base.embed_steps
    rows, losses = train_embeddings(
        data, shape.vocabulary, shape.hidden, steps=steps, seed=run.config.seed, std=run.config.base.embed_std
    )
    save_file({"embeddings": rows.contiguous()}, run.out / "embeddings.safetensors")
    results.update(documents=len(data.documents), twins=len(data.twins), first_loss=losses[0], last_loss=losses[-1])


def _base(run: Run, results: dict[str, Any]) -> None:
    from train.base import Tokens, train_base
    from train.data.build import load_packs
    from train.tokenizer import END_OF_TEXT, IM_END, load_tokenizer

    tokenizer = load_tokenizer(run.out / "tokenizer")
    packs = load_packs(run.out / "data")
    tokens = Tokens(eos=tokenizer.token_to_id(IM_END), pad=tokenizer.token_to_id(END_OF_TEXT))
    with StepLog(run.out, "base", run.report) as log:
        train_base(
            run.config.shape,
            run.config.base,
            packs,
            tokens,
            _start_weights(run),
            run.out / "base",
            seed=run.config.seed,
            report=log.step,
        )
    for path in (run.out / "tokenizer").iterdir():
        shutil.copyfile(path, run.checkpoint / path.name)
    results.update(log.summary())


def _start_weights(run: Run) -> dict[str, Any]:
    """Trained embeddings, or all weights of the model to start from."""
    from safetensors.torch import load_file

    from train.grow import grow
    from train.start import read_start

    if run.start is None:
        return {"model.embed_tokens.weight": load_file(run.out / "embeddings.safetensors")["embeddings"]}
    start = read_start(run.start)
    return grow(start.weights, start.shape, run.config.shape, seed=run.config.seed)


def _sft(run: Run, results: dict[str, Any]) -> None:
    from train.data.build import load_packs
    from train.sft import train_sft

    packs = load_packs(run.out / "sft-data")
    with StepLog(run.out, "sft", run.report) as log:
        train_sft(run.checkpoint, run.config.sft, packs, run.out / "sft", seed=run.config.seed, report=log.step)
    results.update(log.summary())


def _merge(run: Run, results: dict[str, Any]) -> None:
    from train.data.build import load_packs
    from train.merge import merge_adapter
    from train.mergecheck import check_merge

    shutil.rmtree(run.merged, ignore_errors=True)
    merge_adapter(run.checkpoint, run.out / "sft" / "adapter", run.merged)
    packs = load_packs(run.out / "sft-data")[0]
    prompts = [row[:256].tolist() for row in packs.ids[:16]]
    results.update(asdict(check_merge(run.checkpoint, run.out / "sft" / "adapter", run.merged, prompts)))
    (run.merged / "taibao.json").write_text(
        json.dumps(_project(run), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )


def _average(run: Run, results: dict[str, Any]) -> None:
    """Nothing when there is no other model that has a share in the result."""
    from train.average import average

    if run.start and run.config.start_share:
        shutil.rmtree(run.averaged, ignore_errors=True)
        average(_start_weights(run), run.merged, run.config.start_share, run.averaged)
        results.update(start=run.start.name, start_share=run.config.start_share)


def _project(run: Run) -> dict[str, Any]:
    """taibao.json beside the merged checkpoint: what the converter writes into the GGUF."""
    return {
        "prompt": "brief",
        "lexicon": LEXICON_NAME,
        "general": {
            "name": run.config.export.name,
            "basename": run.config.export.name,
            "version": run.config.export.version,
            "finetune": "LoRA on patent tasks",
            "license": "CC-BY-SA-4.0",
            "license_link": "https://creativecommons.org/licenses/by-sa/4.0/",
            "languages": ["zh", "en"],
            "tags": ["patent", "translation", "classification", "ipc"],
            "description": "Small bilingual patent model, trained from scratch by the taibao project",
            "datasets": [{"name": path.name} for path in sorted(run.corpora.folder.glob("*.jsonl.xz"))],
        },
    }


def _gguf(run: Run, results: dict[str, Any]) -> None:
    from convert.gguf import convert_checkpoint

    warnings = convert_checkpoint(run.averaged, run.f16, dtype="f16", overwrite=True)
    results.update(file=run.f16.name, bytes=run.f16.stat().st_size, sha256=manifest.file_digest(run.f16))
    results["warnings"] = warnings


def _quantize(run: Run, results: dict[str, Any]) -> None:
    from convert.quantize import quantize

    warnings = quantize(run.f16, run.quantized, run.config.export.quantize, threads=default_threads(), overwrite=True)
    results.update(file=run.quantized.name, bytes=run.quantized.stat().st_size, warnings=warnings)
    results["sha256"] = manifest.file_digest(run.quantized)


def _verify(run: Run, results: dict[str, Any]) -> None:
    from convert.compare import compare, tokenizer_parity

    rows = [row for name in ("patents_zh", "patents_en") for row in run.corpora.rows(name, "dev")]
    texts = [row["abstract"] for row in rows if row.get("abstract")][:2000]
    sample = texts[:: max(1, len(texts) // 40)][:40]
    for name, reference, candidate in (("f16", run.averaged, run.f16), ("quantized", run.f16, run.quantized)):
        results[name] = asdict(compare(reference, candidate, sample, n_ctx=512, threads=default_threads()))
    differences = tokenizer_parity(run.averaged, run.f16, texts, threads=default_threads())
    results["tokenizer"] = {"paragraphs": len(texts), "different": len(differences)}
    results["positions"] = _positions(run, [row["description"] for row in rows if row.get("description")])


def _positions(run: Run, texts: list[str]) -> list[dict[str, Any]]:
    """Perplexity by position over the first few texts that fill the context; empty when there is none."""
    from convert.positions import perplexity_by_position
    from taibao_cli.patents.language import nfc
    from train.tokenizer import load_tokenizer

    context, tokenizer = run.config.shape.context, load_tokenizer(run.out / "tokenizer")
    long = [text for text in texts if len(tokenizer.encode(nfc(text)).ids) >= context][:_LONG_TEXTS]
    if not long:
        return []
    edges = [0, *(context // part for part in (8, 4, 2, 1))]
    return [asdict(stretch) for stretch in perplexity_by_position(run.f16, long, edges, threads=default_threads())]


STAGES: Final[Mapping[str, Callable[[Run, dict[str, Any]], None]]] = {
    "tokenizer": _tokenizer,
    "lexicon": _lexicon,
    "data": _data,
    "embeddings": _embeddings,
    "base": _base,
    "sft": _sft,
    "merge": _merge,
    "average": _average,
    "gguf": _gguf,
    "quantize": _quantize,
    "verify": _verify,
}
"""In their order; each puts what it found out into the results it is given."""
