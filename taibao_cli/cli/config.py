"""`taibao config`: what is set once and for all, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click
from click.core import ParameterSource

from taibao_cli.cli.root import settings
from taibao_cli.config import settings_file, state_dir
from taibao_cli.configured import KINDS, Configured, config_file, configured
from taibao_cli.console import answer
from taibao_cli.messages import locale_variable, say
from taibao_cli.models.own import own_models_file, read_own_models
from taibao_cli.patents.language import Lang

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
        value, where = _value(name, found, lang)
        answer(f"{name:<12} {value}" + (f"  ({where})" if origin else ""))


def _value(name: str, found: Mapping[str, Configured], lang: Lang) -> tuple[object, str]:
    """What holds, and where it comes from."""
    if name == "lang" and _is_given("lang"):
        return lang, "--lang"
    if name in found:
        value, where, profile = found[name].value, found[name].origin, found[name].profile
        return value, say("origin-profile", lang, profile=profile, path=where) if profile else where
    if name == "lang":
        return lang, locale_variable()
    if name == "model" and (chosen := read_own_models().default):
        return chosen, "taibao models use"
    return _DEFAULTS.get(name, "–"), say("origin-default", lang)


def _is_given(option: str) -> bool:
    """Whether an option stands before the command."""
    return click.get_current_context().find_root().get_parameter_source(option) is ParameterSource.COMMANDLINE


@config.command()
def path() -> None:
    """Where settings, models and conversations are kept; config.toml is yours to write.

    设置文件的位置。
    """
    for place in (config_file(), settings_file(), own_models_file(), state_dir()):
        answer(str(place))
