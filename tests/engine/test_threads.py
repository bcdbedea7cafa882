from __future__ import annotations

from pathlib import Path

from taibao_cli.engine.threads import cgroup_quota, default_threads, physical_cores


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="ascii")


def test_hyperthreads_of_one_core_count_once(tmp_path: Path) -> None:
    for cpu, siblings in enumerate(["0,2", "1,3", "0,2", "1,3"]):
        write(tmp_path / f"devices/system/cpu/cpu{cpu}/topology/thread_siblings_list", siblings + "\n")
    assert physical_cores({0, 1, 2, 3}, tmp_path) == 2
    assert physical_cores({0, 2}, tmp_path) == 1
    assert physical_cores({0, 9}, tmp_path) == 0


def test_the_tightest_quota_of_all_parent_groups_counts(tmp_path: Path) -> None:
    proc, sys = tmp_path / "proc", tmp_path / "sys"
    write(proc / "self/cgroup", "0::/user/job\n")
    write(sys / "fs/cgroup/user/job/cpu.max", "max 100000\n")
    assert cgroup_quota(proc, sys) is None
    write(sys / "fs/cgroup/user/cpu.max", "250000 100000\n")
    assert cgroup_quota(proc, sys) == 2.5


def test_version_1_quota(tmp_path: Path) -> None:
    proc, sys = tmp_path / "proc", tmp_path / "sys"
    write(proc / "self/cgroup", "5:memory:/a\n3:cpu,cpuacct:/a\n")
    write(sys / "fs/cgroup/cpu/a/cpu.cfs_quota_us", "-1\n")
    write(sys / "fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n")
    assert cgroup_quota(proc, sys) is None
    write(sys / "fs/cgroup/cpu/cpu.cfs_quota_us", "150000\n")
    write(sys / "fs/cgroup/cpu/cpu.cfs_period_us", "100000\n")
    assert cgroup_quota(proc, sys) == 1.5


def test_at_least_one_thread(tmp_path: Path) -> None:
    write(tmp_path / "proc/self/cgroup", "0::/\n")
    write(tmp_path / "sys/fs/cgroup/cpu.max", "50000 100000\n")
    assert default_threads(tmp_path / "proc", tmp_path / "sys") == 1
