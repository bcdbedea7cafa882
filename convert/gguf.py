"""Writes a checkpoint as GGUF, one tensor in memory at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from convert.checkpoint import open_checkpoint
from convert.extras import require
from convert.files import atomic_output, refuse_existing
from convert.hparams import Hyperparameters, read_hparams
from convert.metadata import ModelMetadata, Project, Source, read_project
from convert.tensors import Planned, plan_tensors, rope_factors
from convert.vocab import Vocabulary, read_vocabulary
from taibao_cli.errors import ModelError

DType = Literal["f16", "f32", "q8_0"]
DTYPES: tuple[DType, ...] = ("f16", "f32", "q8_0")

F16_MAX = 65504.0
Q8_0_BLOCK = 32
_FILE_TYPE: dict[DType, int] = {"f32": 0, "f16": 1, "q8_0": 7}  # enum llama_ftype
_BYTES_PER_WEIGHT: dict[DType, float] = {"f32": 4, "f16": 2, "q8_0": 34 / Q8_0_BLOCK}


def convert_checkpoint(
    folder: Path, out: Path, *, dtype: DType = "f16", metadata: ModelMetadata | None = None, overwrite: bool = False
) -> None:
    """Write the Hugging Face checkpoint in `folder` as the GGUF `out`, whole or not at all.

    Vectors and norms stay float32, and so does a matrix with a weight above 65504, which f16 cannot hold; in a q8_0
    file a matrix whose rows are no multiple of 32 becomes f16. Metadata come from `metadata`, else from taibao.json;
    `taibao.prompt` and `taibao.lexicon` always from taibao.json.

    Raises:
        ModelError: the checkpoint is incomplete, contradicts itself or is of a kind that cannot be converted.
        TaibaoError: `out` exists and `overwrite` is false.
        MissingExtraError: the gguf package is not installed.
    """
    refuse_existing(out, overwrite)  # before the minutes that a large checkpoint takes to check
    checkpoint = open_checkpoint(folder)
    hparams = read_hparams(checkpoint.config)
    vocabulary = read_vocabulary(checkpoint.tokenizer, checkpoint.tokenizer_config, hparams.vocab)
    planned = plan_tensors(hparams, checkpoint.tensors, tied=checkpoint.config.get("tie_word_embeddings"))
    project = read_project(checkpoint.project, folder.resolve().name)
    entries = [_Entry(tensor, _stored_type(tensor, dtype)) for tensor in planned]
    with atomic_output(out, overwrite=overwrite) as temporary:
        writer = require("gguf").GGUFWriter(temporary, hparams.architecture)
        try:
            parameters = sum(math.prod(entry.tensor.source.shape) for entry in entries)
            _add_general(writer, metadata or project.general, parameters, dtype)
            _add_hparams(writer, hparams)
            _add_vocabulary(writer, vocabulary, checkpoint.chat_template)
            _add_project(writer, project, vocabulary.nfc)
            _write_tensors(writer, hparams, entries)
        finally:
            writer.close()


@dataclass(frozen=True, slots=True)
class _Entry:
    tensor: Planned
    dtype: DType


def _stored_type(tensor: Planned, dtype: DType) -> DType:
    """The number format of one tensor in a file of type `dtype`. Raises ModelError for NaN and infinity."""
    values = tensor.source.read()
    if not np.isfinite(values).all():
        raise ModelError(f"{tensor.source.name} holds NaN or infinity; the training that made it diverged")
    if dtype == "f32" or values.ndim == 1 or float(np.abs(values).max()) > F16_MAX:
        return "f32"
    return "f16" if dtype == "q8_0" and values.shape[-1] % Q8_0_BLOCK else dtype


def _write_tensors(writer: Any, hparams: Hyperparameters, entries: Sequence[_Entry]) -> None:
    """All tensor headers first, then the data in the same order."""
    types = require("gguf").GGMLQuantizationType
    extra: dict[str, NDArray[np.float32]] = {}
    if hparams.rope_scaling is not None and hparams.rope_scaling.kind == "llama3":
        extra["rope_freqs.weight"] = rope_factors(hparams.head_dim, hparams.rope_theta, hparams.rope_scaling)
    for name, values in extra.items():
        writer.add_tensor_info(name, values.shape, values.dtype, values.nbytes)
    for entry in entries:
        shape = entry.tensor.source.shape
        size = int(math.prod(shape) * _BYTES_PER_WEIGHT[entry.dtype])
        kind = types[entry.dtype.upper()]
        writer.add_tensor_info(entry.tensor.name, shape, np.dtype(np.float32), size, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for values in extra.values():
        writer.write_tensor_data(values)
    for entry in entries:
        writer.write_tensor_data(_encode(entry))


def _encode(entry: _Entry) -> NDArray[Any]:
    gguf = require("gguf")
    encoded: NDArray[Any] = gguf.quants.quantize(entry.tensor.read(), gguf.GGMLQuantizationType[entry.dtype.upper()])
    return encoded


def _add_general(writer: Any, metadata: ModelMetadata, parameters: int, dtype: DType) -> None:
    gguf = require("gguf")
    writer.add_type("model")
    writer.add_name(metadata.name)
    for key in ("author", "version", "organization", "finetune", "basename", "description", "license"):
        if (text := getattr(metadata, key)) is not None:
            getattr(writer, f"add_{key}")(text)
    if metadata.license_name is not None:
        writer.add_license_name(metadata.license_name)
    if metadata.license_link is not None:
        writer.add_license_link(metadata.license_link)
    writer.add_size_label(gguf.size_label(parameters, 0, 0, 0))
    _add_sources(writer, "base_model", metadata.base_models)
    _add_sources(writer, "dataset", metadata.datasets)
    if metadata.tags:
        writer.add_tags(metadata.tags)
    if metadata.languages:
        writer.add_languages(metadata.languages)
    writer.add_file_type(_FILE_TYPE[dtype])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


def _add_sources(writer: Any, kind: str, sources: Sequence[Source]) -> None:
    if sources:
        getattr(writer, f"add_{kind}_count")(len(sources))
    for index, source in enumerate(sources):
        for key in ("name", "version", "organization", "url", "repo_url"):
            if (text := getattr(source, key)) is not None:
                getattr(writer, f"add_{kind}_{key}")(index, text)


def _add_hparams(writer: Any, hparams: Hyperparameters) -> None:
    writer.add_block_count(hparams.layers)
    writer.add_context_length(hparams.context)
    writer.add_embedding_length(hparams.hidden)
    writer.add_feed_forward_length(hparams.feed_forward)
    writer.add_head_count(hparams.heads)
    writer.add_head_count_kv(hparams.kv_heads)
    writer.add_key_length(hparams.head_dim)
    writer.add_value_length(hparams.head_dim)
    writer.add_rope_freq_base(hparams.rope_theta)
    writer.add_layer_norm_rms_eps(hparams.rms_eps)
    if hparams.architecture == "llama":
        writer.add_rope_dimension_count(hparams.head_dim)
        writer.add_vocab_size(hparams.vocab)
    scaling = hparams.rope_scaling
    if scaling is not None and scaling.kind != "llama3":
        writer.add_rope_scaling_type(require("gguf").RopeScalingType(scaling.kind))
        writer.add_rope_scaling_factor(scaling.factor)
        if scaling.kind == "yarn":
            writer.add_rope_scaling_orig_ctx_len(scaling.original_context)


def _add_vocabulary(writer: Any, vocabulary: Vocabulary, chat_template: str | None) -> None:
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(vocabulary.pre)
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_types([int(kind) for kind in vocabulary.types])
    writer.add_token_merges(vocabulary.merges)
    writer.add_eos_token_id(vocabulary.eos)
    if vocabulary.pad is not None:
        writer.add_pad_token_id(vocabulary.pad)
    if vocabulary.bos is not None:
        writer.add_bos_token_id(vocabulary.bos)
    writer.add_add_bos_token(vocabulary.add_bos)
    if chat_template is not None:
        writer.add_chat_template(chat_template)


def _add_project(writer: Any, project: Project, nfc: bool) -> None:
    """The keys of this project; other programs skip them."""
    if project.prompt is not None:
        writer.add_string("taibao.prompt", project.prompt)
    if project.lexicon is not None:
        writer.add_string("taibao.lexicon", project.lexicon)
    if nfc:
        writer.add_string("taibao.normalizer", "nfc")
