"""Tasks as data: one definition renders the training example and the run-time prompt."""

from taibao_cli.tasks.prepare import Inputs, prepare
from taibao_cli.tasks.registry import all_tasks, get, load_file
from taibao_cli.tasks.render import label_surfaces, render, target
from taibao_cli.tasks.task import Task, TaskFileError

__all__ = [
    "Inputs",
    "Task",
    "TaskFileError",
    "all_tasks",
    "get",
    "label_surfaces",
    "load_file",
    "prepare",
    "render",
    "target",
]
