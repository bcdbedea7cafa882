"""`taibao tasks`: what tasks there are, and files for one's own."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Final

import click

from taibao_cli.cli.noting import note_error
from taibao_cli.cli.root import settings
from taibao_cli.console import answer, note
from taibao_cli.errors import RowError, TaibaoError, UsageError
from taibao_cli.patents.language import Lang
from taibao_cli.tasks import Task, TaskFileError, all_tasks, get, load_file, prepare, render
from taibao_cli.tasks.registry import builtin_tasks, load_text, own_tasks, user_dir

_SAMPLE: Final[dict[Lang, dict[str, str]]] = {
    "zh": {
        "title": "一种折叠自行车",
        "abstract": "本实用新型公开了一种折叠自行车，包括车架和铰链。",
        "claims": "1. 一种折叠自行车，包括车架，其特征在于，所述车架上设有铰链。",
        "description": "本实用新型涉及自行车技术领域。",
        "text": "本实用新型公开了一种折叠自行车，包括车架和铰链。",
        "a": "一种折叠自行车，包括车架和铰链。",
        "b": "一种可折叠的自行车。",
        "question": "实用新型专利权的期限是多久？",
    },
    "en": {
        "title": "Folding bicycle",
        "abstract": "A folding bicycle comprises a frame and a hinge.",
        "claims": "1. A folding bicycle comprising a frame, wherein the frame has a hinge.",
        "description": "The invention relates to bicycles.",
        "text": "A folding bicycle comprises a frame and a hinge.",
        "a": "A folding bicycle comprising a frame and a hinge.",
        "b": "A bicycle that can be folded.",
        "question": "How long does a utility model last?",
    },
}
"""One row that has every field, to show a prompt with."""


@click.group()
def tasks() -> None:
    """List, show, write and check task definitions.

    查看、新建和检查任务定义。
    """


@tasks.command("list")
def list_() -> None:
    """All tasks: name, family, what it does. Your own are marked with *.

    列出全部任务。
    """
    builtin, lang = builtin_tasks(), settings().lang
    for broken in own_tasks()[1]:
        note_error(broken)
    found = sorted(all_tasks().values(), key=lambda task: (task.family, task.name))
    width = max(len(task.name) for task in found)
    for task in found:
        mark = " " if builtin.get(task.name) is task else "*"
        answer(f"{task.name:<{width}} {mark} {task.family:<14} {task.about[lang]}".rstrip())


@tasks.command()
@click.argument("name")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of the sample; default: that of messages.")
def show(name: str, lang: Lang | None) -> None:
    """What a task takes and gives, and a sample prompt.

    显示任务的输入、输出和示例提示词。
    """
    try:
        task = get(name)
    except RowError as error:
        raise UsageError(str(error)) from None
    lang = lang or settings().lang
    sources = " | ".join("+".join(fields) for fields in task.sources)
    answer(f"{task.name} (version {task.version}, {task.family}, {task.kind})")
    answer(f"{task.about[lang]}\ninput: {sources}")
    if task.labels:
        answer("labels: " + ", ".join(f"{label.value} ({label.surface(lang)})" for label in task.labels))
    elif task.kind in ("labels", "number"):
        answer(f"labels: from {task.label_source}")
    elif task.answer.schema is not None:
        answer(f"schema: {task.answer.schema}")
    answer(f"\n{sample_prompt(task, lang)}")


@tasks.command()
@click.argument("name")
def new(name: str) -> None:
    """Write a commented task file for NAME to your task directory and say where.

    在用户目录新建带注释的任务文件。
    """
    text = (resources.files("taibao_cli.cli") / "new_task.toml").read_text(encoding="utf-8").replace("NAME", name)
    try:
        load_text(text, name)
    except TaskFileError as error:
        raise UsageError(str(error)) from None
    path = user_dir() / f"{name}.toml"
    if path.exists() or name in all_tasks():
        raise TaibaoError(f"there is a task {name} already; choose another name")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    answer(str(path))


@tasks.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Check a task file and show a sample prompt; exit code 4 names the key that is wrong.

    检查任务文件。
    """
    task = load_file(file)
    note(f"{file}: ok")
    for lang in ("zh", "en"):
        answer(f"[{lang}]\n{sample_prompt(task, lang)}")


def sample_prompt(task: Task, lang: Lang) -> str:
    """The prompt for an example row, as role and text."""
    row = {**_SAMPLE[lang], "labels": ["A", "B"], "messages": [{"role": "user", "content": _SAMPLE[lang]["text"]}]}
    messages = render(task, prepare(task, {**row, "lang": lang}), "full")
    return "\n".join(f"{message.role}: {message.content}" for message in messages)
