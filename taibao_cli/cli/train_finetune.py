"""`taibao train finetune`: adapters for a given checkpoint."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import click

from taibao_cli.cli.noting import tell
from taibao_cli.cli.root import settings
from taibao_cli.cli.train_panel import RunView
from taibao_cli.console import answer
from taibao_cli.errors import MissingExtraError, UsageError

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
FILE = click.Path(path_type=Path, exists=True)
_NEEDED = ("torch", "transformers", "peft", "accelerate", "safetensors", "tokenizers")


def need_training(modules: tuple[str, ...] = _NEEDED, extra: str = "train") -> None:
    """Raises MissingExtraError for the first module that is not installed."""
    for module in modules:
        if importlib.util.find_spec(module) is None:
            raise MissingExtraError(module, extra)


@click.command()
@click.argument("config")
@click.option("--checkpoint", type=FOLDER, help="Folder of the model: config.json, weights, tokenizer.json.")
@click.option("--data", multiple=True, type=FILE, help="Examples to train, or one file of packs (.npz).")
@click.option("--dev", multiple=True, type=FILE, help="Examples to evaluate with; the best adapter is kept.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder of the run; resumed if it exists.")
@click.option("--every", type=click.IntRange(min=1), default=10, show_default=True, help="Report every N-th step.")
@click.option("--dry-run", is_flag=True, help="Tell memory, steps and time; load no model.")
def finetune(
    config: str,
    checkpoint: Path | None,
    data: tuple[Path, ...],
    dev: tuple[Path, ...],
    output: Path | None,
    every: int,
    dry_run: bool,
) -> None:
    """Train adapters on a given checkpoint. CONFIG is qwen3-8b, qwen2.5-7b, qwen-7b, qwen3-0.6b or a TOML file.

    在已有模型上训练适配器；--dry-run 先估算显存和时间。
    """
    from train.finetune.config import load_finetune

    loaded, lang = load_finetune(config), settings().lang
    if dry_run and not (checkpoint and data):
        from train.finetune.plan import plan

        for line in plan(loaded, None, lang):
            answer(line)
        return
    if checkpoint is None or not data or (output is None and not dry_run):
        raise UsageError("give --checkpoint, --data and -o (or --dry-run)")
    need_training(("numpy", "tokenizers") if dry_run else _NEEDED)
    if loaded.quantize != "none" and not dry_run:
        need_training(("bitsandbytes",), "qlora")
    from train.finetune.estimate import operations, peak_of
    from train.finetune.job import finetune as run
    from train.finetune.job import read_material
    from train.finetune.plan import Amount, plan

    material = read_material(loaded, checkpoint, data, dev)
    for key, packs in (("data-too-long", material.data), ("dev-too-long", material.dev)):
        if packs is not None and packs.left_out:
            tell(key, count=packs.left_out, tokens=loaded.pack_tokens)
    amount = Amount.of(material.data)
    if dry_run:
        for line in plan(material.config, amount, lang):
            answer(line)
        return
    import torch

    assert output is not None
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    useful = operations(material.config, labelled=amount.labelled, length=amount.length).useful
    with RunView(output.name, lang, every=every, operations=useful, peak=peak_of(device)) as view:
        adapter = run(material, output, view.report)
    if adapter:
        tell("train-written", path=adapter, manifest=output / "manifest.json")
