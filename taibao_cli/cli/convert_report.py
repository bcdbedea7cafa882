"""`taibao convert report`: a model in several number formats, measured, with a recommendation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from taibao_cli.cli.noting import tell
from taibao_cli.cli.paragraphs import TEXTS, read_paragraphs
from taibao_cli.cli.root import settings
from taibao_cli.console import answer, note
from taibao_cli.errors import TaibaoError, UsageError
from taibao_cli.messages.errors import in_words

if TYPE_CHECKING:
    from convert.report import Metric

FILE: Final = click.Path(path_type=Path)
DEFAULT_TYPES: Final = "q8_0,q6_k,q5_k_m,q4_k_m,iq4_xs,q3_k_m"


@click.command()
@click.argument("source", metavar="INPUT", type=FILE)
@click.option("--texts", type=FILE, required=True, help=TEXTS)
@click.option("-o", "--output", type=FILE, required=True, help="The folder to write the files and the report to.")
@click.option("--types", metavar="T,T…", default=DEFAULT_TYPES, show_default=True, help="Number formats to try.")
@click.option("--imatrix", type=FILE, help="Importance matrix for all of them.")
@click.option("--data", type=FILE, help="What `taibao eval --data` takes: score the tasks as well.")
@click.option("--tasks", metavar="T,T…", help="With --data: only these tasks.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="With --data: rows of a set.")
@click.option("--max-kl", type=click.FloatRange(min=0), default=0.05, show_default=True, help="Budget: mean KL, nats.")
@click.option(
    "--max-loss", type=click.FloatRange(0, 1), default=0.02, show_default=True, help="Budget: lost share of a score."
)
@click.option("--max-size", type=click.FloatRange(min=0), metavar="MB", help="Budget: size of the file.")
@click.option("--max-memory", type=click.FloatRange(min=0), metavar="MB", help="Budget: memory while answering.")
@click.option("--rows", type=click.IntRange(min=1), default=32, show_default=True, help="Paragraphs to answer.")
@click.option("--ctx", type=click.IntRange(min=128), default=512, show_default=True, help="Tokens seen at once.")
@click.option("--threads", type=click.IntRange(min=1), help="Processor threads; default: the library's own.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier report and its files.")
def report(
    source: Path,
    texts: Path,
    output: Path,
    types: str,
    imatrix: Path | None,
    data: Path | None,
    tasks: str | None,
    limit: int,
    max_kl: float,
    max_loss: float,
    max_size: float | None,
    max_memory: float | None,
    rows: int,
    ctx: int,
    threads: int | None,
    overwrite: bool,
) -> None:
    """Quantize the GGUF file INPUT to several number formats, measure each, and recommend the smallest within a budget.

    Measured are size, perplexity, divergence from INPUT, rows a second, peak memory and, with --data, the scores of the
    tasks. OUTPUT gets the files, report.md, report.json and report.svg.

    把 GGUF 量化成几种格式，逐一测量，推荐符合预算的最小一种。
    """
    from convert.imatrix import read_imatrix
    from convert.quantize import QUANT_TYPES
    from convert.report import Budget, measure, recommend
    from convert.reportpages import markdown, plot

    names = [name.strip().lower() for name in types.split(",")]
    if unknown := [name for name in names if name not in QUANT_TYPES]:
        raise UsageError(f"--types: no number format {', '.join(unknown)}; known are {', '.join(QUANT_TYPES)}")
    if (output / "report.json").exists() and not overwrite:
        raise TaibaoError(f"{output / 'report.json'} exists; pass --overwrite to replace it and its files")
    paragraphs = read_paragraphs(texts)
    output.mkdir(parents=True, exist_ok=True)
    measured = measure(
        source,
        names,
        paragraphs,
        output,
        matrix=None if imatrix is None else read_imatrix(imatrix),
        matrix_name="" if imatrix is None else imatrix.name,
        metric=None if data is None else _metric(data, tasks, limit, threads),
        n_ctx=ctx,
        rows=rows,
        threads=threads,
        progress=lambda type_: note(f"{type_} …"),
    )
    budget = Budget(max_kl, max_loss, _bytes(max_size), _bytes(max_memory))
    chosen = recommend(measured, budget)
    facts = [
        f"{len(paragraphs)} paragraphs of {texts.name}, {ctx} tokens at once; {min(rows, len(paragraphs))} answered"
    ]
    facts += [] if imatrix is None else [f"importance matrix {imatrix.name}"]
    facts += [] if data is None else [f"scores on up to {limit} rows of each set of {data.name}"]
    page = markdown(source.name, measured, budget, chosen, facts)
    (output / "report.md").write_text(page, encoding="utf-8")
    (output / "report.svg").write_text(plot(source.name, measured, budget, chosen), encoding="utf-8")
    values = {"source": source.name, "recommended": chosen and chosen.type, "rows": [row.as_json() for row in measured]}
    (output / "report.json").write_text(json.dumps(values, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    answer(page)


def _bytes(megabytes: float | None) -> int | None:
    return None if megabytes is None else round(megabytes * 1e6)


def _metric(data: Path, tasks: str | None, limit: int, threads: int | None) -> Metric:
    """The first score of each set of `taibao eval`, measured on a model file through the path that users run."""
    from taibao_cli.batch.runner import DEFAULT_WIDTH, Overrides
    from taibao_cli.cli.eval import check_extra, sets_of
    from taibao_cli.cli.generation import Generation, opened
    from taibao_cli.cli.glossary import hints_of

    check_extra()
    from train.evaluation.evaluate import evaluate

    sets = sets_of(data, tasks, limit)
    for name, why in sets.left_out:
        tell("eval-left-out", name=name, why=in_words(why, settings().lang))

    def scores(path: Path) -> Mapping[str, float]:
        with opened(Generation(str(path), None, threads, Overrides()), DEFAULT_WIDTH) as (engine, model):
            reports = evaluate(sets.made, engine=engine, model=model, hints=hints_of(model), baselines={})
            return {f"{set_.name} {set_.scores[0].metric}": set_.scores[0].value for set_ in reports if set_.scores}

    return scores
