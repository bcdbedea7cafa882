"""`taibao models`: which models there are, what they are, which one is used."""

from __future__ import annotations

from pathlib import Path

import click

from taibao_cli.cli.cells import cells, padded
from taibao_cli.cli.model_facts import model_facts
from taibao_cli.cli.models_pull import pull_model
from taibao_cli.cli.names import model_names, own_names
from taibao_cli.cli.root import settings
from taibao_cli.console import answer, note
from taibao_cli.errors import ModelError
from taibao_cli.messages import say
from taibao_cli.models.files import model_sha256, model_size
from taibao_cli.models.own import BUILTIN_NAME, Named, read_own_models, write_own_models
from taibao_cli.models.pull.catalogue import catalogue
from taibao_cli.models.pull.install import is_pulled, models_folder, remove_pulled
from taibao_cli.models.registry import builtin_file, resolve

FILE = click.Path(path_type=Path)


@click.group()
def models() -> None:
    """Fetch models, name them, choose the one that is used.

    下载模型，为模型命名，选定默认模型。
    """


models.add_command(pull_model)


@models.command("list")
@click.option("--all", "also_catalogue", is_flag=True, help="The models that can be pulled, too.")
def list_(also_catalogue: bool) -> None:
    """All models; * marks the one that is used.

    列出模型，* 为默认；--all 另列可下载的模型。
    """
    own = read_own_models()
    files = {BUILTIN_NAME: builtin_file()} | {name: named.path for name, named in own.models.items()}
    width = max(map(len, files))
    for name, path in files.items():
        mark = "*" if name == (own.default or BUILTIN_NAME) else " "
        size = f"{model_size(path) / 1e6:,.1f} MB" if path.exists() else say("model-missing", settings().lang)
        answer(f"{mark} {name:<{width}}  {size:>12}  {path}")
    if also_catalogue:
        _list_catalogue(set(files))


def _list_catalogue(here: set[str]) -> None:
    """What `taibao models pull` knows by name; sizes are the hub's to tell."""
    left = [wanted for name, wanted in catalogue().items() if name not in here]
    for wanted in left:
        answer(f"  {wanted.name:<14}  {wanted.licence:<13}  {wanted.context:>7,}  {wanted.repo}/{wanted.file}")


@models.command()
@click.argument("name", default=None, required=False, metavar="[NAME|FILE]", shell_complete=model_names)
def show(name: str | None) -> None:
    """What a model is; without a name, the one that is used.

    显示模型的各项信息。
    """
    rows = list(model_facts(resolve(name), settings().lang))
    width = max(cells(key) for key, _ in rows)
    for key, value in rows:
        answer(f"{padded(key, width)}  {value}")


@models.command()
@click.argument("file", type=FILE)
@click.argument("name", required=False)
def add(file: Path, name: str | None) -> None:
    """Give the GGUF FILE, or a folder of OpenVINO's, a name (its own, if you give none). Nothing is copied.

    为 GGUF 文件（或 OpenVINO 模型文件夹）命名，文件不移动。
    """
    name = name or file.stem
    write_own_models(read_own_models().add(name, file))
    note(say("model-added", settings().lang, name=name))


@models.command()
@click.argument("name", shell_complete=own_names)
def rm(name: str) -> None:
    """Forget a name. A file of yours stays; one that was pulled, or is half pulled, goes.

    删除名称；自己的文件保留，下载的文件一并删除。
    """
    own, lang = read_own_models(), settings().lang
    if name in own.models and not is_pulled(own.models[name].path):
        write_own_models(own.remove(name))
        note(say("model-removed", lang, name=name))
        return
    removed = remove_pulled(own.get(name).path if name in own.models else name, models_folder())
    if name in own.models or not removed:
        write_own_models(own.remove(name))
    note(say("model-deleted", lang, name=name, size=f"{removed / 1e6:,.1f}"))


@models.command()
@click.argument("name", shell_complete=own_names)
def use(name: str) -> None:
    """Use this model when no command says otherwise; `builtin` is the built-in one.

    选定默认模型。
    """
    own = read_own_models().use(name)
    write_own_models(own)
    note(say("model-used", settings().lang, name=name))


@models.command()
@click.argument("names", nargs=-1, metavar="[NAME…]", shell_complete=own_names)
def verify(names: tuple[str, ...]) -> None:
    """Read the files again and compare them with what they were. Exit code 1: one has changed.

    重新校验文件。
    """
    own = read_own_models()
    if not names and not own.models:
        note(say("models-none", settings().lang))
    changed = []
    for name in names or own.models:
        named = own.get(name)
        state = _state(named)
        answer(f"{name}  {say(state, settings().lang)}")
        if state != "model-same":
            changed.append(name)
    if changed:
        raise ModelError(say("models-changed", settings().lang, names=", ".join(changed)))


def _state(named: Named) -> str:
    if not named.path.exists():
        return "model-missing"
    return "model-same" if model_sha256(named.path, again=True) == named.sha256 else "model-changed"
