"""A checkpoint as a folder for the OpenVINO engine: weights in 8 or 4 bits, tokenizer, template, facts."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

from convert.checkpoint import Checkpoint, open_checkpoint
from convert.extras import require
from convert.metadata import read_project
from convert.quiet import quiet
from convert.unpack import unpack_gguf
from taibao_cli.errors import ModelError, TaibaoError

Bits = Literal[8, 4]
BITS: Final[tuple[Bits, ...]] = (8, 4)

EXTRA: Final = "openvino-convert"
GROUP: Final = 64
"""Weights that share a scale in the 4-bit form."""

_KEPT: Final = (
    "tokenizer.json",
    "tokenizer_config.json",
    "generation_config.json",
    "chat_template.jinja",
    "taibao.json",
)
"""Files of the checkpoint that the engine reads as they are."""


def convert_openvino(folder: Path, out: Path, *, bits: Bits = 8, overwrite: bool = False) -> list[str]:
    """Write the Hugging Face checkpoint in `folder`, or the GGUF file that it is, as the folder `out`, whole or not
    at all.

    8-bit weights have a scale a row, 4-bit weights one for 64 of them; the vocabulary stays at 8 bits. The lexicon that
    taibao.json names is copied when it lies in the checkpoint.

    Returns:
        What is missing, one line each.

    Raises:
        ModelError: the checkpoint is incomplete, or of a kind that cannot be exported.
        TaibaoError: `out` exists and `overwrite` is false, or cannot be written.
        MissingExtraError: optimum-intel, openvino-tokenizers or what they need is not installed.
    """
    _refuse_existing(out, overwrite)
    if folder.is_file():
        with TemporaryDirectory(prefix=".unpacked-", dir=out.absolute().parent) as place:
            unpacked = Path(place) / folder.stem
            unpack_gguf(folder, unpacked)
            return convert_openvino(unpacked, out, bits=bits, overwrite=overwrite)
    checkpoint = open_checkpoint(folder)
    project = read_project(checkpoint.project, folder.resolve().name)
    if checkpoint.chat_template is None:
        raise ModelError(f"{folder} has no chat template; the engine cannot prompt the model without one")
    optimum, tokenizers = require("optimum.intel", EXTRA), require("openvino_tokenizers", EXTRA)
    missing = []
    with _whole_folder(out, overwrite=overwrite) as temporary:
        with quiet():
            _export(optimum, folder, temporary, bits)
            _convert_tokenizer(tokenizers, folder, temporary)
        _copy_facts(checkpoint, temporary)
        if project.lexicon is not None:
            if (folder / project.lexicon).is_file():
                shutil.copyfile(folder / project.lexicon, temporary / project.lexicon)
            else:
                missing.append(f"taibao.json names the lexicon {project.lexicon}; put that file into {out}")
    return missing


def _export(optimum: Any, folder: Path, out: Path, bits: Bits) -> None:
    form = {"sym": True, "group_size": GROUP, "ratio": 1.0} if bits == 4 else {}
    try:
        model = optimum.OVModelForCausalLM.from_pretrained(
            folder,
            export=True,
            compile=False,
            local_files_only=True,
            quantization_config=optimum.OVWeightQuantizationConfig(bits=bits, **form),
        )
    except (ValueError, RuntimeError, KeyError, OSError, NotImplementedError) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelError(f"{folder} cannot be exported to OpenVINO: {reason[0]}") from error
    model.save_pretrained(out)
    (out / "openvino_config.json").unlink(missing_ok=True)  # the engine does not read it, and it names local paths


def _convert_tokenizer(tokenizers: Any, folder: Path, out: Path) -> None:
    openvino, transformers = require("openvino", EXTRA), require("transformers")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    there, back = tokenizers.convert_tokenizer(tokenizer, with_detokenizer=True)
    openvino.save_model(there, out / "openvino_tokenizer.xml")
    openvino.save_model(back, out / "openvino_detokenizer.xml")


def _copy_facts(checkpoint: Checkpoint, out: Path) -> None:
    for name in _KEPT:
        if (checkpoint.folder / name).is_file():
            shutil.copyfile(checkpoint.folder / name, out / name)
    if not (checkpoint.folder / "taibao.json").is_file():
        name = checkpoint.folder.resolve().name
        (out / "taibao.json").write_text(json.dumps({"general": {"name": name}}) + "\n", encoding="utf-8")


def _refuse_existing(out: Path, overwrite: bool) -> None:
    if out.exists() and not out.is_dir():
        raise TaibaoError(f"{out} is a file; name the folder to write")
    if out.is_dir() and any(out.iterdir()) and not overwrite:
        raise TaibaoError(f"{out} exists; pass --overwrite to replace it, or name another folder")


@contextmanager
def _whole_folder(out: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a temporary folder beside `out`; it takes its name when the block ends well and vanishes otherwise."""
    temporary = out.with_name(f".{out.name}.{secrets.token_hex(6)}.tmp")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        _refuse_existing(out, overwrite)
        if out.is_dir():
            shutil.rmtree(out)
        temporary.rename(out)
    except OSError as error:
        raise TaibaoError(f"cannot write {out}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
