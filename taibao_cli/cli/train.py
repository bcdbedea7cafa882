"""`taibao train`: from corpora to a quantized GGUF, whole or step by step."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import click

from taibao_cli.cli.noting import tell
from taibao_cli.cli.train_bench import bench
from taibao_cli.cli.train_data import data
from taibao_cli.cli.train_dpo import dpo
from taibao_cli.cli.train_finetune import finetune
from taibao_cli.cli.train_verify import verify
from taibao_cli.console import answer
from taibao_cli.errors import InputError, MissingExtraError, UsageError

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_NEEDED = ("torch", "transformers", "peft", "safetensors", "tokenizers", "gguf", "jieba")


@click.group()
def train() -> None:
    """Train a base model, fine-tune it with LoRA, merge it (CONFIG: a TOML file or nano, nano-further,
    nano-settle, mini or tiny); fine-tune a given checkpoint on data of your own.

    从零训练基座、LoRA 微调、合并；也可用自己的数据微调已有模型。
    """


def _stage(name: str, last: str, en: str, zh: str) -> None:
    @train.command(name, help=f"{en}\n\n{zh}")
    @click.argument("config")
    @click.option(
        "--data", type=click.Path(path_type=Path), required=True, help="Folder with the corpora (*.jsonl.xz)."
    )
    @click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        required=True,
        help="Folder of the run; resumed if it exists.",
    )
    @click.option(
        "--start",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="GGUF of an earlier run: the base has its tokens and begins with its weights, grown to the shape.",
    )
    @click.option("--every", type=click.IntRange(min=1), default=10, show_default=True, help="Report every N-th step.")
    def command(config: str, data: Path, output: Path, start: Path | None, every: int) -> None:
        for module in _NEEDED:
            if importlib.util.find_spec(module) is None:
                raise MissingExtraError(module, "train")
        from train.config import load_config
        from train.data.corpora import Corpora
        from train.pipeline import run_until
        from train.stages import Run

        def report(stage: str, facts: dict[str, Any]) -> None:
            if "state" in facts:
                tell(f"stage-{facts['state'].replace(' ', '-')}", stage=stage)
            elif facts["step"] % every == 0:
                told = {"step": facts["step"], "loss": facts["plain"], "rate": facts["tokens_per_s"]}
                tell("stage-step", stage=stage, **told)

        run_until(Run(load_config(config), Corpora(data), output, report, start), last)
        tell("train-finished", name=name, path=output)


_stage(
    "base",
    "base",
    "Tokenizer, lexicon, data, embeddings and the base model from scratch.",
    "从零做分词器、词典、数据、嵌入和基座模型。",
)
_stage("sft", "sft", "LoRA fine-tuning on the tasks.", "在各任务上做 LoRA 微调。")
_stage(
    "merge",
    "merge",
    "Merge the adapter into the base, in float32, and check the logits.",
    "以 float32 把适配器合并进基座，并核对 logits。",
)
_stage(
    "pipeline",
    "verify",
    "Everything, to the quantized GGUF and its comparison with the checkpoint.",
    "全部步骤，直到量化的 GGUF 及其与检查点的比较。",
)


train.add_command(bench)
train.add_command(data)
train.add_command(dpo)
train.add_command(finetune)
train.add_command(verify)


@train.command()
@click.argument("kind", type=click.Choice(["cards", "machines", "zero2"]), default="cards")
def launch(kind: str) -> None:
    """Print a configuration of accelerate: for the cards of one machine, for several machines, or DeepSpeed for dpo.

    打印 accelerate 的启动配置：单机多卡、多机，或供 dpo 用的 DeepSpeed。
    """
    from importlib import resources

    answer((resources.files("train.launch") / f"{kind}.yaml").read_text(encoding="utf-8").rstrip())


@train.command("card")
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--report", type=_FILE, help="What `taibao eval --out` wrote; a run of `pipeline` needs it.")
@click.option("--before", type=_FILE, help="The same of an earlier model: each score before and after.")
@click.option("--formats", type=_FILE, help="The report.json of `taibao convert report`, for a run of `finetune`.")
@click.option("--notes", type=_FILE, help="Markdown to put under the heading.")
def card(run: Path, report: Path | None, before: Path | None, formats: Path | None, notes: Path | None) -> None:
    """Print the model card of the finished RUN of `pipeline` or `finetune`: data, cost, scores before and after."""
    from train.evaluation.reports import read_report
    from train.finetune.job import MANIFEST

    text = notes.read_text(encoding="utf-8") if notes else ""
    measured, earlier = (read_report(path) if path else None for path in (report, before))
    if earlier and not measured:
        raise UsageError("--before needs --report, to compare with")
    if (run / MANIFEST).is_file():
        from train.finetune.card import render_card as render_tuned

        rendered = render_tuned(run, measured, earlier, _json(formats), notes=text)
    elif measured is None:
        raise UsageError(f"{run}: give --report, or the folder of a finished fine-tuning")
    else:
        from train.card import render_card

        try:
            rendered = render_card(run, measured, earlier, notes=text)
        except (OSError, ValueError, KeyError) as error:
            raise InputError(f"{run}: not a finished run with a report: {error}") from None
    answer(rendered)


def _json(path: Path | None) -> Any:
    """None for None. Raises InputError for a file that is no JSON."""
    try:
        return None if path is None else json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a report: {error}") from None
