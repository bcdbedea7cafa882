"""A checkpoint with GPTQ weights (Frantar et al. 2022) through optimum, compared with the original beforehand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

from convert.checkpoint import open_checkpoint, read_json
from convert.extras import require
from convert.files import atomic_folder
from convert.quiet import quiet
from taibao_cli.errors import InputError, MissingExtraError, ModelError

Bits = Literal[8, 4]
BITS: Final[tuple[Bits, ...]] = (8, 4)

EXTRA: Final = "gptq"
COMPARED: Final = 8
"""Texts on which original and result are compared; they are not calibrated on."""

_KEPT: Final = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "taibao.json")


def convert_gptq(
    folder: Path, out: Path, texts: Sequence[str], *, bits: Bits = 4, group: int = 128, length: int = 512,
    max_kl: float = 0.2,
) -> float:  # fmt: skip
    """Write the Hugging Face checkpoint in `folder` as the new folder `out`, whole or not at all.

    Args:
        texts: calibration texts; the last `COMPARED` are kept for the comparison.
        group: weights that share a scale; a divisor of the model's widths.
        length: tokens of a text that are seen.
        max_kl: the mean KL divergence, in nats a token, above which nothing is written.

    Returns:
        The mean KL(original || result) on the texts that were kept.

    Raises:
        InputError: too few texts.
        ModelError: the checkpoint is incomplete, cannot be quantized, or its result strays too far.
        TaibaoError: `out` exists or cannot be written.
        MissingExtraError: gptqmodel, or what it needs, is not installed.
    """
    checkpoint = open_checkpoint(folder)
    if len(texts) < 2 * COMPARED:
        raise InputError(f"{len(texts)} texts; GPTQ is calibrated on {COMPARED} at least and compared on {COMPARED}")
    quantizer, transformers = _quantizer(), require("transformers")
    with atomic_folder(out) as temporary, quiet():
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        held = [tokenizer(text, return_tensors="pt").input_ids[:, :length] for text in texts[-COMPARED:]]
        load = transformers.AutoModelForCausalLM.from_pretrained
        original = load(folder, local_files_only=True, dtype="float32")
        expected = [_log_probabilities(original, ids) for ids in held]
        calibrated = list(texts[:-COMPARED])
        make = quantizer(bits=bits, dataset=calibrated, group_size=group, model_seqlen=length)
        try:
            make.save(make.quantize_model(original, tokenizer), str(temporary))
        except (ValueError, RuntimeError, NotImplementedError) as error:
            raise ModelError(f"{folder} cannot be quantized: {str(error).splitlines()[0]}") from error
        state_form(temporary)
        for name in _KEPT:
            if (checkpoint.folder / name).is_file():
                shutil.copyfile(checkpoint.folder / name, temporary / name)
        result = load(temporary, local_files_only=True)
        kl = sum(_kl(a, _log_probabilities(result, ids)) for a, ids in zip(expected, held, strict=True)) / len(held)
        if not kl <= max_kl:
            raise ModelError(f"the result strays from {folder} by a mean KL of {kl:.3g}, over {max_kl:g}")
    return float(kl)


def state_form(folder: Path) -> None:
    """Make config.json say in which form the weights are, and no more.

    optimum 2.3 turns the weights into the first form of GPTQ when it saves them and states that in
    quantize_config.json, while config.json keeps the second form, whose zeros lie one lower: what reads it computes
    with wrong weights (a KL of 0.67 in place of 0.003 on a tiny model). Both files also hold the calibration texts.
    """
    stated = read_json(folder / "quantize_config.json")
    form = str(stated.get("format", "gptq"))
    stated = {**stated, "format": form, "checkpoint_format": form}
    stated.pop("dataset", None)
    config = read_json(folder / "config.json")
    quantization = {**config.get("quantization_config", {}), **stated, "quant_method": "gptq"}
    quantization.pop("dataset", None)
    for name, values in (
        ("quantize_config.json", stated),
        ("config.json", {**config, "quantization_config": quantization}),
    ):
        (folder / name).write_text(json.dumps(values, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _quantizer() -> Any:
    """optimum's GPTQQuantizer; it makes itself known only where gptqmodel can be imported."""
    try:
        with quiet():
            require("gptqmodel", EXTRA)
            return require("optimum.gptq", EXTRA).GPTQQuantizer
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "gptqmodel", EXTRA) from error


def _log_probabilities(model: Any, ids: Any) -> Any:
    torch = require("torch")
    with torch.inference_mode():
        return model.eval()(ids).logits[0].double().log_softmax(-1)


def _kl(expected: Any, found: Any) -> float:
    return float((expected.exp() * (expected - found)).sum(-1).mean())
