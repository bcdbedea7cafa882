"""The command tree. Commands are imported when they run, so that help and version cost nothing."""

from __future__ import annotations

import difflib
import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import click
from click.core import ParameterSource

from taibao_cli.cli.exits import READER_GONE
from taibao_cli.cli.help import HelpPage
from taibao_cli.configured import Configured, configured
from taibao_cli.console import answer, silence_stdout
from taibao_cli.errors import UsageError
from taibao_cli.messages import locale_language, say
from taibao_cli.patents.language import Lang

SESSION: Final = "session"

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "batch": ("taibao_cli.cli.batch:batch", "Answer every row of a file.  批量处理"),
    "translate": ("taibao_cli.cli.translate:translate", "Translate between Chinese and English.  中英互译"),
    "summarize": ("taibao_cli.cli.summarize:summarize", "Summarize a patent text.  概括技术方案"),
    "classify": ("taibao_cli.cli.text:classify", "IPC, patent type or your own labels.  分类"),
    "title": ("taibao_cli.cli.text:title", "Propose a title.  拟定发明名称"),
    "abstract": ("taibao_cli.cli.text:abstract", "Write the abstract.  撰写摘要"),
    "claims": ("taibao_cli.cli.text:claims", "Draft claims.  撰写权利要求"),
    "import": ("taibao_cli.cli.import_patents:import_", "Patents from XML and other files, as rows.  导入专利文件"),
    "tree": ("taibao_cli.cli.tree:tree", "Claim tree and formal defects.  权利要求树"),
    "check": ("taibao_cli.cli.check:check", "What code can prove about a text.  检查"),
    "chart": ("taibao_cli.cli.chart:chart_command", "Claim chart against one reference.  权利要求对照表"),
    "compare": ("taibao_cli.cli.pairs:compare", "Similarity or relevance of two texts.  比较两段文本"),
    "entail": ("taibao_cli.cli.pairs:entail", "Does A support B?  前者是否支持后者"),
    "ask": ("taibao_cli.cli.law:ask", "Answer an IP question, with its legal basis.  知识产权问答"),
    "judge": ("taibao_cli.cli.law:judge", "Is a statement on IP law right?  判断说法对错"),
    "date": ("taibao_cli.cli.date:date", "Time limits and fees from a date.  期限与费用"),
    "checklist": ("taibao_cli.cli.checklist:checklist_", "Filing, transfer, commercialisation.  咨询清单"),
    "kb": ("taibao_cli.cli.kb:kb", "Statutes of your own: add, show, search.  法规库"),
    "chat": ("taibao_cli.cli.chat:chat", "One message, one answer.  一问一答"),
    "ipc": ("taibao_cli.cli.ipc:ipc", "Look up classification symbols.  查分类号"),
    "tasks": ("taibao_cli.cli.tasks:tasks", "List, show, write and check task files.  任务定义"),
    "models": ("taibao_cli.cli.models:models", "Name models, choose the one that is used.  模型管理"),
    "cache": ("taibao_cli.cli.cache:cache", "Answers kept: list, clear, on, off.  答案缓存"),
    "config": ("taibao_cli.cli.config:config", "What is set, and where.  查看设置"),
    "doctor": ("taibao_cli.cli.doctor:doctor", "What is wrong or slow here.  体检"),
    "completion": ("taibao_cli.cli.completion:completion", "Completion for bash, zsh, fish.  命令补全"),
    "eval": ("taibao_cli.cli.eval:evaluate", "Measure a model on the tasks.  评测模型"),
    "bench": ("taibao_cli.cli.bench:bench", "Measure speed on this machine.  测速"),
    "train": ("taibao_cli.cli.train:train", "Train a base, fine-tune, merge.  训练"),
    "convert": ("taibao_cli.cli.convert:convert", "Checkpoint to GGUF, quantize, compare.  转换与量化"),
    SESSION: ("taibao_cli.cli.session:session", "The session, or one answer to piped text.  交互会话"),
}
"""Name -> (where it lives, one line of help). `session` is what runs when no command is named."""

_COMMAND_LIKE = re.compile(r"[a-z][a-z-]*")


@dataclass
class Settings:
    """What the options before the command said."""

    debug: bool = False
    profile: str | None = None
    lang: Lang = field(default_factory=locale_language)


class LazyGroup(click.Group):
    """Knows its commands by name and loads the one that is run. Words that name no command go to `session`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name in COMMANDS if name != SESSION]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = _first_foreign(args)
        completing = ctx.resilient_parsing and at == len(args)
        if not completing and (at == len(args) or args[at] not in COMMANDS):
            args = [*args[:at], SESSION, *args[at:]]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.BadParameter as error:
            raise _with_origin(error, ctx) from None
        except BrokenPipeError:  # here, because click would turn it into exit code 1
            silence_stdout()
            raise click.exceptions.Exit(READER_GONE) from None


def _first_foreign(args: list[str]) -> int:
    """Index of the first argument that is not an option of the root command."""
    at = 0
    while at < len(args):
        if args[at] in ("--debug", "--help", "--version") or args[at].startswith(("--lang=", "--profile=")):
            at += 1
        elif args[at] in ("--lang", "--profile"):
            at += 2
        else:
            break
    return min(at, len(args))


def check_words(words: tuple[str, ...], lang: Lang) -> None:
    """Catch a command in the wrong place, and a mistyped one, before it is taken for a question.

    Raises:
        UsageError: naming the command that was probably meant.
    """
    if not words:
        return
    if words[0] in COMMANDS:
        raise UsageError(say("options-after", lang, command=words[0]))
    close = difflib.get_close_matches(words[0], COMMANDS, n=1, cutoff=0.75)
    if close and _COMMAND_LIKE.fullmatch(words[0]):
        raise UsageError(say("did-you-mean", lang, word=words[0], guess=close[0]))


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from taibao_cli.cli.version import version_text

    answer(version_text())
    ctx.exit()


click.Context.formatter_class = HelpPage


@click.group(cls=LazyGroup, context_settings={"max_content_width": 100})
@click.option("--lang", type=click.Choice(["zh", "en"]), is_eager=True, help="Language of messages.")
@click.option("--profile", metavar="NAME", help="Settings of that name in config.toml.")
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected error.")
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
@click.pass_context
def root(ctx: click.Context, lang: Lang | None, profile: str | None, debug: bool) -> None:
    """taibao: a local, bilingual patent assistant.

    太保：本机运行的中英双语专利助手。

    Without a command it opens a session on a terminal, and answers once when text is piped in:

        cat claim.txt | taibao --model qwen.gguf '概括这项权利要求'
    """
    found = ctx.find_object(Settings) or Settings()
    found.debug, found.profile, found.lang = debug, profile, lang or found.lang
    known = configured(profile)
    said = known.pop("lang", None)
    found.lang = lang or (_lang_of(said) if said else found.lang)
    ctx.default_map = Everywhere(known)


class Everywhere(dict[str, Any]):
    """Defaults of options for every command. A model that TAIBAO_MODEL names is `resolve`'s to take."""

    def __init__(self, known: Mapping[str, Configured]) -> None:
        taken = {name.replace("-", "_"): each for name, each in known.items() if each.origin != "TAIBAO_MODEL"}
        super().__init__({name: each.value for name, each in taken.items()})
        self.origins = {name: each.origin for name, each in taken.items()}

    def get(self, key: str, default: Any = None) -> Any:
        return self if key in COMMANDS else super().get(key, default)


def _with_origin(error: click.BadParameter, root: click.Context) -> click.ClickException | UsageError:
    """An error of a value that was set once and for all says where; of others, the error itself."""
    defaults, name = root.default_map, error.param.name if error.param else None
    source = error.ctx.get_parameter_source(name) if error.ctx and name else None
    if source is not ParameterSource.DEFAULT_MAP or not isinstance(defaults, Everywhere) or name is None:
        return error
    return UsageError(f"{defaults.origins[name]}: {name.replace('_', '-')} cannot be that: {error.message}")


def _lang_of(said: Configured) -> Lang:
    if said.value not in ("zh", "en"):
        raise UsageError(f"{said.origin}: lang is {said.value!r}; it is zh or en")
    return "zh" if said.value == "zh" else "en"


def settings() -> Settings:
    """The settings of the command line that is running."""
    found = click.get_current_context().find_object(Settings)
    return found if found is not None else Settings()
