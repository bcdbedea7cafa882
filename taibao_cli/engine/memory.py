"""How much memory programs can still take here."""

from __future__ import annotations

import re
from pathlib import Path


def available_memory(proc: Path = Path("/proc"), sys: Path = Path("/sys")) -> int | None:
    """Bytes: what the kernel of Linux has, or what the control groups around this process leave, if that is less; None
    where the system does not tell."""
    try:
        found = re.search(r"^MemAvailable:\s*(\d+) kB", (proc / "meminfo").read_text("ascii"), re.MULTILINE)
    except OSError:
        return None
    left = [] if found is None else [int(found[1]) * 1024]
    return min([*left, *_left_by_groups(proc, sys)], default=None)


def _left_by_groups(proc: Path, sys: Path) -> list[int]:
    """Of each control group (version 2) with a limit, what is left of it."""
    try:
        lines = (proc / "self/cgroup").read_text("ascii").splitlines()
    except OSError:
        return []
    path = next((line[3:] for line in lines if line.startswith("0::")), None)
    if path is None:
        return []
    root = sys / "fs/cgroup"
    group = root / path.lstrip("/")
    groups = [group, *(parent for parent in group.parents if parent.is_relative_to(root))]
    pairs = [(_number(each / "memory.max"), _number(each / "memory.current")) for each in groups]
    return [limit - used for limit, used in pairs if limit is not None and used is not None]


def _number(file: Path) -> int | None:
    try:
        text = file.read_text("ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None
