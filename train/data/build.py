"""Corpora -> packs on disk: tokenize every tree once, sort by length class, shuffle, pack."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from taibao_cli.patents import ipc
from taibao_cli.patents.language import nfc
from taibao_cli.patents.lexicon import Lexicon
from train.data.corpora import Corpora, Split
from train.data.documents import official_symbol
from train.data.mixture import Mixture, count_kinds, mixture_trees
from train.data.pack import Packs, pack
from train.data.translations import parallel_segments, usable
from train.data.trees import Tokens, tokenize_tree
from train.embed import BagData


def build_packs(
    corpora: Corpora,
    split: Split,
    tokenizer: Tokenizer,
    lexicon: Lexicon,
    mixture: Mixture,
    out: Path,
    *,
    lengths: Sequence[int],
    seed: int,
) -> dict[str, object]:
    """Write `LENGTH.npz` for each pack length and return the data manifest.

    A tree goes into the packs of the shortest length that holds it: attention costs grow with the length of a pack,
    so short trees are not made to look over a long row. Trees longer than all lengths are left out.
    """
    kinds: Counter[str] = Counter()
    tokens: Counter[str] = Counter()
    items: dict[int, list[Tokens]] = {length: [] for length in sorted(lengths)}
    for kind, tree in mixture_trees(corpora, split, lexicon, mixture, seed):
        item = tokenize_tree(tokenizer, tree)
        fitting = [length for length in items if len(item) <= length]
        if fitting:
            kinds[kind] += 1
            tokens[kind] += len(item)
            items[fitting[0]].append(item)
    rng = np.random.default_rng(seed)
    files = {}
    for length, group in items.items():
        order = rng.permutation(len(group))
        packs = pack((group[at] for at in order), length)
        packs.save(out / f"{length}.npz")
        files[str(length)] = _describe(packs)
    manifest = {"seed": seed, "mixture": asdict(mixture), "kinds": count_kinds(kinds, tokens), "packs": files}
    (out / "data.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return manifest


def load_packs(folder: Path) -> list[Packs]:
    """All pack files of a folder that hold rows, shortest first."""
    files = sorted(folder.glob("*.npz"), key=lambda path: int(path.stem))
    return [packs for packs in map(Packs.load, files) if len(packs)]


def _describe(packs: Packs) -> dict[str, object]:
    used = int((packs.trees >= 0).sum())
    return {
        "rows": len(packs),
        "length": packs.length,
        "tokens": used,
        "fill": round(used / max(1, packs.ids.size), 4),
        "targets": int((packs.weights > 0).sum()),
        "sha256": hashlib.sha256(packs.ids.tobytes() + packs.weights.tobytes()).hexdigest(),
    }


def bag_data(corpora: Corpora, tokenizer: Tokenizer) -> BagData:
    """Documents with section, class and subclass ids, and twins: translations, and titles with their abstracts."""
    levels = [{symbol: at for at, symbol in enumerate(ipc.labels(level))} for level in ("section", "class", "subclass")]
    texts: list[str] = []
    labels: list[list[int]] = []
    twins: list[tuple[str, str]] = []
    for name in ("patents_zh", "patents_en"):
        for row in corpora.rows(name, "train"):
            abstract, title = nfc(row.get("abstract") or "")[:1500], nfc(row.get("title") or "")
            symbol = official_symbol(row)
            if abstract and symbol:
                texts.append(f"{title}\n{abstract}")
                labels.append([level.get(symbol[:size], -1) for level, size in zip(levels, (1, 3, 4), strict=True)])
            if abstract and title:
                twins.append((title, abstract[:300]))
    for row in corpora.rows("pairs", "train"):
        if row["kind"] != "term" or len(row["zh"]) > 1:
            twins += [(zh, en) for zh, en in parallel_segments(row) if usable(row, zh, en) or row["kind"] == "term"]
    return BagData(_encode(tokenizer, texts), np.array(labels, np.int64), _pairs(tokenizer, twins))


def _encode(tokenizer: Tokenizer, texts: list[str]) -> list[np.ndarray]:
    return [np.array(encoding.ids or [0], np.int32) for encoding in tokenizer.encode_batch(texts)]


def _pairs(tokenizer: Tokenizer, twins: list[tuple[str, str]]) -> list[tuple[np.ndarray, np.ndarray]]:
    first = _encode(tokenizer, [a for a, _ in twins])
    second = _encode(tokenizer, [b for _, b in twins])
    return list(zip(first, second, strict=True))
