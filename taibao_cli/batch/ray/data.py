"""A stage for a pipeline of Ray Data, which reads, partitions and writes: rows of a table in, rows of a table out.

There is no journal and no order; for those there is `taibao batch --ray`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from taibao_cli.batch.columns import COLUMNS
from taibao_cli.batch.forms.layout import TOKENS, Cell, Layout
from taibao_cli.batch.parquet import records_of
from taibao_cli.batch.record import Record, split_names
from taibao_cli.batch.runner import DEFAULT_WIDTH, run
from taibao_cli.engine.base import Runs
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.engine.load import is_fake, load_hosted
from taibao_cli.models.registry import resolve
from taibao_cli.patents.lexicon import Lexicon
from taibao_cli.tasks.hints import lexicon_hints


class Answers:
    """For `Dataset.map_batches` with `batch_format="pyarrow"`: each actor has an engine, which answers the rows of a
    block together. A row that cannot be answered has its `error`."""

    def __init__(
        self,
        task: str,
        *,
        model: str | None = None,
        adapters: Sequence[str] = (),
        threads: int | None = None,
        width: int | None = None,
        gpu_layers: int = 0,
        maps: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Make the engine.

        Args:
            task: a task, or several with commas, for every row.
            model: path of a model file on the machine of the actor; None: the built-in one.
            adapters: as `--adapter` takes them.
            threads: computing threads, best as many as the actor's `num_cpus`; None: the cores of the machine.
            width: rows computed at a time; None: what is fastest there, measured once.
            gpu_layers: layers on a GPU; -1: all.
            maps: columns to fields, beside the names that are known anyway.

        Raises:
            ModelError: no such model, or one that cannot be loaded.
        """
        self._task, self._maps = task, maps
        self._layout = Layout.of(None, split_names(task), merge=False)
        self._model = resolve(model, adapters=adapters)
        lexicon = self._model.lexicon
        self._hints = lexicon_hints(Lexicon.load(lexicon)) if lexicon is not None else None
        self._engine: Runs
        if is_fake():
            self._engine, self._width = FakeEngine(), DEFAULT_WIDTH
            return
        hosted = load_hosted(
            self._model,
            threads=threads,
            width=width,
            gpu_layers=gpu_layers,
            on_death=logging.getLogger(__name__).warning,
        )
        self._engine, self._width = hosted, hosted.width

    def __call__(self, block: Any) -> Any:
        """The answers to a table of Arrow, in its order: the columns of a table that `taibao batch` writes."""
        import pyarrow

        header = list(block.column_names)
        records = list(records_of(header, COLUMNS.fields_of(header, self._maps, "the rows"), block.columns))
        rows = run(
            map(self._asked, records), engine=self._engine, model=self._model, hints=self._hints, width=self._width
        )
        lines = [self._layout.cells(row, record) for row, record in zip(rows, records, strict=True)]
        columns = {name: [line[at] for line in lines] for at, name in enumerate(self._layout.header)}
        return pyarrow.table({name: _column(name, cells) for name, cells in columns.items()})

    def _asked(self, record: Record) -> Record:
        """With the tasks; a block does not know which rows of the data it has, so messages name the `id`."""
        row = {**(record.row or {}), "task": self._task}
        return replace(record, row=row, place=f"row {row['id']}" if "id" in row else record.place)


def _column(name: str, cells: Sequence[Cell]) -> Any:
    """A column of Arrow, of the same type in every block."""
    import pyarrow

    last = name.rpartition(".")[2]
    if last == "p":
        return pyarrow.array(cells, pyarrow.float64())
    if last in TOKENS:
        return pyarrow.array(cells, pyarrow.int64())
    return pyarrow.array([None if cell is None else str(cell) for cell in cells], pyarrow.string())
