"""`taibao models pull`: all that goes to the network, beside `--base-url` and `--ray`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import click

from taibao_cli.batch.progress import transfer
from taibao_cli.cli.names import catalogue_names
from taibao_cli.cli.root import settings
from taibao_cli.console import answer, note
from taibao_cli.messages import say
from taibao_cli.models.pull.catalogue import find_wanted
from taibao_cli.models.pull.hub import Hub, Remote, endpoint_of, remote_file
from taibao_cli.models.pull.install import Pulled, models_folder, pull
from taibao_cli.models.pull.web import Patience, Web, hub_token


@click.command("pull")
@click.argument("spec", metavar="NAME|OWNER/REPO/FILE.gguf", shell_complete=catalogue_names)
@click.option("--name", help="What it is to be called here; default: its name in the catalogue, or the file's.")
@click.option("--from", "hub", type=click.Choice(get_args(Hub)), default="huggingface", show_default=True)
@click.option("--endpoint", metavar="URL", help="A mirror; default: $HF_ENDPOINT, or the hub itself.")
@click.option("--connections", type=click.IntRange(1, 8), default=4, show_default=True, help="Most of them at a time.")
@click.option("--timeout", type=click.FloatRange(1), default=30, show_default=True, help="Seconds without a byte.")
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Folder of pulled models; default: the user's.")
@click.option("--dry-run", is_flag=True, help="Ask the hub for size, licence and hash, and fetch nothing.")
def pull_model(
    spec: str,
    name: str | None,
    hub: Hub,
    endpoint: str | None,
    connections: int,
    timeout: float,
    folder: Path | None,
    dry_run: bool,
) -> None:
    """Fetch a model and name it; `taibao models list --all` shows the catalogue. What is here and whole is left
    alone, an interrupted download goes on, a damaged file is repaired.

    下载模型：断点续传，校验 SHA-256，损坏时只补下坏掉的部分。
    """
    lang = settings().lang
    wanted = find_wanted(spec, name)
    address = endpoint_of(hub, endpoint)
    web = Web(address, Patience(timeout=timeout), token=hub_token() if hub == "huggingface" else None)
    if dry_run:
        _describe(wanted.file, remote_file(wanted, hub, address, web))
        return
    note(say("pull-from", lang, file=wanted.file, hub=address))
    with _shown() as on_start:
        pulled = pull(
            wanted,
            web,
            hub=hub,
            endpoint=address,
            folder=folder or models_folder(),
            connections=connections,
            on_start=on_start,
        )
    _report(wanted.name, pulled)


def _describe(file: str, remote: Remote) -> None:
    for key, value in (
        ("file", file),
        ("size", f"{remote.size / 1e6:,.1f} MB"),
        ("sha256", remote.sha256),
        ("revision", remote.revision),
        ("licence", remote.licence or "?"),
    ):
        answer(f"{key:<9} {value}")


def _report(name: str, pulled: Pulled) -> None:
    lang = settings().lang
    key = "pull-here" if not pulled.fetched else "pull-done"
    licence = pulled.remote.licence or "?"
    note(say(key, lang, name=name, path=pulled.path, fetched=f"{pulled.fetched / 1e6:,.1f}", licence=licence))


@contextmanager
def _shown() -> Iterator[Callable[[Remote, int], Callable[[int], None]]]:
    """Progress in bytes on stderr, from what is here already."""
    with transfer(settings().lang) as start:
        yield lambda remote, here: start(remote.size, here)
