"""The byte-level BPE of Qwen2, Qwen2.5 and Qwen3 as tokenizers has it."""

from __future__ import annotations

from typing import Any

from convert.extras import require
from convert.vocab import QWEN2_REGEX


def qwen_tokenizer(model: Any) -> Any:
    """A `tokenizers.Tokenizer` around a BPE `model`: NFC, Qwen's split (tokenizer.json of Qwen2.5-0.5B), bytes.

    Raises:
        MissingExtraError: tokenizers is not installed.
    """
    library = require("tokenizers")
    made = library.Tokenizer(model)
    made.normalizer = library.normalizers.NFC()
    split = library.pre_tokenizers.Split(library.Regex(QWEN2_REGEX), behavior="isolated", invert=False)
    spelled = library.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.pre_tokenizer = library.pre_tokenizers.Sequence([split, spelled])
    made.decoder = library.decoders.ByteLevel()
    return made
