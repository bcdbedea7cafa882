"""How many threads to compute with: spinning on more than the machine really gives makes llama.cpp collapse."""

from __future__ import annotations

import os
from pathlib import Path


def default_threads(proc: Path = Path("/proc"), sys: Path = Path("/sys")) -> int:
    """Return min(physical cores this process may use, whole cores of its CPU quota), at least 1."""
    cpus = _allowed_cpus()
    cores = physical_cores(cpus, sys) or len(cpus)
    quota = cgroup_quota(proc, sys)
    return max(1, cores if quota is None else min(cores, int(quota)))


def physical_cores(cpus: set[int], sys: Path) -> int:
    """Count the physical cores behind `cpus`; 0 when the system does not tell."""
    siblings = set()
    for cpu in cpus:
        text = _read(sys / f"devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        if text is None:
            return 0
        siblings.add(text)
    return len(siblings)


def cgroup_quota(proc: Path, sys: Path) -> float | None:
    """Return the tightest CPU quota of the control groups around this process, in cores; None when there is none."""
    quotas = []
    for line in (_read(proc / "self/cgroup") or "").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root = sys / "fs/cgroup"
            quotas += [_quota_v2(group / "cpu.max") for group in _groups(root, path)]
        elif "cpu" in controllers.split(","):
            root = sys / "fs/cgroup/cpu"
            quotas += [_quota_v1(group) for group in _groups(root, path)]
    return min((quota for quota in quotas if quota is not None), default=None)


def _allowed_cpus() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return set(os.sched_getaffinity(0))
    return set(range(os.cpu_count() or 1))


def _groups(root: Path, path: str) -> list[Path]:
    """The group named by `path` and all its parents up to `root`: in a container the path may be the host's."""
    group = root / path.lstrip("/")
    return [group, *(parent for parent in group.parents if parent.is_relative_to(root))]


def _quota_v2(file: Path) -> float | None:
    quota, _, period = (_read(file) or "max").partition(" ")
    return None if quota == "max" else int(quota) / int(period or 100_000)


def _quota_v1(group: Path) -> float | None:
    quota, period = _read(group / "cpu.cfs_quota_us"), _read(group / "cpu.cfs_period_us")
    return None if not quota or not period or int(quota) <= 0 else int(quota) / int(period)


def _read(file: Path) -> str | None:
    try:
        return file.read_text(encoding="ascii").strip()
    except OSError:
        return None
