"""Runs commands of taibao that are killed (SIGKILL) at one of their changes to a folder, and again without.

python -m tests.train.killing FOLDER '[[POINTS, [ARGUMENT, …]], …]': prints a JSON list, an object for each command: how
many changes to FOLDER an undisturbed run makes (files opened for writing, renames, removals, new folders), and for a
run that was killed at one of about POINTS of them, spread evenly, what the output held then, and after the same command
was run again. The packages are loaded once, the processes forked.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import peft  # noqa: F401  loaded before the fork
import torch
import transformers  # noqa: F401

from taibao_cli.__main__ import run

WRITES = os.O_WRONLY | os.O_RDWR
CHANGES = ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "shutil.copyfile")


def watch(folder: str, act: Callable[[int], None]) -> None:
    """Call `act` with the number of each change inside `folder`, before it is made."""
    count = 0

    def hook(event: str, given: tuple[Any, ...]) -> None:
        nonlocal count
        opened = event == "open" and isinstance(given[2], int) and given[2] & WRITES
        if (opened or event in CHANGES) and any(map(inside, given[:2])):
            count += 1
            act(count)

    def inside(path: object) -> bool:
        return isinstance(path, (str, Path)) and os.path.abspath(path).startswith(folder)

    sys.addaudithook(hook)


def forked(arguments: list[str], folder: Path, kill_at: int | None) -> tuple[int, int, str]:
    """(exit code, changes, stderr) of the command in a process of its own."""
    reader, writer = os.pipe()
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(tell, 2)
        os.chdir(folder)
        torch.set_num_threads(1)
        made = 0

        def act(number: int) -> None:
            nonlocal made
            made = number
            if number == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

        watch(str(folder), act)
        code = run(arguments)
        os.write(writer, str(made).encode())
        os._exit(code)
    os.close(writer)
    os.close(tell)
    with os.fdopen(told, "rb") as said, os.fdopen(reader, "rb") as counted:
        stderr, changes = said.read().decode(errors="replace"), int(counted.read() or 0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), changes, stderr


def content(folder: Path, output: str) -> dict[str, str]:
    """sha256 of the output, a file or the files of a folder, by path; empty without one."""
    place = folder / output
    files = sorted(place.rglob("*")) if place.is_dir() else [place]
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.is_file()
    }


def kill_and_repeat(folder: Path, points: int, arguments: list[str]) -> dict[str, Any]:
    output = arguments[arguments.index("-o") + 1]
    place = folder / output

    def clear() -> None:
        shutil.rmtree(place, ignore_errors=True)
        place.unlink(missing_ok=True)

    code, changes, stderr = forked(arguments, folder, None)
    whole = content(folder, output)
    runs = []
    step = max(1, changes // points)
    for at in range(1, changes + 1, step):
        clear()
        killed, _, _ = forked(arguments, folder, at)
        left = content(folder, output)
        again, _, said = forked(arguments, folder, None)
        runs.append({"at": at, "killed": killed, "left": left, "again": again, "said": said,
                     "after": content(folder, output)})  # fmt: skip
    return {"code": code, "changes": changes, "stderr": stderr, "whole": whole, "runs": runs}


if __name__ == "__main__":
    place = Path(sys.argv[1])
    print(json.dumps([kill_and_repeat(place, points, line) for points, line in json.loads(sys.argv[2])]))  # noqa: T201
