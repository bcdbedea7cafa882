"""Rows on a Ray cluster: the same as of one process, whoever is killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from taibao_cli.batch import Record, run
from taibao_cli.batch.output import Row, errors_of
from taibao_cli.batch.ray.cluster import AUTO, LOOPBACK, Place, _find, connected, first_line, places
from taibao_cli.batch.ray.engine import MOST_DEATHS, Member, RayEngine
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.errors import TaibaoError, UsageError
from tests.batch.killed import MODEL
from tests.batch.on_ray import WORKERS, on_workers, plan
from tests.cli.shell import ROOT, process
from tests.engine.servers.chat_server import free_port

with_ray = pytest.mark.skipif(find_spec("ray") is None, reason="needs Ray: pip install 'taibao[ray]'")

ROWS = [{"id": f"p{n}", "text": f"A pump number {n}", "task": "title"} for n in range(200)]


def node(name: str, alive: bool = True, **resources: float) -> dict[str, Any]:
    return {"NodeID": name, "NodeManagerAddress": f"10.0.0.{name}", "Alive": alive, "Resources": resources}


def test_an_engine_for_each_machine_or_each_gpu() -> None:
    nodes = [node("1", CPU=8), node("2", CPU=17, GPU=4), node("3", CPU=8, alive=False), node("4", CPU=0, GPU=1)]
    found = places(nodes)
    assert found == [Place("1", "10.0.0.1", 8, 0), *[Place("2", "10.0.0.2", 4, 1)] * 4]


def test_so_many_engines_on_each_machine_share_it() -> None:
    found = places([node("1", CPU=2), node("2", CPU=9, GPU=1)], 4)
    assert found == [*[Place("1", "10.0.0.1", 0.5, 0)] * 4, *[Place("2", "10.0.0.2", 2, 0.25)] * 4]


def test_the_first_line_of_an_error() -> None:
    assert first_line(ValueError("\n  gone \n twice")) == "gone"
    assert first_line(ValueError()) == "ValueError"
    assert len(first_line("x" * 999)) == 200


def test_addresses_of_rays_client_are_refused() -> None:
    with pytest.raises(UsageError, match="run taibao on a machine of the cluster"), connected("ray://10.0.0.1:10001"):
        pass


@with_ray
def test_an_address_without_a_cluster_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match="give auto, local or HOST:PORT"), connected("nonsense"):
        pass
    begun = time.monotonic()
    with pytest.raises(TaibaoError, match=r"no Ray cluster at .*refused"), connected(f"127.0.0.1:{free_port()}"):
        pass
    assert time.monotonic() - begun < 10


@with_ray
def test_auto_starts_a_cluster_where_none_is_running(monkeypatch: pytest.MonkeyPatch) -> None:
    from ray._private import services

    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(services, "find_gcs_addresses", set)
    monkeypatch.setattr(services, "find_bootstrap_address", lambda temp_dir: None)
    assert _find(AUTO) is None


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--ray-engines", "2"], "--ray-engines goes with --ray"),
        (["--ray", "local", "--deterministic"], "--deterministic is for one machine"),
        (["--ray", "local", "--base-url", "http://127.0.0.1:1/v1"], "it does not go with --base-url"),
    ],
)
def test_options_that_do_not_fit(tmp_path: Path, options: list[str], why: str) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "A pump", "task": "title"}\n')
    done = process("batch", "in.jsonl", *options, home=tmp_path)
    assert done.returncode == 2
    assert why in done.stderr.decode()


@pytest.fixture(scope="module")
def lost() -> list[str]:
    """Why workers of `engine` were lost."""
    return []


@pytest.fixture(scope="module")
def engine(lost: list[str]) -> Iterator[RayEngine]:
    with on_workers(plan(), on_loss=lambda address, why: lost.append(f"{address}: {why}")) as engine:
        yield engine


def pid_of(member: Member) -> int:
    import ray

    found: int = ray.get(member.actor.__ray_call__.remote(lambda worker: os.getpid()))
    return found


@with_ray
def test_a_local_cluster_is_for_this_machine_only(engine: RayEngine) -> None:
    import ray

    assert [node["NodeManagerAddress"] for node in ray.nodes()] == [LOOPBACK]
    assert [address for address, _, _ in engine.engines] == [LOOPBACK] * WORKERS
    assert len({pid_of(member) for member in engine._members}) == WORKERS


@with_ray
def test_four_workers_give_the_rows_of_one_process(engine: RayEngine) -> None:
    rows = [*ROWS, {"text": "x" * 9000, "task": "title"}, {"task": "title"}, {"text": "A pump", "task": "ipc,title"}]
    here = list(run(rows, engine=FakeEngine(), model=MODEL))
    assert list(run(rows, engine=engine, model=MODEL, width=engine.width)) == here
    assert [len(errors_of(row)) for row in here[-3:]] == [1, 1, 0]


@with_ray
def test_killed_workers_lose_nothing(engine: RayEngine, lost: list[str]) -> None:
    """One is stopped with requests in flight, so that they are lost with it, and killed together with another."""
    expected = list(run(ROWS, engine=FakeEngine(), model=MODEL))
    pids = [pid_of(member) for member in engine._members]
    answered = 0

    def on_row(record: Record, row: Row) -> None:
        nonlocal answered
        answered += 1
        if answered == 20:
            os.kill(pids[0], signal.SIGSTOP)
        if answered == 50:
            for pid in pids[:2]:
                os.kill(pid, signal.SIGKILL)

    found = list(run(ROWS, engine=engine, model=MODEL, width=engine.width, on_row=on_row))
    assert found == expected
    assert len(lost) == 2
    assert len(engine._members) == WORKERS, "others took their places"
    lost.clear()


@with_ray
def test_a_row_with_which_workers_die_again_and_again_is_an_error(engine: RayEngine, lost: list[str]) -> None:
    """Everybody is stopped whenever somebody has the request, and killed."""
    rows, over = ROWS[:1], threading.Event()

    def kill() -> None:
        while not over.wait(0.01):
            for member in list(engine._members):
                if member.flying and member in pids:
                    with suppress(ProcessLookupError):
                        os.kill(pids[member], signal.SIGKILL)

    pids = {member: pid_of(member) for member in engine._members}
    for member in engine._members:
        os.kill(pids[member], signal.SIGSTOP)
    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    try:
        (row,) = run(rows, engine=engine, model=MODEL)
    finally:
        over.set()
        killer.join()
    assert row["error"]["type"] == "engine"
    assert row["error"]["retryable"]
    assert "3 workers were lost with this row" in row["error"]["message"]
    assert len(lost) == MOST_DEATHS
    for pid in pids.values():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


@with_ray
@pytest.mark.slow
def test_a_lost_machine_loses_nothing_and_a_new_one_joins() -> None:
    """Four machines, as far as Ray can tell, of which one goes and one comes while rows are answered."""
    import ray
    from ray.cluster_utils import Cluster

    ray.shutdown()  # that of `engine`
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    nodes = [cluster.add_node(num_cpus=1) for _ in range(WORKERS - 1)]
    answered, lost = 0, []

    def on_row(record: Record, row: Row) -> None:
        nonlocal answered
        answered += 1
        if answered == 20:
            os.kill(pids[nodes[0].node_id], signal.SIGSTOP)
        if answered == 50:
            cluster.remove_node(nodes[0], allow_graceful=False)
            cluster.add_node(num_cpus=1)

    def rows() -> Iterator[dict[str, Any]]:
        yield from ROWS
        deadline = time.monotonic() + 60
        while sum(member.width > 0 for member in several._members) < WORKERS and time.monotonic() < deadline:
            yield from ({**row, "text": f"{row['text']}, {time.monotonic()}"} for row in ROWS[:1])
            time.sleep(0.1)

    try:
        with connected(cluster.address):
            several = RayEngine(plan(), on_loss=lambda address, why: lost.append(why))
            assert len(several.engines) == WORKERS
            pids = {member.place.node: pid_of(member) for member in several._members}
            found = list(run(rows(), engine=several, model=MODEL, width=several.width, on_row=on_row))
            assert found[: len(ROWS)] == list(run(ROWS, engine=FakeEngine(), model=MODEL))
            assert not any(errors_of(row) for row in found)
            assert len(lost) == 1
            assert len(several.engines) == WORKERS
            several.close()
    finally:
        cluster.shutdown()


def lines_of(path: Path) -> int:
    return len(path.read_bytes().splitlines()) if path.exists() else 0


def run_here(folder: Path, after: int) -> int:
    command = ["tests.batch.killed", folder / "in.jsonl", folder / "out.jsonl", folder / "log", str(after)]
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=False).returncode


def run_on_ray(folder: Path, after: int) -> int:
    command = ["tests.batch.on_ray", folder / "in.jsonl", folder / "out.jsonl", str(after)]
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=False).returncode


@with_ray
def test_a_run_on_a_cluster_is_killed_and_goes_on_here_and_there_again(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    journal, log, out = (tmp_path / name for name in ("out.jsonl.journal", "log", "out.jsonl"))
    log.touch()
    assert run_on_ray(tmp_path, 60) == -signal.SIGKILL
    assert lines_of(journal) == 1 + 60
    assert run_here(tmp_path, 50) == -signal.SIGKILL
    assert lines_of(log) == 50
    assert lines_of(journal) == 1 + 60 + 50
    assert run_on_ray(tmp_path, 30) == -signal.SIGKILL
    assert lines_of(journal) == 1 + 60 + 50 + 30
    assert run_here(tmp_path, -1) == 0
    assert lines_of(log) == len(ROWS) - 60 - 30, "what the cluster had answered was not asked here"
    expected = list(run(ROWS, engine=FakeEngine(), model=MODEL))
    assert [json.loads(line) for line in out.read_text().splitlines()] == expected


@with_ray
@pytest.mark.model
def test_the_built_in_model_answers_the_same_on_four_workers(tmp_path: Path) -> None:
    """From the command line, with as many threads each. Usage apart, because each worker shares prompts of its own rows
    only; so prompts are cut at other places, and attention, which llama.cpp sums up in float16, rounds otherwise: 0.006
    was seen in a probability. Of labels the first, because the last ones are near ties."""
    shutil.copy(ROOT / "examples" / "patents.jsonl", tmp_path / "in.jsonl")
    options = ["--limit", "12", "--width", "1", "--threads", "1"]
    cluster = ["-o", "out.jsonl", "--ray", "local", "--ray-engines", str(WORKERS)]
    here = process("batch", "in.jsonl", *options, home=tmp_path, TAIBAO_ENGINE="")
    there = process("batch", "in.jsonl", *options, *cluster, home=tmp_path, TAIBAO_ENGINE="")
    assert (here.returncode, there.returncode) == (0, 0), there.stderr
    assert "texts go to a Ray cluster: machines 1, engines 4, 4 rows at a time" in there.stderr.decode()
    rows = [json.loads(line) for line in here.stdout.splitlines()]
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [answer_of(row) for row in found] == [answer_of(row) for row in rows]
    assert chances(found) == pytest.approx(chances(rows), abs=0.02)


def answer_of(row: dict[str, Any]) -> list[Any]:
    return [row[name] for name in ("id", "task", "model", "output", "finish", "error")]


def chances(rows: list[dict[str, Any]]) -> list[float]:
    return [row["labels"][0]["p"] for row in rows if "labels" in row]
