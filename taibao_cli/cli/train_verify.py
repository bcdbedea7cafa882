"""`taibao train verify`: whether a run's manifest still describes what lies beside it."""

from __future__ import annotations

from pathlib import Path

import click

from taibao_cli.cli.root import settings
from taibao_cli.cli.train_finetune import FILE, FOLDER, need_training
from taibao_cli.console import answer
from taibao_cli.errors import TaibaoError
from taibao_cli.messages import say


@click.command()
@click.argument("run", type=FOLDER)
@click.option("--checkpoint", type=FOLDER, help="The base; default: where it was when the run was made.")
@click.option("--data", multiple=True, type=FILE, help="The examples it was trained on, to compare them too.")
@click.option("--dev", multiple=True, type=FILE, help="With --data: those it was evaluated with.")
def verify(run: Path, checkpoint: Path | None, data: tuple[Path, ...], dev: tuple[Path, ...]) -> None:
    """Compare the manifest of the finished run RUN with its adapter, its base and its data.

    核对训练清单：适配器、基座和数据是否仍与清单一致。
    """
    need_training(("numpy", "tokenizers"))
    from train.finetune.verify import PARTS
    from train.finetune.verify import verify as compare

    lang, found = settings().lang, compare(run, checkpoint, data, dev)
    for line in found:
        what = say(f"verify-{line.what}", lang) if line.what in PARTS else line.what
        answer(say("verify-same" if line.same else "verify-different", lang, what=what))
    if not all(line.same for line in found):
        raise TaibaoError(f"{run}: not what its manifest describes")
