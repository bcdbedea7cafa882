"""`taibao bench`: how fast the engines are on this machine, beside a plain loop and llama-server."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from taibao_cli.batch.progress import progress
from taibao_cli.cli.bench_facts import about, best_engine, machine, panels, table
from taibao_cli.cli.bench_rows import CHAT, QUICK, WORKLOADS, Workload, token_count
from taibao_cli.cli.generation import find_model
from taibao_cli.cli.noting import note_error, tell
from taibao_cli.cli.root import settings
from taibao_cli.console import answer, is_terminal, note
from taibao_cli.engine.base import Request
from taibao_cli.engine.threads import default_threads
from taibao_cli.errors import UsageError
from taibao_cli.messages import say
from taibao_cli.models.registry import Model, resolve

if TYPE_CHECKING:
    from taibao_cli.bench.contenders import Contender

WIDTHS: Final = (1, 4, 8, 16, 32)
CONTEXT: Final = 4096
"""Tokens that each row may take, in all contenders alike."""

CONVERSATIONS: Final = 5
_BESIDES: Final = 64
"""Tokens that a chat template may add."""

SERVER_FROM: Final = 8
"""Slots that llama-server is measured with at least; fewer are never its best."""

# Kept here as literals so that help loads nothing of `convert`; a test holds them equal to its tables.
SHAPES: Final = ("qwen2.5-0.5b", "qwen2.5-1.5b", "qwen2.5-3b", "qwen2.5-7b")


@click.command()
@click.option("--model", metavar="FILE", help="A GGUF file; default: $TAIBAO_MODEL, then the built-in model.")
@click.option("--openvino", metavar="FOLDER", help="The same model as a folder in OpenVINO's form.")
@click.option("--shape", type=click.Choice(SHAPES), help="Random weights in the shape of a model, made on the spot.")
@click.option("--workloads", metavar="NAME,…", default="translate", show_default=True, help="Or classify, summarize, …")
@click.option("--rows", type=click.IntRange(min=1), help="Rows to answer; default: the workload's.")
@click.option(
    "--repeats",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="Turns, each with other rows.",
)
@click.option("--widths", metavar="N,N…", default=",".join(map(str, WIDTHS)), show_default=True, help="Rows at once.")
@click.option("--threads", type=click.IntRange(min=1), help="Processor threads; default: the cores at hand.")
@click.option("--quick", is_flag=True, help="Only the plain loop and the width that batch uses.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a workload.")
@click.option("--plot", type=click.Path(path_type=Path), help="Write a picture (SVG).")
def bench(
    model: str | None,
    openvino: str | None,
    shape: str | None,
    workloads: str,
    rows: int | None,
    repeats: int,
    widths: str,
    threads: int | None,
    quick: bool,
    as_json: bool,
    plot: Path | None,
) -> None:
    """Measure speed: a plain llama-cpp-python loop, the engines at several widths, and llama-server if it is on PATH.

    Workloads: translate, classify, summarize, shared (an instruction in common), chat (time to the first token of a
    second turn).

    测量本机推理速度：普通循环、各引擎在不同批宽下、llama-server（若在 PATH 中）逐项对比。
    """
    threads, chosen = threads or default_threads(), _widths(widths)
    names = ["quick"] if quick else _workloads(workloads)
    found, folder = _models(model, openvino, shape, threads)
    done = []
    with token_count(found.path) as measured:
        for name in names:
            if name == CHAT:
                facts = _chat(found, folder, measured, threads=threads)
            else:
                workload = QUICK if quick else WORKLOADS[name]
                facts = _measured(
                    name,
                    workload,
                    found,
                    folder,
                    measured,
                    widths=[None] if quick else chosen,
                    rows=rows or workload.rows,
                    repeats=repeats,
                    threads=threads,
                )
            done.append(facts)
            answer(json.dumps(facts, ensure_ascii=False) if as_json else table(facts, name, settings().lang))
            if (best := best_engine(facts)) is not None:
                facts_of_best = {"engine": best["engine"], "width": best["width"], "rate": best["rows_per_s"]}
                note(say("bench-best", settings().lang, **facts_of_best))
    if plot is not None:
        from taibao_cli.bench.plot import picture

        plot.write_text(picture(panels(done)), encoding="utf-8")


def _models(model: str | None, openvino: str | None, shape: str | None, threads: int) -> tuple[Model, Model | None]:
    """The model that rows are made for, and its folder for OpenVINO when there is one besides."""
    if shape is None:
        return find_model(model), None if openvino is None else resolve(openvino)
    if model is not None or openvino is not None:
        raise UsageError("--shape makes its own models; it does not go with --model or --openvino")
    from convert.shaped import shaped_models

    tell("bench-shape", shape=shape)
    gguf, folder = shaped_models(shape, threads=threads, tell=note_error)
    return resolve(str(gguf)), None if folder is None else resolve(str(folder))


def _measured(
    name: str,
    workload: Workload,
    model: Model,
    folder: Model | None,
    measured: Callable[[str], int],
    *,
    widths: Sequence[int | None],
    rows: int,
    repeats: int,
    threads: int,
) -> dict[str, Any]:
    from taibao_cli.bench.measure import measure

    requests = workload.requests(model, rows * repeats + 2, measured)
    turns = [requests[start : start + rows] for start in range(0, rows * repeats, rows)]
    servers = [] if requests[0].labels else [width for width in widths if width and width >= SERVER_FROM]
    slot = max(measured(_text(request)) + request.max_tokens for request in requests) + _BESIDES
    with _contenders(model, folder, widths=widths, servers=servers, slot=slot, threads=threads) as contenders:
        steps = repeats * len(contenders)
        with progress(say("progress", settings().lang), steps, visible=is_terminal(sys.stderr)) as advance:
            results = measure(contenders, turns, warm=requests[-2:], advance=advance)
    return {
        "model": model.label if folder is None else f"{model.label}, {folder.label}",
        "machine": machine(threads),
        "workload": about(name, "en"),
        "rows": rows,
        "prompt_tokens": _mean_length(requests, measured),
        "results": [asdict(result) for result in results],
    }


def _chat(model: Model, folder: Model | None, measured: Callable[[str], int], *, threads: int) -> dict[str, Any]:
    from taibao_cli.bench.measure import measure_turns
    from taibao_cli.bench.workloads import conversations

    with _contenders(model, folder, widths=[1], servers=[1], slot=CONTEXT, threads=threads) as contenders:
        steps = CONVERSATIONS * len(contenders)
        with progress(say("progress", settings().lang), steps, visible=is_terminal(sys.stderr)) as advance:
            turns = measure_turns(contenders, conversations(CONVERSATIONS, measured), advance=advance)
    return {
        "model": model.label if folder is None else f"{model.label}, {folder.label}",
        "machine": machine(threads),
        "workload": about(CHAT, "en"),
        "rows": CONVERSATIONS,
        "results": [asdict(turn) for turn in turns],
    }


@contextmanager
def _contenders(
    model: Model,
    folder: Model | None,
    *,
    widths: Sequence[int | None],
    servers: Sequence[int],
    slot: int,
    threads: int,
) -> Iterator[list[Contender]]:
    """All of them, loaded; the first is what others are compared to. A slot of llama-server has `slot` tokens."""
    from taibao_cli.bench.contenders import Hosted, LlamaServer, plain
    from taibao_cli.engine.load import load_hosted

    server = shutil.which("llama-server")
    with ExitStack() as stack:
        made: list[Contender] = []

        def add(contender: Contender) -> None:
            made.append(contender)
            stack.callback(contender.close)

        for each in (model, folder):
            if each is None:
                continue
            trained = each.metadata.get(f"{each.metadata.get('general.architecture')}.context_length")
            ctx = min(CONTEXT, trained) if isinstance(trained, int) else CONTEXT
            if not each.path.is_dir():
                add(plain(each.path, ctx=ctx, threads=threads))
            name = "openvino" if each.path.is_dir() else "llamacpp"
            for width in widths:
                add(Hosted(name, load_hosted(each, ctx=ctx, threads=threads, width=width)))
            if server is not None and not each.path.is_dir():
                for slots in servers:
                    add(LlamaServer(server, each.path, ctx=min(slot, ctx), threads=threads, width=slots))
        yield made


def _mean_length(requests: Sequence[Request], measured: Callable[[str], int]) -> int:
    """Tokens of a prompt, without what the chat template adds."""
    lengths = [measured(_text(request)) for request in requests]
    return round(sum(lengths) / len(lengths))


def _text(request: Request) -> str:
    return "".join(message.content for message in request.messages)


def _widths(spec: str) -> list[int]:
    try:
        widths = [int(part) for part in spec.split(",")]
    except ValueError:
        widths = []
    if not widths or min(widths) < 1:
        raise UsageError(f"--widths {spec}: give numbers from 1 on, such as 1,8,16")
    return widths


def _workloads(spec: str) -> list[str]:
    names = [name.strip() for name in spec.split(",")]
    known = (*WORKLOADS, CHAT)
    for name in names:
        if name not in known:
            raise UsageError(f"--workloads {spec}: {name!r} is none; known: {', '.join(known)}")
    return names
