"""The byte-level BPE tokenizer of models trained here: Qwen2's pre-tokenizer, NFC, Qwen's ChatML token names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from convert.bpe import qwen_tokenizer
from taibao_cli.engine.chatml import CHATML_TEMPLATE

END_OF_TEXT, IM_START, IM_END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIALS = (END_OF_TEXT, IM_START, IM_END)


def train_tokenizer(texts: Iterable[str], size: int) -> Tokenizer:
    """Train a tokenizer of exactly `size` entries, the three ChatML tokens last."""
    tokenizer: Tokenizer = qwen_tokenizer(models.BPE())
    trainer = trainers.BpeTrainer(
        vocab_size=size - len(SPECIALS),
        min_frequency=2,
        max_token_length=32,
        show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    tokenizer.train_from_iterator(_batches(texts), trainer=trainer)
    tokenizer.add_special_tokens(list(SPECIALS))
    return tokenizer


def restore_tokenizer(tokens: Sequence[str], merges: Sequence[str]) -> Tokenizer:
    """The tokenizer trained here that a GGUF holds: its tokens by id, the ChatML ones last, and its merges ("a b")."""
    vocabulary = {token: at for at, token in enumerate(tokens) if token not in SPECIALS}
    pairs = [tuple(merge.split(" ")) for merge in merges]
    tokenizer: Tokenizer = qwen_tokenizer(models.BPE(vocab=vocabulary, merges=pairs))
    tokenizer.add_special_tokens(list(SPECIALS))
    return tokenizer


def _batches(texts: Iterable[str], size: int = 1000) -> Iterator[list[str]]:
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def save_tokenizer(tokenizer: Tokenizer, folder: Path, context: int) -> None:
    """Write `tokenizer.json`, `tokenizer_config.json` and `chat_template.jinja` as transformers reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": END_OF_TEXT,
        "eos_token": IM_END,
        "pad_token": END_OF_TEXT,
        "add_bos_token": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": context,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    (folder / "chat_template.jinja").write_text(CHATML_TEMPLATE, encoding="utf-8")


def load_tokenizer(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / "tokenizer.json"))
