"""`taibao train bench`: how fast this machine trains a shape."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from taibao_cli.cli.cells import padded_left
from taibao_cli.cli.generation import json_option
from taibao_cli.cli.root import settings
from taibao_cli.cli.train_finetune import need_training
from taibao_cli.console import answer
from taibao_cli.messages import say
from taibao_cli.patents.language import Lang

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
    beside the same examples padded, with full logits and checkpointing.

    测量本机训练这种形状的模型有多快、占多少内存。
    """
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
        answer(render(report, settings().lang))


def render(report: Report, lang: Lang) -> str:
    """The table, the ratio and the formula."""
    wide = (("rate", 20), ("mfu", 8), ("real", 7), ("memory", 12))
    head = "".join(padded_left(say(f"bench-train-{name}", lang), width) for name, width in wide)
    lines = [f"{head}  {say('bench-train-checkpointing', lang)}"]
    for way in report.ways:
        checkpointing = say("bench-train-on" if way.checkpointing else "bench-train-off", lang)
        lines.append(
            f"{way.way:<10}{way.tokens_per_s:>10.0f}{report.mfu(way):>8.1%}{way.real_share:>7.0%}"
            f"{way.peak_bytes / 2**30:>8.2f} GiB  {checkpointing}"
        )
    plain = report.of("plain").tokens_per_s
    ratios = [say("bench-train-times", lang, way=way.way, times=way.tokens_per_s / plain) for way in report.ways[:-1]]
    return "\n".join(
        [
            say("bench-train-device", lang, device=report.device, dtype=report.ways[0].dtype),
            *lines,
            *ratios,
            say("bench-train-formula", lang, operations=report.operations / 1e9, peak=report.peak / 1e12),
        ]
    )
