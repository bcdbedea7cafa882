"""The whole road: tokenizer, lexicon, data, embeddings, base, LoRA, merge, GGUF, quantized GGUF, check of the logits.

Each stage has a key made of its configuration and of the stages before it. A stage whose manifest carries the same key
is finished and is not run again; one that was interrupted goes on from its last saved step.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from taibao_cli.engine.threads import default_threads
from taibao_cli.errors import InputError
from taibao_cli.tasks.registry import builtin_tasks
from train import manifest
from train.config import TrainConfig
from train.data.corpora import Corpora

Report = Callable[[str, dict[str, Any]], None]
STAGES = ("tokenizer", "lexicon", "data", "embeddings", "base", "sft", "merge", "gguf", "quantize", "verify")
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
    def f16(self) -> Path:
        return self.out / f"{self.config.export.name}-f16.gguf"

    @property
    def quantized(self) -> Path:
        return self.out / f"{self.config.export.name}-{self.config.export.quantize}.gguf"

    def until(self, last: str) -> None:
        """Run every unfinished stage up to and with `last`.

        Raises:
            InputError: the corpora cannot be read, or saved state does not fit the configuration.
        """
        key = manifest.digest(["taibao", _fingerprint(self.corpora)])
        for name in STAGES[: STAGES.index(last) + 1]:
            inputs = _inputs(self.config, name)
            if name == "tokenizer" and self.start is not None:
                inputs["start"] = manifest.file_digest(self.start)
            key = manifest.digest([key, name, inputs])
            path = self.out / "manifests" / f"{name}.json"
            if manifest.finished(path, key):
                self.report(name, {"state": "already done"})
                continue
            self.report(name, {"state": "started"})
            self._drop_foreign_state(name, key)
            with manifest.stage(path, name, key, inputs) as results:
                _RUNNERS[name](self, results)
            self.report(name, {"state": "done"})

    def _drop_foreign_state(self, name: str, key: str) -> None:
        """A half-finished stage goes on only when it was begun with the same key; otherwise its folder is emptied."""
        begun = self.out / "manifests" / f"{name}.begun"
        if not begun.is_file() or begun.read_text(encoding="utf-8") != key:
            shutil.rmtree(self.out / name, ignore_errors=True)
            begun.parent.mkdir(parents=True, exist_ok=True)
            begun.write_text(key, encoding="utf-8")


def _fingerprint(corpora: Corpora) -> dict[str, str]:
    """Names and digests of the corpora files: what decides whether finished stages still hold."""
    files = sorted(corpora.folder.glob("*.jsonl.xz"))
    if not files:
        raise InputError(f"{corpora.folder}: no corpora (*.jsonl.xz) there; docs/training.md describes the layout")
    return {path.name: manifest.file_digest(path) for path in files}


def _inputs(config: TrainConfig, name: str) -> dict[str, Any]:
    """The part of the configuration that a stage depends on."""
    c = config
    parts: dict[str, dict[str, Any]] = {
        "tokenizer": {"vocabulary": c.shape.vocabulary, "chars": c.tokenizer_chars, "context": c.shape.context},
        "lexicon": {},
        "data": {
            "tasks": {name: task.digest for name, task in builtin_tasks().items()},
            "lengths": c.lengths,
            "mixture": asdict(c.mixture),
            "sft_mixture": asdict(c.sft_mixture),
        },
        "embeddings": {"hidden": c.shape.hidden, "steps": c.base.embed_steps, "std": c.base.embed_std},
        "base": {"shape": asdict(c.shape), "base": asdict(c.base)},
        "sft": asdict(c.sft),
        "merge": {"name": c.export.name, "version": c.export.version},
        "quantize": {"type": c.export.quantize},
    }
    return {"seed": c.seed, **parts.get(name, {})}


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
    with _Log(run, "base") as log:
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
    with _Log(run, "sft") as log:
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

    warnings = convert_checkpoint(run.merged, run.f16, dtype="f16", overwrite=True)
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
    for name, reference, candidate in (("f16", run.merged, run.f16), ("quantized", run.f16, run.quantized)):
        results[name] = asdict(compare(reference, candidate, sample, n_ctx=512, threads=default_threads()))
    differences = tokenizer_parity(run.merged, run.f16, texts, threads=default_threads())
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


_RUNNERS: dict[str, Callable[[Run, dict[str, Any]], None]] = {
    "tokenizer": _tokenizer,
    "lexicon": _lexicon,
    "data": _data,
    "embeddings": _embeddings,
    "base": _base,
    "sft": _sft,
    "merge": _merge,
    "gguf": _gguf,
    "quantize": _quantize,
    "verify": _verify,
}


class _Log:
    """Appends every step to `NAME/log.jsonl` and passes it on."""

    def __init__(self, run: Run, name: str) -> None:
        self._run, self._name = run, name
        self._path = run.out / name / "log.jsonl"

    def __enter__(self) -> _Log:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def step(self, facts: dict[str, Any]) -> None:
        self._file.write(json.dumps(facts) + "\n")
        self._file.flush()
        self._run.report(self._name, facts)

    def summary(self) -> dict[str, Any]:
        """Losses and speed of the whole stage, interruptions included; of repeated steps the last one counts."""
        steps = {row["step"]: row for row in map(json.loads, self._path.read_text(encoding="utf-8").splitlines())}
        rows = [steps[step] for step in sorted(steps)]
        speeds = sorted(row["tokens_per_s"] for row in rows)
        return {
            "steps": len(rows),
            "tokens": sum(row["tokens"] for row in rows),
            "first_loss": rows[0]["plain"],
            "last_loss": sum(row["plain"] for row in rows[-20:]) / len(rows[-20:]),
            "hours": round(sum(row["tokens"] / row["tokens_per_s"] for row in rows) / 3600, 2),
            "tokens_per_s": speeds[len(speeds) // 2],
        }
