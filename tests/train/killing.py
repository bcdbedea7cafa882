"""Runs commands of taibao that are killed (SIGKILL), at one of their changes to a folder or at some moment, and again.

python -m tests.train.killing FOLDER '[[POINTS, MOMENTS, [ARGUMENT, …]], …]': prints a JSON list, an object for each
command: how many changes to FOLDER an undisturbed run makes (files opened for writing, renames, removals, new folders)
and how long it takes, and for each run that was killed, at one of about POINTS of these changes, spread evenly, or at
one of MOMENTS chosen at random, what the output held then, and after the same command was run again. The packages are
loaded once, the processes forked.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from threading import Timer
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


def forked(
    arguments: list[str], folder: Path, *, kill_at: int | None = None, kill_after: float | None = None
) -> tuple[int, int, str]:
    """(exit code, changes, stderr) of the command in a process of its own, killed before change `kill_at` or after so
    many seconds."""
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
    if kill_after is not None:
        timer = Timer(kill_after, os.kill, (child, signal.SIGKILL))
        timer.start()
    with os.fdopen(told, "rb") as said, os.fdopen(reader, "rb") as counted:
        stderr, changes = said.read().decode(errors="replace"), int(counted.read() or 0)
    if kill_after is not None:
        timer.cancel()
        timer.join()  # the process is there to be killed until it is waited for
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), changes, stderr


def content(folder: Path, output: str) -> dict[str, str]:
    """sha256 of the output, a file or the files of a folder, by path; empty without one."""
    place = folder / output
    files = sorted(place.rglob("*")) if place.is_dir() else [place]
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.is_file()
    }


def kill_and_repeat(folder: Path, points: int, moments: int, arguments: list[str]) -> dict[str, Any]:
    output = arguments[arguments.index("-o") + 1]
    place = folder / output

    def clear() -> None:
        shutil.rmtree(place, ignore_errors=True)
        place.unlink(missing_ok=True)

    def deaths() -> Iterator[tuple[str, dict[str, Any]]]:
        for at in range(1, changes + 1, max(1, changes // points)):
            yield f"change {at} of {changes}", {"kill_at": at}
        for _ in range(moments):
            after = rng.uniform(0, seconds)
            yield f"second {after:.3f} of {seconds:.3f}", {"kill_after": after}

    begun, rng = time.monotonic(), Random(" ".join(arguments))
    code, changes, stderr = forked(arguments, folder)
    seconds, whole = time.monotonic() - begun, content(folder, output)
    runs = []
    for at, death in deaths():
        clear()
        killed, _, _ = forked(arguments, folder, **death)
        left = content(folder, output)
        again, _, said = forked(arguments, folder)
        runs.append({"at": at, "random": "kill_after" in death, "killed": killed, "left": left, "again": again,
                     "said": said, "after": content(folder, output)})  # fmt: skip
    return {"code": code, "changes": changes, "stderr": stderr, "whole": whole, "runs": runs}


if __name__ == "__main__":
    place = Path(sys.argv[1])
    print(json.dumps([kill_and_repeat(place, *asked) for asked in json.loads(sys.argv[2])]))  # noqa: T201
