"""The ways a task is asked in training: its own prompt, and other words for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from taibao_cli.patents.language import Lang
from taibao_cli.tasks import Task
from taibao_cli.tasks.registry import builtin_tasks
from taibao_cli.tasks.task import LANGS, Prompt
from train.tables import read_toml

FILE: Final = Path(__file__).parent / "phrasings.toml"


@cache
def phrasings() -> Mapping[tuple[str, Lang], tuple[Task, ...]]:
    """The task under each phrasing, by name and language of the text; the first has the prompt of run time."""
    table, tasks = read_toml(FILE), builtin_tasks()
    return {
        (name, lang): (tasks[name], *(_asked(tasks[name], lang, words) for words in table[name][lang]))
        for name in table
        for lang in LANGS
    }


def _asked(task: Task, lang: Lang, words: str) -> Task:
    return replace(task, prompts={("full", lang): Prompt(words)})
