"""Writes a checkpoint as GGUF, one tensor in memory at a time."""

from __future__ import annotations

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
from convert.spm import is_spm, read_spm
from convert.tensors import ROUTER, Planned, plan_tensors, rope_factors
from convert.vocab import Vocabulary, read_vocabulary
from taibao_cli.errors import ModelError

DType = Literal["f16", "bf16", "f32", "q8_0"]
DTYPES: tuple[DType, ...] = ("f16", "bf16", "f32", "q8_0")

LARGEST: dict[DType, float] = {"f16": 65504.0, "q8_0": 65504.0, "bf16": 3.3895313892515355e38}
"""Weights beyond are infinite in the number format; q8_0 keeps its scales in f16."""
Q8_0_BLOCK = 32
_FILE_TYPE: dict[DType, int] = {"f32": 0, "f16": 1, "q8_0": 7, "bf16": 32}  # enum llama_ftype
_BYTES_PER_WEIGHT: dict[DType, float] = {"f32": 4, "f16": 2, "bf16": 2, "q8_0": 34 / Q8_0_BLOCK}


def convert_checkpoint(
    folder: Path, out: Path, *, dtype: DType = "f16", metadata: ModelMetadata | None = None, overwrite: bool = False
) -> list[str]:
    """Write the Hugging Face checkpoint in `folder` as the GGUF `out`, whole or not at all.

    Vectors, norms and the routers of experts stay float32, and so does a matrix with a weight that the number format
    cannot hold (above 65504 for f16); in a q8_0 file a matrix whose rows are no multiple of 32 becomes f16. Metadata
    come from `metadata`, else from taibao.json; `taibao.prompt` and `taibao.lexicon` always from taibao.json.

    Returns:
        What is not as asked, one line each: weights kept in float32, texts that llama.cpp may cut otherwise.

    Raises:
        ModelError: the checkpoint is incomplete, contradicts itself or is of a kind that cannot be converted.
        TaibaoError: `out` exists and `overwrite` is false.
        MissingExtraError: the gguf package is not installed.
    """
    refuse_existing(out, overwrite)  # before the minutes that a large checkpoint takes to check
    checkpoint = open_checkpoint(folder)
    hparams = read_hparams(checkpoint.config)
    read = read_spm if is_spm(checkpoint.tokenizer) else read_vocabulary
    vocabulary = read(checkpoint.tokenizer, checkpoint.tokenizer_config, hparams.vocab)
    planned = plan_tensors(hparams, checkpoint.tensors, tied=checkpoint.config.get("tie_word_embeddings"))
    project = read_project(checkpoint.project, folder.resolve().name)
    entries = [_entry(tensor, dtype) for tensor in planned]
    with atomic_output(out, overwrite=overwrite) as temporary:
        writer = require("gguf").GGUFWriter(temporary, hparams.architecture)
        try:
            _add_general(writer, metadata or project.general, _size_label(planned), dtype)
            _add_hparams(writer, hparams)
            _add_vocabulary(writer, vocabulary, checkpoint.chat_template)
            _add_project(writer, project, vocabulary.nfc)
            _write_tensors(writer, hparams, entries)
        finally:
            writer.close()
    return [*vocabulary.warnings, *(_kept(entry) for entry in entries if entry.too_large)]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A tensor and the number format it is written in; `too_large` when that is float32 for want of range."""

    tensor: Planned
    dtype: DType
    too_large: bool = False


def _entry(tensor: Planned, dtype: DType) -> _Entry:
    """Choose the number format of one tensor in a file of type `dtype`. Raises ModelError for NaN and infinity."""
    largest = 0.0
    for block in tensor.blocks():
        if not np.isfinite(block).all():
            names = tensor.sources[0].name + (" or another expert" if tensor.stacked else "")
            raise ModelError(f"{names} holds NaN or infinity; the training that made it diverged")
        largest = max(largest, float(np.abs(block).max()))
    if dtype == "f32" or len(tensor.shape) == 1 or tensor.name.endswith(ROUTER):
        return _Entry(tensor, "f32")
    if dtype == "q8_0" and tensor.shape[-1] % Q8_0_BLOCK:
        dtype = "f16"
    if largest > LARGEST[dtype]:
        return _Entry(tensor, "f32", too_large=True)
    return _Entry(tensor, dtype)


def _kept(entry: _Entry) -> str:
    return f"{entry.tensor.name} stays float32: it holds weights too large for the number format asked for"


def _size_label(planned: Sequence[Planned]) -> str:
    """The label of the GGUF naming convention: 7.6B, or 128x3.1B for a mixture (shared weights and one expert)."""
    shared = sum(tensor.values for tensor in planned if not tensor.stacked)
    stacked = [tensor for tensor in planned if tensor.stacked]
    each = sum(tensor.values // len(tensor.sources) for tensor in stacked)
    count = len(stacked[0].sources) if stacked else 0
    label: str = require("gguf").size_label(shared + each * count, shared, each, count)
    return label


def _write_tensors(writer: Any, hparams: Hyperparameters, entries: Sequence[_Entry]) -> None:
    """All tensor headers first, then the data in the same order."""
    types = require("gguf").GGMLQuantizationType
    extra: dict[str, NDArray[np.float32]] = {}
    if hparams.rope_scaling is not None and hparams.rope_scaling.kind == "llama3":
        extra["rope_freqs.weight"] = rope_factors(hparams.head_dim, hparams.rope_theta, hparams.rope_scaling)
    for name, values in extra.items():
        writer.add_tensor_info(name, values.shape, values.dtype, values.nbytes)
    for entry in entries:
        kind = types[entry.dtype.upper()]
        writer.add_tensor_info(
            entry.tensor.name, entry.tensor.shape, np.dtype(np.float32), _size(entry), raw_dtype=kind
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for values in extra.values():
        writer.write_tensor_data(values)
    for entry in entries:
        _write_blocks(writer, entry)


def _size(entry: _Entry) -> int:
    return int(entry.tensor.values * _BYTES_PER_WEIGHT[entry.dtype])


def _write_blocks(writer: Any, entry: _Entry) -> None:
    """One tensor, block after block: what `GGUFWriter.write_tensor_data` does with a whole one."""
    gguf, file = require("gguf"), writer.fout[0]
    writer.write_padding(file, file.tell())
    for block in entry.tensor.blocks():
        gguf.quants.quantize(block, gguf.GGMLQuantizationType[entry.dtype.upper()]).tofile(file)
    writer.write_padding(file, _size(entry))


def _add_general(writer: Any, metadata: ModelMetadata, size_label: str, dtype: DType) -> None:
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
    writer.add_size_label(size_label)
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
    if hparams.architecture != "qwen2" or hparams.head_dim * hparams.heads != hparams.hidden:
        writer.add_key_length(hparams.head_dim)
        writer.add_value_length(hparams.head_dim)
    writer.add_rope_freq_base(hparams.rope_theta)
    writer.add_layer_norm_rms_eps(hparams.rms_eps)
    if hparams.experts is not None:
        writer.add_expert_count(hparams.experts.count)
        writer.add_expert_used_count(hparams.experts.used)
        writer.add_expert_feed_forward_length(hparams.experts.feed_forward)
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
    writer.add_tokenizer_model(vocabulary.model)
    writer.add_tokenizer_pre(vocabulary.pre)
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_types([int(kind) for kind in vocabulary.types])
    if vocabulary.model == "llama":
        writer.add_token_scores(vocabulary.scores)
    else:
        writer.add_token_merges(vocabulary.merges)
    writer.add_eos_token_id(vocabulary.eos)
    if vocabulary.pad is not None:
        writer.add_pad_token_id(vocabulary.pad)
    if vocabulary.bos is not None:
        writer.add_bos_token_id(vocabulary.bos)
    if vocabulary.unk is not None:
        writer.add_unk_token_id(vocabulary.unk)
    writer.add_add_bos_token(vocabulary.add_bos)
    if vocabulary.space_prefix is not None:
        writer.add_add_space_prefix(vocabulary.space_prefix)
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
