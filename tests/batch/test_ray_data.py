"""taibao as a stage of Ray Data, which reads, partitions and writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ray_data: Any = pytest.importorskip("ray.data", reason="needs Ray: pip install 'taibao[ray]'")
ACTORS = 4


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A cluster on this machine with a processor for each actor and some for reading and writing."""
    import ray

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAIBAO_ENGINE", "fake")
        options = {"log_to_driver": False, "include_dashboard": False, "object_store_memory": 100_000_000}
        ray.init(address="local", num_cpus=ACTORS + 4, **options)
        ray_data.DataContext.get_current().enable_progress_bars = False
        yield
        ray.shutdown()


def test_rows_are_read_answered_and_written(cluster: None, tmp_path: Path) -> None:
    """Four actors write the answers that one object gives to the whole table."""
    import pyarrow
    from pyarrow import dataset

    from taibao_cli.batch.ray.data import Answers

    rows = [{"id": f"p{n}", "摘要": f"A pump number {n}."} for n in range(100)] + [{"id": "none", "摘要": ""}]
    (tmp_path / "in").mkdir()
    for part in range(4):
        lines = [json.dumps(row, ensure_ascii=False) for row in rows[part::4]]
        (tmp_path / "in" / f"{part}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    answers = ray_data.read_json(str(tmp_path / "in"), file_extensions=["jsonl"]).map_batches(
        Answers,
        fn_constructor_args=["type,title"],
        batch_format="pyarrow",
        batch_size=16,
        compute=ray_data.ActorPoolStrategy(size=ACTORS),
        num_cpus=1,
    )
    answers.write_parquet(str(tmp_path / "out"))
    found = dataset.dataset(tmp_path / "out").to_table().sort_by("id")
    expected = Answers("type,title")(pyarrow.Table.from_pylist(rows)).sort_by("id")
    assert (found.schema.names, found.num_rows) == (expected.schema.names, len(rows))
    assert found.to_pylist() == expected.to_pylist()
    assert [bool(error) for error in found["title.error"].to_pylist()] == [True] + [False] * 100
