"""What every command that asks a model shares: its options, the model and the engine behind them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Literal, TypeVar

import click
from click.core import ParameterSource

from taibao_cli.batch.encoding import ENCODINGS
from taibao_cli.batch.identity import Facts
from taibao_cli.batch.remembering import RemembersEngine, RemembersRuns
from taibao_cli.batch.runner import DEFAULT_WIDTH, Overrides
from taibao_cli.cli.kept import facts_of, is_wanted, open_cache
from taibao_cli.cli.names import model_names
from taibao_cli.cli.root import settings
from taibao_cli.console import note
from taibao_cli.engine.base import Engine, Runs
from taibao_cli.engine.load import is_fake, load_engine, load_hosted, load_server
from taibao_cli.engine.threads import default_threads
from taibao_cli.errors import RowError, UsageError
from taibao_cli.messages import say
from taibao_cli.messages.errors import in_words
from taibao_cli.models.registry import Model, resolve
from taibao_cli.tasks import get

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Ray cluster, and how many engines each of its machines is to have."""

    address: str
    per_machine: int | None


@dataclass(frozen=True, slots=True)
class Generation:
    """The options as given."""

    model: str | None
    ctx: int | None
    threads: int | None
    overrides: Overrides
    base_urls: tuple[str, ...] = ()
    adapters: tuple[str, ...] = ()
    gpu_layers: int = 0
    cache: bool = False
    deterministic: bool = False
    """Rows are computed one at a time, each as if it were the only one."""
    cluster: Cluster | None = None
    tune: str | None = None

    @property
    def fixed_threads(self) -> int | None:
        """The threads that answers depend on."""
        return self.threads or default_threads() if self.deterministic else None


@dataclass(frozen=True, slots=True)
class Apart:
    """An engine for a run that must outlive it, and what a manifest says of it."""

    engine: Runs
    model: Model
    width: int
    kind: Literal["llama.cpp", "openvino", "server", "ray", "fake"]
    threads: int | None = None
    tuning: str = ""

    @property
    def facts(self) -> Facts:
        tuned = {"tuning": self.tuning} if self.tuning else {}
        return {"kind": self.kind, "width": self.width, "threads": self.threads, **tuned}


_OPTIONS = (
    click.option(
        "--model",
        metavar="FILE",
        shell_complete=model_names,
        help="A GGUF file or a name; default: $TAIBAO_MODEL, config.toml, then the built-in model.",
    ),
    click.option(
        "--adapter",
        "adapters",
        metavar="[TASK,…=]FILE",
        multiple=True,
        help="A LoRA adapter in GGUF, for all tasks or those named; may be given several times.",
    ),
    click.option(
        "--base-url",
        "base_urls",
        metavar="URL",
        multiple=True,
        help="Ask an OpenAI-compatible server; --model is its model's name. Several times: servers of the same model.",
    ),
    click.option("--max-tokens", type=click.IntRange(min=1), help="Longest answer, in tokens; default: the task's."),
    click.option("--temperature", type=click.FloatRange(min=0), default=0.0, help="0 (default) takes the best token."),
    click.option("--seed", type=click.IntRange(min=0), default=0, help="For a temperature above 0; default 0."),
    click.option("--ctx", type=click.IntRange(min=64), help="Context, in tokens; default: the model's, up to 8192."),
    click.option("--threads", type=click.IntRange(min=1), help="Processor threads; default: the cores at hand."),
    click.option("--gpu-layers", type=click.IntRange(min=-1), default=0, help="Layers on a GPU; -1: all. Default 0."),
    click.option(
        "--cache/--no-cache", default=None, help="Keep answers, and take known ones; default: as `taibao cache` says."
    ),
)


def generation_options(command: Command) -> Command:
    """Add the options; the command gets them as one `generation` argument."""

    @functools.wraps(command)
    def wrapped(
        *args: Any,
        model: str | None,
        adapters: tuple[str, ...],
        base_urls: tuple[str, ...],
        max_tokens: int | None,
        temperature: float,
        seed: int,
        ctx: int | None,
        threads: int | None,
        gpu_layers: int,
        cache: bool | None,
        **kwargs: Any,
    ) -> Any:
        if base_urls:
            model, threads, gpu_layers = _only_given(model=model, threads=threads, gpu_layers=gpu_layers)
        overrides = Overrides(max_tokens, temperature, seed)
        generation = Generation(model, ctx, threads, overrides, base_urls, adapters, gpu_layers, is_wanted(cache))
        return command(*args, generation=generation, **kwargs)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]


def _only_given(**options: Any) -> list[Any]:
    """What is set once and for all is set for model files; with a server an option counts when it is given."""
    ctx = click.get_current_context()
    set_for_files = {name: ctx.get_parameter_source(name) is ParameterSource.DEFAULT_MAP for name in options}
    unset = {"gpu_layers": 0}
    return [unset.get(name) if set_for_files[name] else value for name, value in options.items()]


def json_option(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="Print the whole row as JSON.")(command)


def encoding_option(command: Command) -> Command:
    choice = click.Choice(ENCODINGS)
    return click.option("--encoding", type=choice, default=ENCODINGS[0], show_default=True, help="Of the texts.")(
        command
    )


@contextmanager
def opened(generation: Generation, width: int = 1) -> Iterator[tuple[Engine, Model]]:
    """The engine, which asks the answer cache first where it is on, and the model; closed at the end.

    Raises:
        ModelError: no such model, or one that cannot be loaded, or a server that cannot be asked.
        UsageError: options that do not go with a server.
    """
    if not generation.base_urls:
        model = find_model(generation.model, generation.adapters)
        engine = load_engine(
            model, ctx=generation.ctx, threads=generation.threads, width=width, gpu_layers=generation.gpu_layers
        )
    else:
        engine, model = _served(generation, width)
    with ExitStack() as stack:
        stack.callback(engine.close)
        if generation.cache:
            cache = stack.enter_context(open_cache())
            engine = RemembersEngine(
                engine, cache, facts_of(model, generation.ctx, generation.fixed_threads), model.label
            )
        yield engine, model


@contextmanager
def opened_apart(generation: Generation, width: int | None) -> Iterator[Apart]:
    """The same, with the engine of a model file in a process of its own: its death does not end the run. The death is
    said on stderr. `width` None: the one that is fastest here, measured once.

    Raises:
        ModelError: as `opened`.
        UsageError: options that do not fit together.
    """
    _check_together(generation, width)
    if generation.cluster is not None:
        with _on_cluster(generation, generation.cluster, width) as apart:
            yield apart
        return
    if generation.base_urls or is_fake():
        width = width or DEFAULT_WIDTH * max(1, len(generation.base_urls))
        with opened(generation, width) as (engine, model):
            yield Apart(engine, model, width, "server" if generation.base_urls else "fake")
        return
    lang = settings().lang
    model = find_model(generation.model, generation.adapters)
    threads = generation.threads or default_threads()
    hosted = load_hosted(
        model,
        ctx=generation.ctx,
        threads=threads,
        width=1 if generation.deterministic else width,
        tune=generation.tune,
        gpu_layers=generation.gpu_layers,
        alone=generation.deterministic,
        on_death=lambda reason: note(say("engine-died", lang, reason=in_words(reason, lang))),
    )
    with ExitStack() as stack:
        stack.callback(hosted.close)
        runs = _remembering(hosted, model, generation, stack)
        kind: Literal["openvino", "llama.cpp"] = "openvino" if model.path.is_dir() else "llama.cpp"
        yield Apart(runs, model, hosted.width, kind, threads, hosted.tuning)


def _check_together(generation: Generation, width: int | None) -> None:
    """Raises UsageError for options that do not fit together."""
    if generation.tune and (generation.base_urls or generation.cluster is not None):
        raise UsageError("--tune is for a model file on this machine")
    if generation.deterministic:
        if (width or 1) > 1:
            raise UsageError("--deterministic computes one row at a time; it does not go with --width")
        if generation.base_urls:
            raise UsageError("--deterministic is for a model file; a server promises nothing of the kind")
        if generation.cluster is not None:
            raise UsageError("--deterministic is for one machine; others round differently")
    if generation.cluster is not None and generation.base_urls:
        raise UsageError("--ray has engines of its own; it does not go with --base-url")


def _remembering(runs: Runs, model: Model, generation: Generation, stack: ExitStack) -> Runs:
    """The answer cache before an engine, where it is on."""
    if not generation.cache:
        return runs
    cache = stack.enter_context(open_cache())
    return RemembersRuns(runs, cache, facts_of(model, generation.ctx, generation.fixed_threads), model.label)


@contextmanager
def _on_cluster(generation: Generation, cluster: Cluster, width: int | None) -> Iterator[Apart]:
    """Engines on the machines of a Ray cluster; lines on stderr say which, and what is lost."""
    from taibao_cli.batch.ray.cluster import connected
    from taibao_cli.batch.ray.engine import RayEngine
    from taibao_cli.batch.ray.worker import Plan

    lang = settings().lang
    model = find_model(generation.model, generation.adapters)
    plan = Plan.of(model, ctx=generation.ctx, threads=generation.threads, width=width, gpu_layers=generation.gpu_layers)
    with ExitStack() as stack:
        stack.enter_context(connected(cluster.address))
        engine = RayEngine(
            plan,
            per_machine=cluster.per_machine,
            on_loss=lambda address, why: note(say("ray-lost", lang, address=address, why=in_words(why, lang))),
            on_death=lambda reason: note(say("engine-died", lang, reason=in_words(reason, lang))),
            on_wait=lambda: note(say("ray-waits", lang)),
        )
        stack.callback(engine.close)
        machines = len({address for address, _, _ in engine.engines})
        note(say("ray", lang, engines=len(engine.engines), machines=machines, width=engine.width))
        yield Apart(_remembering(engine, model, generation, stack), model, engine.width, "ray")


def _served(generation: Generation, width: int) -> tuple[Engine, Model]:
    """A model of servers; a line on stderr says where the texts go."""
    given = {"--threads": generation.threads, "--adapter": generation.adapters, "--gpu-layers": generation.gpu_layers}
    for option in [option for option, value in given.items() if value]:
        raise UsageError(f"{option} is for a model file; it does not go with --base-url")
    lang, urls = settings().lang, generation.base_urls
    engine, model = load_server(
        urls,
        generation.model,
        ctx=generation.ctx,
        width=width,
        on_loss=lambda why: note(say("server-lost", lang, why=in_words(why, lang))),
    )
    note(say("server", lang, address=", ".join(urls), model=model.name))
    return engine, model


def find_model(spec: str | None, adapters: tuple[str, ...] = ()) -> Model:
    """The model of `--model` with the adapters of `--adapter`; under the fake engine (tests) a stand-in when none is
    named.

    Raises:
        ModelError: no such model or adapter, or one that cannot be used.
        UsageError: an adapter for a task that does not exist.
    """
    if spec is None and is_fake():
        return Model(name="fake", path=Path(), sha256="0" * 64, prompt="full", lexicon=None, metadata={})
    model = resolve(spec, adapters=adapters)
    for task in chain.from_iterable(adapter.tasks for adapter in model.adapters):
        try:
            get(task)
        except RowError as error:
            raise UsageError(f"--adapter: {error}") from None
    return model
