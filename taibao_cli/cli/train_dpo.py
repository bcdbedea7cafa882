"""`taibao train dpo`: preferences that checks have decided."""

from __future__ import annotations

from pathlib import Path

import click

from taibao_cli.cli.noting import tell
from taibao_cli.cli.train_finetune import FILE, FOLDER, need_training


@click.command()
@click.argument("config")
@click.option("--checkpoint", type=FOLDER, required=True, help="Folder of the model; without --adapter the reference.")
@click.option("--adapter", type=FOLDER, help="Adapter to go on with; a frozen copy of it is the reference.")
@click.option("--data", multiple=True, required=True, type=FILE, help="Pairs to train (taibao train data preferences).")
@click.option("--dev", multiple=True, required=True, type=FILE, help="Pairs to measure with.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Folder of the run; resumed.")
@click.option("--beta", type=float, default=0.1, show_default=True, help="Weight of the distance from the reference.")
@click.option("--lr", type=float, default=5e-6, show_default=True, help="Learning rate.")
@click.option("--epochs", type=click.IntRange(min=1), default=1, show_default=True)
def dpo(
    config: str,
    checkpoint: Path,
    adapter: Path | None,
    data: tuple[Path, ...],
    dev: tuple[Path, ...],
    output: Path,
    beta: float,
    lr: float,
    epochs: int,
) -> None:
    """Train preferences with TRL, and tell how far the model has moved from where it began.

    It needs TRL: pip install 'taibao[dpo]'.

    用 TRL 做偏好训练（DPO），并说明偏离起点多少。
    """
    need_training()
    need_training(("trl",), extra="dpo")
    from train.finetune.config import load_finetune
    from train.finetune.dpo import DpoJob, Preferences, train_dpo

    job = DpoJob(
        load_finetune(config), checkpoint, adapter, Preferences.read(data), Preferences.read(dev), output, beta, lr,
        epochs,
    )  # fmt: skip
    before, after = train_dpo(job)
    tell("dpo-better", before=before.preferred, after=after.preferred)
    tell("dpo-kl", kl=after.kl)
    tell("wrote", path=output / "adapter")
