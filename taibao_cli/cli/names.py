"""Names that a shell can complete: models, tasks, what can be pulled."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def model_names(_ctx: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """The user's names and the built-in one, or a file."""
    from taibao_cli.models.own import BUILTIN_NAME

    return [*_beginning([BUILTIN_NAME, *_own()], typed), CompletionItem(typed, type="file")]


def own_names(_ctx: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    return _beginning(_own(), typed)


def catalogue_names(_ctx: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    from taibao_cli.models.pull.catalogue import catalogue

    return _beginning(catalogue(), typed)


def task_names(_ctx: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """The last of several tasks with commas between them."""
    from taibao_cli.tasks import all_tasks

    before, comma, last = typed.rpartition(",")
    return [CompletionItem(before + comma + name) for name in sorted(all_tasks()) if name.startswith(last)]


def _own() -> list[str]:
    from taibao_cli.models.own import read_own_models

    return list(read_own_models().models)


def _beginning(names: Iterable[str], typed: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(typed)]
