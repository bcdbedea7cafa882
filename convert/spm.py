"""tokenizer.json of Llama 2 (BPE as SentencePiece does it) as llama.cpp wants it: tokens, their types and scores.

llama.cpp joins the neighbours whose union is the token with the highest score, whatever the two halves are;
tokenizer.json joins only the pairs that it lists. Both agree when it lists every pair of tokens that makes a token, as
a conversion from SentencePiece does. A shorter list is told as a warning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from convert.vocab import TokenType, Vocabulary, named_id, token_table
from taibao_cli.errors import ModelError

SPACE = "\u2581"
_BYTE = re.compile(r"<0x[0-9A-F]{2}>")
_REPLACE = {"type": "Replace", "pattern": {"String": " "}, "content": SPACE}
_PREPEND = {"type": "Prepend", "prepend": SPACE}


def is_spm(tokenizer: Mapping[str, Any]) -> bool:
    """Whether tokenizer.json falls back to byte tokens, which byte-level BPE never needs."""
    return bool((tokenizer.get("model") or {}).get("byte_fallback"))


def read_spm(tokenizer: Mapping[str, Any], tokenizer_config: Mapping[str, Any], rows: int) -> Vocabulary:
    """Read tokenizer.json for an embedding of `rows` rows; rows without a token become `[PAD{i}]`, UNUSED.

    Raises:
        ModelError: another model than BPE, another way with spaces, or a vocabulary that contradicts itself.
    """
    model = tokenizer.get("model") or {}
    if model.get("type") != "BPE" or not model.get("vocab") or "merges" not in model:
        raise ModelError("tokenizer.json: only BPE can be converted among the tokenizers with byte_fallback")
    prefix = _space_prefix(tokenizer)
    names, types = token_table(model["vocab"], tokenizer.get("added_tokens") or [], rows)
    ids = {name: i for i, name in names.items()}
    eos, bos, pad, unk = (
        named_id(ids, tokenizer_config, key) for key in ("eos_token", "bos_token", "pad_token", "unk_token")
    )
    if eos is None:
        raise ModelError("the tokenizer has no end token; name eos_token in tokenizer_config.json")
    types |= {i: TokenType.BYTE for i, name in names.items() if _BYTE.fullmatch(name)}
    if unk is not None:
        types[unk] = TokenType.UNKNOWN
    merges = [_pair(merge, model["vocab"]) for merge in model["merges"]]
    scores = token_scores(merges)
    return Vocabulary(
        model="llama",
        pre="default",
        tokens=[names.get(i, f"[PAD{i}]") for i in range(rows)],
        types=[types.get(i, TokenType.UNUSED) for i in range(rows)],
        merges=[],
        scores=[scores.get(names.get(i, ""), 0.0) for i in range(rows)],
        nfc=False,
        eos=eos,
        bos=bos,
        pad=pad,
        unk=unk,
        add_bos=_adds_bos(tokenizer, tokenizer_config) and bos is not None,
        space_prefix=prefix,
        warnings=_warnings(merges, model["vocab"], types),
    )


def token_scores(merges: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Score of each token that a merge makes: minus its place in the order in which the merges first make them."""
    made = dict.fromkeys(left + right for left, right in merges)
    return {token: -float(place) for place, token in enumerate(made)}


def unlisted_pairs(merges: Sequence[tuple[str, str]], vocab: Mapping[str, int]) -> int:
    """How many pairs of tokens make a token that a merge makes from another pair."""
    listed, made = set(merges), {left + right for left, right in merges}
    splits = ((token[:at], token[at:]) for token in made for at in range(1, len(token)))
    return sum(left in vocab and right in vocab and (left, right) not in listed for left, right in splits)


def _pair(merge: Any, vocab: Mapping[str, int]) -> tuple[str, str]:
    pieces = merge.split(" ") if isinstance(merge, str) else merge
    if len(pieces) != 2 or any(piece not in vocab for piece in (*pieces, "".join(pieces))):
        raise ModelError(f"tokenizer.json: the merge {pieces} does not join two tokens into a third")
    return pieces[0], pieces[1]


def _space_prefix(tokenizer: Mapping[str, Any]) -> bool:
    """Whether a space is put before the text. Raises ModelError for any other treatment of spaces than Llama's."""
    normalizer, pre = tokenizer.get("normalizer"), tokenizer.get("pre_tokenizer")
    if pre is None and normalizer == {"type": "Sequence", "normalizers": [_PREPEND, _REPLACE]}:
        return True
    if pre is None and normalizer in (_REPLACE, {"type": "Sequence", "normalizers": [_REPLACE]}):
        return False
    if normalizer is None and pre is not None and pre.get("type") == "Metaspace" and not pre.get("split", True):
        scheme = pre.get("prepend_scheme")
        if pre.get("replacement") == SPACE and scheme in ("first", "always", "never"):
            return bool(scheme != "never")
    raise ModelError("tokenizer.json: spaces are not treated as in Llama 2 (▁ for a space); that cannot be converted")


def _adds_bos(tokenizer: Mapping[str, Any], tokenizer_config: Mapping[str, Any]) -> bool:
    """What tokenizer_config.json says, else whether the post-processor puts a special token before the text."""
    if "add_bos_token" in tokenizer_config:
        return bool(tokenizer_config["add_bos_token"])
    single = (tokenizer.get("post_processor") or {}).get("single") or [{}]
    return "SpecialToken" in single[0]


def _warnings(merges: Sequence[tuple[str, str]], vocab: Mapping[str, int], types: Mapping[int, TokenType]) -> list[str]:
    found = []
    if unlisted := unlisted_pairs(merges, vocab):
        found.append(
            f"tokenizer.json does not join {unlisted} pairs of tokens that llama.cpp joins, so some texts may be cut"
            " otherwise; taibao convert compare CHECKPOINT FILE counts them on texts of yours"
        )
    if missing := 256 - sum(kind is TokenType.BYTE for kind in types.values()):
        found.append(
            f"the vocabulary lacks {missing} byte tokens: llama.cpp ends the program at a character without a token"
        )
    return found
