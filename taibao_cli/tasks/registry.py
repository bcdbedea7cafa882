"""Where tasks come from: the package and the user's own directory, which wins on equal names."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path

import platformdirs

from taibao_cli.errors import RowError
from taibao_cli.tasks.task import Task, TaskFileError, parse_task

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    import tomli as tomllib


def user_dir() -> Path:
    """Directory of the user's own task files."""
    return Path(platformdirs.user_config_dir("taibao", appauthor=False)) / "tasks"


def load_text(text: str, where: str) -> Task:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TaskFileError(f"{where}: not valid TOML: {error}") from None
    return parse_task(data, where)


def load_file(path: Path) -> Task:
    """Read one task file.

    Raises:
        TaskFileError: unreadable, not TOML, or against the format.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TaskFileError(f"{path}: cannot be read: {error}") from None
    return load_text(text, str(path))


@cache
def builtin_tasks() -> Mapping[str, Task]:
    found = {}
    folder = resources.files("taibao_cli.tasks") / "builtin"
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".toml"):
            task = load_text(entry.read_text(encoding="utf-8"), f"built-in {entry.name}")
            found[task.name] = task
    return found


def is_builtin(task: Task, *names: str) -> bool:
    """Whether this is the built-in task of one of these names, and not a user's that replaces it."""
    return task.name in names and task is builtin_tasks()[task.name]


def own_tasks() -> tuple[Mapping[str, Task], list[TaskFileError]]:
    """The user's tasks by name, and what is wrong with the files that are none."""
    found: dict[str, Task] = {}
    broken: list[TaskFileError] = []
    folder = user_dir()
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        try:
            task = load_file(path)
            if task.name in found:
                raise TaskFileError(f"{path}: name: another file of this folder already defines {task.name}")
            found[task.name] = task
        except TaskFileError as error:
            broken.append(error)
    return found, broken


def all_tasks() -> Mapping[str, Task]:
    """Built-in tasks and the user's, by name."""
    return {**builtin_tasks(), **own_tasks()[0]}


def get(name: str) -> Task:
    """The task of that name.

    Raises:
        RowError: `unknown_task`, with the names that exist and the task files that could not be read.
    """
    own, broken = own_tasks()
    tasks = {**builtin_tasks(), **own}
    if name not in tasks:
        unread = f"; unreadable: {'; '.join(map(str, broken))}" if broken else ""
        raise RowError("unknown_task", f"no task {name!r}; known: {', '.join(sorted(tasks))}{unread}")
    return tasks[name]
