"""`--embed-model`: an embedding GGUF for the commands that search."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from taibao_cli.engine.threads import default_threads
from taibao_cli.knowledge.store.vectors import Vectors

embed_option = click.option(
    "--embed-model",
    type=click.Path(path_type=Path),
    help="An embedding GGUF: passages get vectors, and the search uses them beside the words.",
)

_NAME = 12
"""Digits of the file's hash that name its vectors."""


@contextmanager
def vectors_of(path: Path) -> Iterator[Vectors]:
    """What embeds with the model in a file.

    Raises:
        ModelError: it cannot be loaded.
    """
    from taibao_cli.engine.llamacpp.embed import embedder
    from taibao_cli.errors import ModelError
    from taibao_cli.models.digest import file_sha256

    if not path.is_file():
        raise ModelError(f"{path}: no such model file; give --embed-model FILE.gguf")
    with embedder(path, default_threads()) as model:
        yield Vectors(file_sha256(path)[:_NAME], model.embed)
