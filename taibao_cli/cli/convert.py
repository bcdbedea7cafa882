"""`taibao convert`: checkpoint to GGUF, GGUF to a smaller one, and the comparison of two models."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from taibao_cli.cli.cells import padded
from taibao_cli.cli.convert_report import report
from taibao_cli.cli.noting import note_error, tell
from taibao_cli.cli.paragraphs import CALIBRATION, TEXTS, read_paragraphs
from taibao_cli.cli.root import settings
from taibao_cli.console import answer
from taibao_cli.messages import say
from taibao_cli.patents.language import Lang

if TYPE_CHECKING:
    from convert.compare import Comparison

FILE = click.Path(path_type=Path)
# Kept here as literals so that help loads nothing of `convert`; a test holds them equal to its tables.
DTYPES = ("f16", "bf16", "f32", "q8_0")
ADAPTER_TYPES = ("f32", "f16")
OPENVINO_BITS = ("8", "4")
QUANT_TYPES = (
    "q4_k_m", "q5_k_m", "q6_k", "q8_0", "iq4_xs",
    "q2_k", "q2_k_s", "q3_k_s", "q3_k_m", "q3_k_l", "q4_k_s", "q5_k_s",
    "q4_0", "q4_1", "q5_0", "q5_1", "iq4_nl",
    "iq1_s", "iq1_m", "iq2_xxs", "iq2_xs", "iq2_s", "iq2_m", "iq3_xxs", "iq3_xs", "iq3_s", "iq3_m",
    "q1_0", "tq1_0", "tq2_0", "mxfp4_moe", "f16", "bf16", "f32",
)  # fmt: skip

_overwrite = click.option("--overwrite", is_flag=True, help="Replace the output file if it exists.")
_threads = click.option("--threads", type=click.IntRange(min=1), help="Processor threads; default: the library's own.")


@click.group()
def convert() -> None:
    """Convert, quantize and compare models.

    转换、量化、比较模型。
    """


convert.add_command(report)


@convert.command()
@click.argument("checkpoint", type=FILE)
@click.option("-o", "--output", type=FILE, required=True, help="The GGUF file to write.")
@click.option("--type", "dtype", type=click.Choice(DTYPES), default="f16", show_default=True, help="Number format.")
@_overwrite
def gguf(checkpoint: Path, output: Path, dtype: Any, overwrite: bool) -> None:
    """Write the Hugging Face folder CHECKPOINT (Qwen2, Qwen2.5, Qwen3, Qwen3-MoE, Llama 2 or 3) as one GGUF file.

    Name, licence, languages and sources come from taibao.json in that folder.

    把 Hugging Face 格式的模型写成一个 GGUF 文件。
    """
    from convert.gguf import convert_checkpoint

    for warning in convert_checkpoint(checkpoint, output, dtype=dtype, overwrite=overwrite):
        note_error(warning)
    tell("converted", path=output, size=_megabytes(output), type=dtype)


@convert.command()
@click.argument("folder", metavar="ADAPTER", type=FILE)
@click.option("--base", type=FILE, required=True, help="The Hugging Face folder that the adapter was trained on.")
@click.option("-o", "--output", type=FILE, required=True, help="The GGUF file to write.")
@click.option("--type", "dtype", type=click.Choice(ADAPTER_TYPES), default="f32", help="Number format; default: f32.")
@_overwrite
def adapter(folder: Path, base: Path, output: Path, dtype: Any, overwrite: bool) -> None:
    """Write the peft folder ADAPTER (LoRA, rsLoRA) as a GGUF file for --adapter.

    Nothing is merged: the model stays as it is, and one model takes many adapters.

    把 peft 的 LoRA 适配器写成 GGUF，供 --adapter 使用，不合并。
    """
    from convert.adapter import convert_adapter

    modules = convert_adapter(folder, base, output, dtype=dtype, overwrite=overwrite)
    tell("converted-adapter", path=output, size=_megabytes(output), type=dtype, modules=modules)


@convert.command()
@click.argument("folder", type=FILE)
@click.option("-o", "--output", type=FILE, required=True, help="The folder to write; it must not exist yet.")
@click.option("--base", help="For an adapter: the base model's folder or name to write into its configuration.")
def qwen1(folder: Path, output: Path, base: str | None) -> None:
    """Turn FOLDER, a Qwen-7B of 2023 (or 1.8B, 14B, 72B; base or chat) or a LoRA adapter of it, into Qwen2 form.

    The numbers stay the same to the last bit. What comes out is trained, merged and converted as any Qwen2 checkpoint.

    把 2023 年的 Qwen-7B 一类模型或其适配器转成 Qwen2 格式，数值不变。
    """
    from convert.qwen1.adapter import convert_adapter
    from convert.qwen1.checkpoint import convert_checkpoint

    if (folder / "adapter_config.json").is_file():
        tell("converted-qwen1-adapter", path=output, modules=convert_adapter(folder, output, base=base))
    else:
        tell("converted-qwen1", path=output, context=convert_checkpoint(folder, output))


@convert.command()
@click.argument("base", type=FILE)
@click.argument("folder", metavar="ADAPTER", type=FILE)
@click.option("-o", "--output", type=FILE, required=True, help="The folder to write; it must not exist yet.")
@click.option("--texts", type=FILE, required=True, help=TEXTS)
def merge(base: Path, folder: Path, output: Path, texts: Path) -> None:
    """Merge the peft folder ADAPTER (LoRA, rsLoRA, DoRA, token rows) into the checkpoint BASE, in float32.

    The result is compared with base and adapter on up to 64 paragraphs and refused when their answers differ.

    把适配器以 float32 合并进基座，并与合并前比对；答案不同则不写。
    """
    from train.mergecheck import merge_and_check

    check = merge_and_check(base, folder, output, read_paragraphs(texts))
    tell(
        "merged",
        path=output,
        tokens=check.tokens,
        kl=check.kl,
        difference=check.max_logit_difference,
        top1=check.same_top1,
    )


@convert.command()
@click.argument("checkpoint", type=FILE)
@click.option("-o", "--output", type=FILE, required=True, help="The folder to write.")
@click.option("--bits", type=click.Choice(OPENVINO_BITS), default="8", show_default=True, help="Of a weight.")
@click.option("--overwrite", is_flag=True, help="Replace the output folder if it exists.")
def openvino(checkpoint: Path, output: Path, bits: str, overwrite: bool) -> None:
    """Write the Hugging Face folder CHECKPOINT as a folder for OpenVINO, the fastest engine on x86 processors.

    A GGUF file of a Qwen2, Qwen2.5 or Qwen3 model will do too; its weights are taken as quantization left them. Chat
    template and taibao.json go with it; --model FOLDER runs it.

    把模型转成 OpenVINO 文件夹，在 x86 处理器上最快。
    """
    from convert.openvino import convert_openvino

    for warning in convert_openvino(checkpoint, output, bits=8 if bits == "8" else 4, overwrite=overwrite):
        note_error(warning)
    size = sum(file.stat().st_size for file in output.iterdir())
    tell("converted-bits", path=output, size=f"{size / 1e6:.1f} MB", bits=bits)


@convert.command()
@click.argument("checkpoint", type=FILE)
@click.option("--texts", type=FILE, required=True, help=CALIBRATION)
@click.option("-o", "--output", type=FILE, required=True, help="The new folder to write.")
@click.option("--bits", type=click.Choice(OPENVINO_BITS), default="4", show_default=True, help="Of a weight.")
@click.option("--group", type=click.IntRange(min=8), default=128, show_default=True, help="Weights that share a scale.")
@click.option("--max-kl", type=click.FloatRange(min=0), default=0.2, show_default=True, help="Write nothing above it.")
def gptq(checkpoint: Path, texts: Path, output: Path, bits: Any, group: int, max_kl: float) -> None:
    """Write the Hugging Face folder CHECKPOINT with GPTQ weights, for vLLM and transformers (taibao[gptq]).

    做 GPTQ 量化，供 vLLM 和 transformers 使用。
    """
    from convert.gptq import convert_gptq

    kl = convert_gptq(checkpoint, output, read_paragraphs(texts), bits=int(bits), group=group, max_kl=max_kl)  # type: ignore[arg-type]
    tell("converted-gptq", path=output, bits=bits, checkpoint=checkpoint, kl=kl)


@convert.command()
@click.argument("source", metavar="INPUT", type=FILE)
@click.option("-o", "--output", type=FILE, required=True, help="The GGUF file to write.")
@click.option(
    "--type",
    "type_",
    metavar="TYPE",
    type=click.Choice(QUANT_TYPES, case_sensitive=False),
    required=True,
    help=f"Number format: {', '.join(QUANT_TYPES)}.",
)
@click.option("--imatrix", type=FILE, help="Importance matrix; those of two bits and less need one.")
@_threads
@_overwrite
def quantize(
    source: Path, output: Path, type_: str, imatrix: Path | None, threads: int | None, overwrite: bool
) -> None:
    """Write the f32, f16 or bf16 GGUF file INPUT in a smaller number format.

    把 f32、f16 或 bf16 的 GGUF 量化为更小的格式。
    """
    from convert import quantize as quantizer
    from convert.imatrix import read_imatrix

    matrix = None if imatrix is None else read_imatrix(imatrix)
    name = "" if imatrix is None else imatrix.name
    for warning in quantizer.quantize(
        source, output, type_, imatrix=matrix, imatrix_name=name, threads=threads, overwrite=overwrite
    ):
        note_error(warning)
    tell("quantized", path=output, size=_megabytes(output), before=_megabytes(source), type=type_)


@convert.command()
@click.argument("checkpoint", type=FILE)
@click.option("--texts", type=FILE, required=True, help=CALIBRATION)
@click.option("-o", "--output", type=FILE, required=True, help="The file to write, such as imatrix.gguf.")
@click.option("--ctx", type=click.IntRange(min=2), default=512, show_default=True, help="Tokens in a window.")
@click.option("--chunks", type=click.IntRange(min=1), default=64, show_default=True, help="Windows to run, at most.")
@_threads
@_overwrite
def imatrix(
    checkpoint: Path, texts: Path, output: Path, ctx: int, chunks: int, threads: int | None, overwrite: bool
) -> None:
    """Measure how large the inputs of each weight's columns are when CHECKPOINT reads texts like yours.

    `taibao convert quantize --imatrix` rounds with care for the large ones. One layer is in memory at a time.

    在自己的文本上统计重要性矩阵，供量化使用。
    """
    from convert.calibrate import importance_matrix
    from convert.files import refuse_existing
    from convert.imatrix import write_imatrix

    refuse_existing(output, overwrite)
    matrix = importance_matrix(
        checkpoint, read_paragraphs(texts), dataset=texts.name, chunk_size=ctx, chunks=chunks, threads=threads
    )
    write_imatrix(output, matrix, overwrite=overwrite)
    tokens = max(matrix.counts.values())
    tell("imatrix-written", path=output, weights=len(matrix.sums), tokens=tokens, chunks=matrix.chunks)


@convert.command()
@click.argument("path", metavar="FILE", type=FILE)
@click.option("-o", "--output", type=FILE, help="The file to write; default: Modelfile beside FILE.")
@_overwrite
def modelfile(path: Path, output: Path | None, overwrite: bool) -> None:
    """Write the Modelfile with which Ollama runs the GGUF file FILE, which lies beside it.

    为 GGUF 文件写出 Ollama 用的 Modelfile。
    """
    from convert.files import atomic_output
    from convert.modelfile import modelfile as render
    from convert.modelfile import read_keys

    output = output or path.with_name("Modelfile")
    text = render(read_keys(path), path.name)
    with atomic_output(output, overwrite=overwrite) as temporary:
        temporary.write_text(text, encoding="utf-8")
    tell("modelfile-written", path=output)


@convert.command()
@click.argument("reference", type=FILE)
@click.argument("candidate", type=FILE)
@click.option("--texts", type=FILE, required=True, help=TEXTS)
@click.option("--ctx", type=click.IntRange(min=2), default=512, show_default=True, help="Tokens seen at once.")
@_threads
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def compare(reference: Path, candidate: Path, texts: Path, ctx: int, threads: int | None, as_json: bool) -> None:
    """Compare the GGUF file CANDIDATE with REFERENCE, a Hugging Face folder or another GGUF file.

    Prints the divergence of their next-token distributions, how often both put the same token first, and both
    perplexities; against a folder also the number of paragraphs that the two tokenizers cut differently.

    比较两个模型：KL 散度、首选词元一致率、困惑度、分词差异。
    """
    from convert import compare as comparer

    paragraphs = read_paragraphs(texts)
    comparison = comparer.compare(reference, candidate, paragraphs, n_ctx=ctx, threads=threads)
    differences = None
    if reference.is_dir():
        differences = len(comparer.tokenizer_parity(reference, candidate, paragraphs, threads=threads))
    if as_json:
        values = {**asdict(comparison), "paragraphs": len(paragraphs), "tokenizer_differences": differences}
        answer(json.dumps({"reference": str(reference), "candidate": str(candidate), **values}, ensure_ascii=False))
    else:
        answer(render_comparison(comparison, len(paragraphs), differences, settings().lang))


def render_comparison(comparison: Comparison, paragraphs: int, differences: int | None, lang: Lang) -> str:
    """The table for a reader; `differences` None leaves its line out."""
    rows = [
        ("tokens", f"{comparison.tokens}"),
        ("kl-mean", f"{comparison.kl_mean:.3g}"),
        ("kl-max", f"{comparison.kl_max:.3g}"),
        ("top1", f"{comparison.top1:.2%}"),
        ("ppl-reference", f"{comparison.ppl_reference:.4f}"),
        ("ppl-candidate", f"{comparison.ppl_candidate:.4f}"),
    ]
    if differences is not None:
        rows.append(("differently", say("compared-paragraphs", lang, count=differences, paragraphs=paragraphs)))
    return "\n".join(padded(say(f"compared-{name}", lang), 23) + value for name, value in rows)


def _megabytes(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.1f} MB"
