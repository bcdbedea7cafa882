"""What can go wrong around a run, and what is left of it then."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from taibao_cli.batch import job
from tests.cli.shell import environment, process, taibao

ROW = '{{"id":"p{0}","text":"pump number {0}","task":"title"}}\n'
KEPT = "answers are kept; the same command goes on (without --overwrite, --no-resume)"


def rows(count: int, start: int = 0) -> str:
    return "".join(map(ROW.format, range(start, start + count)))


def ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Callable[[str], None]]:
    """A file system of that size in the folder; the value gives it another size. Skips where that is not allowed."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system can be mounted here")
    try:
        yield lambda larger: subprocess.run(["mount", "-o", f"remount,size={larger}", str(folder)], check=True) and None
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.xlsx"])
def test_a_full_disk_stops_the_run_and_loses_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "in.jsonl").write_text(rows(900))
    out = tmp_path / "disk" / name
    with small_disk(tmp_path / "disk", "128k") as grow:
        done = taibao("batch", "in.jsonl", "-o", out, home=tmp_path)
        assert done.returncode == 1
        kept, why = done.stderr.decode().splitlines()
        assert kept.endswith(KEPT)
        assert int(kept.split()[1]) > 50
        assert why.startswith(f"taibao: {out}.")
        assert why.endswith("cannot be written: No space left on device")
        assert not out.exists()
        grow("8m")
        done = taibao("batch", "in.jsonl", "-o", out, "--stats-json", "stats.json", home=tmp_path)
        assert done.returncode == 0, done.stderr
        stats = json.loads((tmp_path / "stats.json").read_bytes())
        assert stats["rows"] == 900
        assert abs(stats["reused"] - int(kept.split()[1])) <= 1, "the answer that did not fit is asked again"
        if name == "out.jsonl":
            assert ids(out) == [f"p{n}" for n in range(900)]
        assert sorted(path.name for path in out.parent.iterdir()) == [name, f"{name}.manifest.json"]


def test_a_file_that_may_not_grow_is_a_full_disk(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(rows(900))
    command = [sys.executable, "-m", "taibao_cli", "batch", "in.jsonl", "-o", "out.jsonl"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "taibao: out.jsonl.journal: cannot be written: File too large"
    assert process("batch", "in.jsonl", "-o", "out.jsonl", home=tmp_path).returncode == 0
    assert ids(tmp_path / "out.jsonl") == [f"p{n}" for n in range(900)]


def bound_by_permissions() -> None:
    """For a child before it becomes the program: takes from the superuser the right to write anywhere."""
    drop_from_bounding_set, override = 24, 1  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE
    assert ctypes.CDLL(None).prctl(drop_from_bounding_set, override, 0, 0, 0) == 0


class Running:
    """A run that waits for more rows, bound by the permissions of files whoever starts it."""

    def __init__(self, home: Path) -> None:
        self.home, self.part = home, home / "out.jsonl.part"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "taibao_cli", "batch", "-", "-o", "out.jsonl"],
            cwd=home,
            env=environment(home),
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=bound_by_permissions if os.geteuid() == 0 else None,
        )

    def feed(self, text: str, until: int) -> None:
        """Give it rows, and wait until so many are written."""
        assert self._process.stdin
        self._process.stdin.write(text.encode())
        self._process.stdin.flush()
        deadline = time.monotonic() + 60
        while not (self.part.exists() and self.part.read_bytes().count(b"\n") >= until):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def end(self, text: str = "") -> tuple[int, str]:
        _, stderr = self._process.communicate(text.encode(), timeout=60)
        return self._process.returncode, stderr.decode()


@pytest.fixture
def running(tmp_path: Path) -> Running:
    run = Running(tmp_path)
    run.feed(rows(50), until=50)
    return run


def test_an_output_in_the_making_that_is_deleted_ends_the_run_and_keeps_its_answers(running: Running) -> None:
    running.part.unlink()
    time.sleep(job.LOOK_SECONDS)
    code, said = running.end(rows(50, start=50))
    assert code == 1
    kept, why = said.splitlines()
    assert kept.endswith(KEPT)
    assert int(kept.split()[1]) >= 50
    assert why == "taibao: out.jsonl.part was deleted while the run was on; the same command makes it again"
    done = taibao("batch", "-", "-o", "out.jsonl", home=running.home, stdin=rows(100))
    assert b"going on with the " in done.stderr
    assert ids(running.home / "out.jsonl") == [f"p{n}" for n in range(100)]


def test_a_journal_that_is_deleted_ends_the_run(running: Running) -> None:
    (running.home / "out.jsonl.journal").unlink()
    time.sleep(job.LOOK_SECONDS)
    code, said = running.end(rows(50, start=50))
    why = "taibao: out.jsonl.journal was deleted while the run was on, and its answers with it; start it again\n"
    assert (code, said) == (1, why)
    assert not (running.home / "out.jsonl").exists()
    assert running.part.exists(), "the rows that were written are not thrown away"


def test_two_runs_on_one_output(running: Running) -> None:
    second = taibao("batch", "-", "-o", "out.jsonl", "--overwrite", home=running.home, stdin=rows(3))
    assert second.returncode == 1
    assert second.stderr == b"taibao: out.jsonl.journal is in use: another run is writing this output\n"
    assert running.end(rows(50, start=50))[0] == 0
    assert ids(running.home / "out.jsonl") == [f"p{n}" for n in range(100)]


@pytest.mark.parametrize("jump", [-1e9, 1e9])
def test_a_clock_that_jumps_changes_nothing_but_dates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    now, real = [1.7e9], time.time

    def jumping() -> float:
        now[0] += jump
        return now[0]

    monkeypatch.setattr(time, "time", jumping)
    done = taibao("batch", "-", "-o", "out.jsonl", "--cache", "--stats-json", "s", home=tmp_path, stdin=rows(200))
    assert done.returncode == 0
    monkeypatch.setattr(time, "time", real)
    manifest = json.loads((tmp_path / "out.jsonl.manifest.json").read_bytes())
    assert 0 <= manifest["seconds"] < 60
    assert 0 <= json.loads((tmp_path / "s").read_bytes())["seconds"] < 60
    again = taibao("batch", "-", "-o", "out.jsonl", "--cache", home=tmp_path, stdin=rows(200))
    assert b"already complete: 200 rows" in again.stderr


def test_a_folder_that_becomes_read_only_in_the_middle(running: Running) -> None:
    running.home.chmod(0o500)
    try:
        code, said = running.end(rows(50, start=50))
    finally:
        running.home.chmod(0o700)
    assert code == 1
    assert said.splitlines()[-1] == "taibao: out.jsonl.part: cannot be written: Permission denied"
    done = taibao("batch", "-", "-o", "out.jsonl", home=running.home, stdin=rows(100))
    assert b"going on with the 100 answers" in done.stderr
