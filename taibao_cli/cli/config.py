"""`taibao config`: what is set once and for all, and where."""

from __future__ import annotations

from typing import Any, Final

import click

from taibao_cli.cli.root import settings
from taibao_cli.config import settings_file, state_dir
from taibao_cli.configured import KINDS, config_file, configured
from taibao_cli.console import answer
from taibao_cli.messages import say
from taibao_cli.models.own import own_models_file, read_own_models

_DEFAULTS: Final[dict[str, Any]] = {"gpu-layers": 0, "temperature": 0.0, "seed": 0}


@click.group()
def config() -> None:
    """What is set in config.toml, by profiles and by TAIBAO_… variables.

    查看设置：config.toml、设置方案、TAIBAO_… 环境变量。
    """


@config.command()
@click.option("--origin", is_flag=True, help="Where each value comes from.")
def show(origin: bool) -> None:
    """Every setting with its value. A flag of a command wins over all of them.

    显示各项设置，--origin 说明来源。
    """
    found, lang = configured(settings().profile), settings().lang
    for name in KINDS:
        if name in found:
            value, where = found[name].value, found[name].origin
            if profile := found[name].profile:
                where = say("origin-profile", lang, profile=profile, path=where)
        elif name == "lang":
            value, where = lang, "LANG"
        elif name == "model" and (chosen := read_own_models().default):
            value, where = chosen, "taibao models use"
        else:
            value, where = _DEFAULTS.get(name, "–"), say("origin-default", lang)
        answer(f"{name:<12} {value}" + (f"  ({where})" if origin else ""))


@config.command()
def path() -> None:
    """Where settings, models and conversations are kept; config.toml is yours to write.

    设置文件的位置。
    """
    for place in (config_file(), settings_file(), own_models_file(), state_dir()):
        answer(str(place))
