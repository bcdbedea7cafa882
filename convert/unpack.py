"""The other way round: a GGUF of the Qwen2 or Qwen3 kind as a Hugging Face checkpoint, its weights dequantized.

For what reads checkpoints only, when the GGUF is all there is. What quantization took is not coming back.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from convert.bpe import qwen_tokenizer
from convert.extras import require
from convert.files import atomic_folder
from convert.shards import Stored, write_shards
from convert.tensors import EMBEDDING, HEAD, LAYER_TENSORS
from taibao_cli.errors import ModelError

CLASSES: Final = {"qwen2": "Qwen2ForCausalLM", "qwen3": "Qwen3ForCausalLM"}

SHARD_BYTES: Final = 4 * 10**9
_ROWS: Final = 1024
"""Of a matrix, dequantized at a time."""

_CONTROL: Final = 3
_ADDED: Final = (_CONTROL, 4)
_UNUSED: Final = 5
"""TokenType of GGUF: CONTROL, USER_DEFINED, UNUSED."""

_TEXTS: Final = ("name", "basename", "finetune", "version", "author", "organization", "description", "license")


def unpack_gguf(path: Path, folder: Path) -> None:
    """Write the checkpoint `folder`, whole or not at all, with weights in float32, or in float16 when the GGUF has
    over a billion; with taibao.json and, where it lies beside the GGUF, the lexicon.

    Raises:
        ModelError: `path` is no readable GGUF, or of a kind that this does not know.
        TaibaoError: the folder exists or cannot be written.
        MissingExtraError: gguf or tokenizers is not installed.
    """
    facts = PackedModel(path)
    with atomic_folder(folder) as made:
        write_shards(made, _shards(facts.tensors()))
        facts.tokenizer().save(str(made / "tokenizer.json"))
        for name, content in (
            ("config.json", facts.config()),
            ("generation_config.json", {"eos_token_id": facts.eos}),
            ("tokenizer_config.json", facts.tokenizer_config()),
            ("taibao.json", facts.project()),
        ):
            (made / name).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        lexicon = facts.get("taibao.lexicon")
        if isinstance(lexicon, str) and "/" not in lexicon and (path.parent / lexicon).is_file():
            shutil.copyfile(path.parent / lexicon, made / lexicon)


class PackedModel:
    """What a GGUF says, in the words of a checkpoint: `tokens` by id, the `merges` that make them, best first.

    Raises:
        ModelError: it cannot be read, is of a kind that this does not know, or lacks something.
    """

    def __init__(self, path: Path) -> None:
        self._gguf: Any = require("gguf")
        self._path = path
        try:
            self._reader = self._gguf.GGUFReader(path)
        except (OSError, ValueError) as error:
            raise ModelError(f"{path}: not a readable GGUF: {error}") from None
        self._stored = {tensor.name: tensor for tensor in self._reader.tensors}
        self.kind = str(self.get("general.architecture"))
        if self.kind not in CLASSES:
            raise ModelError(
                f"{path}: only {' and '.join(CLASSES)} can be unpacked, not {self.kind}; take the checkpoint"
            )
        if any(key.startswith(f"{self.kind}.rope.scaling") for key in self._reader.fields):
            raise ModelError(f"{path}: a model with scaled positions cannot be unpacked; take the checkpoint")
        if (self.get("tokenizer.ggml.model"), self.get("tokenizer.ggml.pre")) != ("gpt2", "qwen2"):
            raise ModelError(f"{path}: only Qwen's tokenizer can be unpacked; take the checkpoint")
        self.tokens: list[str] = self._required("tokenizer.ggml.tokens")
        self.merges: list[str] = self._required("tokenizer.ggml.merges")
        self.eos = int(self._required("tokenizer.ggml.eos_token_id"))
        self._half = sum(int(tensor.n_elements) for tensor in self._reader.tensors) > 10**9

    def get(self, key: str) -> Any:
        field = self._reader.fields.get(key)
        return None if field is None else field.contents()

    def _required(self, key: str) -> Any:
        value = self.get(key)
        if value is None:
            raise ModelError(f"{self._path}: the key {key} is missing; fetch the file again")
        return value

    def config(self) -> Mapping[str, Any]:
        def size(key: str) -> Any:
            return self._required(f"{self.kind}.{key}")

        heads = size("attention.head_count")
        return {
            "architectures": [CLASSES[self.kind]],
            "model_type": self.kind,
            "vocab_size": int(self._tensor("token_embd.weight").shape[1]),
            "hidden_size": size("embedding_length"),
            "num_hidden_layers": size("block_count"),
            "num_attention_heads": heads,
            "num_key_value_heads": size("attention.head_count_kv"),
            "head_dim": self.get(f"{self.kind}.attention.key_length") or size("embedding_length") // heads,
            "intermediate_size": size("feed_forward_length"),
            "max_position_embeddings": size("context_length"),
            "rope_theta": float(size("rope.freq_base")),
            "rms_norm_eps": float(size("attention.layer_norm_rms_epsilon")),
            "tie_word_embeddings": "output.weight" not in self._stored,
            "hidden_act": "silu",
            "attention_bias": False,
            "dtype": "float16" if self._half else "float32",
            "eos_token_id": self.eos,
        }

    def tokenizer(self) -> Any:
        """The tokenizer, with Qwen's split (tokenizer.json of Qwen2.5 and Qwen3)."""
        library: Any = require("tokenizers")
        types = self._required("tokenizer.ggml.token_type")
        vocabulary = {token: at for at, token in enumerate(self.tokens) if types[at] != _UNUSED}
        merges = [tuple(merge.split(" ")) for merge in self.merges]
        made = qwen_tokenizer(library.models.BPE(vocab=vocabulary, merges=merges))
        for text, kind in zip(self.tokens, types, strict=True):
            if kind in _ADDED:
                token = library.AddedToken(text, normalized=False, special=kind == _CONTROL)
                (made.add_special_tokens if token.special else made.add_tokens)([token])
        return made

    def tokenizer_config(self) -> Mapping[str, Any]:
        def named(key: str) -> str | None:
            number = self.get(f"tokenizer.ggml.{key}_token_id")
            return None if number is None else self.tokens[int(number)]

        return {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": named("bos"),
            "eos_token": named("eos"),
            "pad_token": named("padding"),
            "add_bos_token": bool(self.get("tokenizer.ggml.add_bos_token")),
            "clean_up_tokenization_spaces": False,
            "model_max_length": self._required(f"{self.kind}.context_length"),
            "chat_template": self._required("tokenizer.chat_template"),
        }

    def project(self) -> Mapping[str, Any]:
        """taibao.json."""
        general = {key: self.get(f"general.{key}") for key in _TEXTS} | {
            "license_name": self.get("general.license.name"),
            "license_link": self.get("general.license.link"),
            "languages": self.get("general.languages"),
            "tags": self.get("general.tags"),
        }
        facts = {"prompt": self.get("taibao.prompt"), "lexicon": self.get("taibao.lexicon")}
        named = {"name": self._path.stem} | {key: value for key, value in general.items() if value}
        return {**{key: value for key, value in facts.items() if value}, "general": named}

    def tensors(self) -> Sequence[Stored]:
        stored = [self._stored_as(EMBEDDING, "token_embd.weight")]
        for layer in range(self._required(f"{self.kind}.block_count")):
            for name, (packed, _) in LAYER_TENSORS[self.kind].items():  # type: ignore[index]
                stored.append(self._stored_as(f"model.layers.{layer}.{name}", f"blk.{layer}.{packed}"))
        stored.append(self._stored_as("model.norm.weight", "output_norm.weight"))
        if "output.weight" in self._stored:
            stored.append(self._stored_as(HEAD, "output.weight"))
        return stored

    def _tensor(self, name: str) -> Any:
        if name not in self._stored:
            raise ModelError(f"{self._path}: the tensor {name} is missing; fetch the file again")
        return self._stored[name]

    def _stored_as(self, name: str, packed: str) -> Stored:
        tensor = self._tensor(packed)
        shape = tuple(int(size) for size in reversed(tensor.shape))
        kind, form = ("F16", "<f2") if self._half else ("F32", "<f4")

        def blocks() -> Iterator[bytes]:
            data = tensor.data if len(shape) > 1 else tensor.data[None]
            for start in range(0, len(data), _ROWS):
                rows = self._gguf.quants.dequantize(data[start : start + _ROWS], tensor.tensor_type)
                yield rows.astype(form).tobytes()

        return Stored(name, kind, shape, blocks)


def _shards(tensors: Sequence[Stored]) -> list[list[Stored]]:
    """Neighbours together, as many as make up to `SHARD_BYTES`."""
    shards: list[list[Stored]] = [[]]
    for tensor in tensors:
        if shards[-1] and sum(stored.nbytes for stored in shards[-1]) + tensor.nbytes > SHARD_BYTES:
            shards.append([])
        shards[-1].append(tensor)
    return shards
