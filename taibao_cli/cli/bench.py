"""`taibao bench`: how fast the engines are on this machine, beside a plain loop."""

from __future__ import annotations

import json
import platform
import sys
from contextlib import ExitStack, closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import click

from taibao_cli.batch.progress import progress
from taibao_cli.batch.runner import Overrides, build_request
from taibao_cli.cli.generation import find_model
from taibao_cli.cli.glossary import hints_of
from taibao_cli.cli.root import settings
from taibao_cli.console import answer, is_terminal
from taibao_cli.engine.base import Request
from taibao_cli.engine.threads import default_threads
from taibao_cli.errors import UsageError
from taibao_cli.messages import say
from taibao_cli.models.registry import Model
from taibao_cli.tasks import get, prepare

if TYPE_CHECKING:
    from taibao_cli.bench.contenders import Contender
    from taibao_cli.bench.measure import Measurement

NEW_TOKENS: Final = 64
QUICK_ROWS: Final = 64
WIDTHS: Final = (1, 4, 8, 16, 32)


@click.command()
@click.option("--model", metavar="FILE", help="A GGUF file; default: $TAIBAO_MODEL, then the built-in model.")
@click.option("--rows", type=click.IntRange(min=1), default=QUICK_ROWS, show_default=True, help="Rows to answer.")
@click.option("--repeats", type=click.IntRange(min=1), default=3, show_default=True, help="Interleaved repeats.")
@click.option("--widths", metavar="N,N…", default=",".join(map(str, WIDTHS)), show_default=True, help="Rows at once.")
@click.option("--threads", type=click.IntRange(min=1), help="Processor threads; default: the cores at hand.")
@click.option("--quick", is_flag=True, help="Only the plain loop and the width that batch uses.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bench(
    model: str | None, rows: int, repeats: int, widths: str, threads: int | None, quick: bool, as_json: bool
) -> None:
    """Measure translation speed: a plain llama-cpp-python loop against the engine at several widths.

    测量本机推理速度：普通循环与批处理引擎对比。
    """
    from taibao_cli.bench.contenders import LlamaCpp, Plain
    from taibao_cli.bench.measure import measure
    from taibao_cli.bench.workloads import translate_rows

    found, threads = find_model(model), threads or default_threads()
    requests = _requests(found, translate_rows(rows))
    chosen: list[int | None] = [None] if quick else [*_widths(widths)]
    with ExitStack() as stack:
        own = [stack.enter_context(closing(LlamaCpp(found.path, threads=threads, width=width))) for width in chosen]
        plain = stack.enter_context(closing(Plain(found.path, ctx=own[0].context, threads=threads)))
        contenders: list[Contender] = [plain, *own]
        steps = repeats * len(contenders)
        advance = stack.enter_context(
            progress(say("progress", settings().lang), steps, visible=is_terminal(sys.stderr))
        )
        results = measure(contenders, requests, repeats=repeats, advance=advance)
    facts = {
        "model": found.label,
        "machine": machine(threads),
        "workload": f"translate, greedy, up to {NEW_TOKENS} new tokens",
        "rows": rows,
        "results": [asdict(result) for result in results],
    }
    answer(json.dumps(facts, ensure_ascii=False) if as_json else _table(facts, results))


def _requests(model: Model, rows: Any) -> list[Request]:
    task, hints = get("translate"), hints_of(model)
    return [
        build_request(str(number), task, prepare(task, row, hints=hints), model, Overrides(max_tokens=NEW_TOKENS))
        for number, row in enumerate(rows)
    ]


def _widths(spec: str) -> list[int]:
    try:
        widths = [int(part) for part in spec.split(",")]
    except ValueError:
        widths = []
    if not widths or min(widths) < 1:
        raise UsageError(f"--widths {spec}: give numbers from 1 on, such as 1,8,16")
    return widths


def machine(threads: int) -> dict[str, Any]:
    """What a figure belongs to."""
    from importlib.metadata import version

    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "threads": threads,
        "python": platform.python_version(),
        "llama-cpp-python": version("llama_cpp_python"),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "unknown")
    except OSError:
        return platform.processor() or "unknown"


def _table(facts: dict[str, Any], results: list[Measurement]) -> str:
    machine_line = ", ".join(f"{key} {value}" for key, value in facts["machine"].items())
    lines = [f"{facts['model']}: {facts['workload']}, {facts['rows']} rows", machine_line, ""]
    lines.append(f"{'engine':<10}{'width':>6}{'rows/s':>10}{'tokens/s':>10}{'ratio':>8}")
    for result in results:
        speed = f"{result.rows_per_s:>10.2f}{result.tokens_per_s:>10.0f}"
        lines.append(f"{result.engine:<10}{result.width:>6}{speed}{result.ratio:>8.2f}")
    return "\n".join(lines)
