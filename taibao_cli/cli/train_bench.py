"""`taibao train bench`: how fast this machine trains a shape."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from taibao_cli.cli.generation import json_option
from taibao_cli.cli.train_finetune import need_training
from taibao_cli.console import answer

if TYPE_CHECKING:
    from train.finetune.bench import Report


@click.command()
@click.argument("config")
@click.option(
    "--examples", type=click.IntRange(min=1), default=64, show_default=True, help="In one pass over the data."
)
@click.option("--length", type=click.IntRange(min=8), default=400, show_default=True, help="Mean tokens of an example.")
@click.option("--batch", type=click.IntRange(min=1), default=8, show_default=True, help="Examples at once, plain way.")
@click.option("--steps", type=click.IntRange(min=1), default=3, show_default=True, help="Passes timed, after a first.")
@click.option("--compile", "compiled", is_flag=True, help="Measure with compiled norms and feed-forwards as well.")
@json_option
def bench(config: str, examples: int, length: int, batch: int, steps: int, compiled: bool, as_json: bool) -> None:
    """Tokens a second, share of the peak and memory of fine-tuning a model of the shape of CONFIG with random weights,
    beside the same examples padded, with full logits and checkpointing."""
    need_training()
    from train.finetune.bench import Setting
    from train.finetune.bench import bench as run
    from train.finetune.config import load_finetune

    setting = Setting(load_finetune(config), examples, length, batch, steps)
    report = run(setting, ("packed", "compiled", "plain") if compiled else ("packed", "plain"))
    if as_json:
        ways = {way.way: {**asdict(way), "mfu": report.mfu(way)} for way in report.ways}
        facts = {"device": report.device, "operations": report.operations, "peak": report.peak}
        answer(json.dumps({**facts, **ways}))
    else:
        answer(render(report))


def render(report: Report) -> str:
    """The table, the ratio and the formula."""
    lines = [f"{'':<10}{'tokens/s':>10}{'MFU':>8}{'real':>7}{'memory':>12}  checkpointing"]
    for way in report.ways:
        lines.append(
            f"{way.way:<10}{way.tokens_per_s:>10.0f}{report.mfu(way):>8.1%}{way.real_share:>7.0%}"
            f"{way.peak_bytes / 2**30:>8.2f} GiB  {'on' if way.checkpointing else 'off'}"
        )
    plain = report.of("plain").tokens_per_s
    ratios = [f"{way.way} is {way.tokens_per_s / plain:.2f} times as fast as plain" for way in report.ways[:-1]]
    return "\n".join(
        [
            f"{report.device}, {report.ways[0].dtype}; real tokens alone are counted",
            *lines,
            *ratios,
            f"MFU = tokens/s x {report.operations / 1e9:.3g} G useful operations a token"
            f" / {report.peak / 1e12:.3g} T operations a second",
        ]
    )
