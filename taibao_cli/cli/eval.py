"""`taibao eval`: measured scores of a model beside baselines that cost nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from taibao_cli import __version__
from taibao_cli.batch.progress import progress
from taibao_cli.batch.record import split_names
from taibao_cli.batch.runner import DEFAULT_WIDTH, Overrides
from taibao_cli.cli.exits import SOME_FAILED
from taibao_cli.cli.generation import Generation, opened
from taibao_cli.cli.glossary import hints_of
from taibao_cli.cli.outputs import new_file
from taibao_cli.cli.root import settings
from taibao_cli.console import answer, is_terminal, note
from taibao_cli.errors import MissingExtraError, UsageError
from taibao_cli.messages import say
from taibao_cli.models.registry import Model

if TYPE_CHECKING:
    from train.evaluation.baselines import Answer
    from train.evaluation.evaluate import Score, SetReport
    from train.evaluation.rows import Lookup
    from train.evaluation.sets import EvalSet, Sets

FILE: Final = click.Path(path_type=Path)
SCORE_COLUMNS: Final = ("set", "gold", "n", "metric", "model", "95 %", "baseline", "its score", "verdict")
RUN_COLUMNS: Final = ("set", "n", "errors", "invalid", "loops", "cut", "seconds")
_NEEDED: Final = ("numpy", "sklearn", "tokenizers")

Line = tuple[str, ...]


@click.command("eval")
@click.option("--model", metavar="FILE", help="A GGUF file; default: $TAIBAO_MODEL, then the built-in model.")
@click.option("--data", type=FILE, help="Folder of the corpora, as docs/evaluation.md describes it (needed).")
@click.option("--tasks", metavar="T[,T…]", help="Measure these tasks; default: all that have a set.")
@click.option("--limit", type=click.IntRange(min=1), help="Most rows of a set; default: the size of each set.")
@click.option("-o", "--out", type=FILE, help="Write the report here, as JSON.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier report.")
@click.option("--samples", type=click.IntRange(min=0), default=0, help="Answers of each set to keep in the report.")
@click.option("--markdown", is_flag=True, help="Print Markdown on a terminal too.")
@click.option("--baselines/--no-baselines", default=True, show_default=True, help="Measure free baselines as well.")
@click.option("--lexicon", type=FILE, help="For the word-by-word baseline; default: the model's own.")
@click.option("--threads", type=click.IntRange(min=1), help="Processor threads; default: the cores at hand.")
def evaluate(
    model: str | None,
    data: Path | None,
    tasks: str | None,
    limit: int | None,
    out: Path | None,
    overwrite: bool,
    samples: int,
    markdown: bool,
    baselines: bool,
    lexicon: Path | None,
    threads: int | None,
) -> int:
    """Measure a model on the dev split of the corpora, beside baselines that cost nothing.

    在语料的 dev 部分上评测模型，并与零成本基线对照。
    """
    if data is None:
        raise UsageError(
            "give --data DIR, a folder with patents_zh.jsonl.xz, patents_en.jsonl.xz, pairs.jsonl.xz or "
            "similarity.jsonl.xz; docs/evaluation.md describes it"
        )
    check_extra()
    from train.evaluation.evaluate import evaluate as measure
    from train.evaluation.sets import build_sets

    start = time.monotonic()
    with ExitStack() as stack:
        writer = stack.enter_context(new_file(out, overwrite)) if out else None
        engine, found = stack.enter_context(opened(Generation(model, None, threads, Overrides()), DEFAULT_WIDTH))
        sets = build_sets(data, primer_rows(), tasks=task_names(tasks), limit=limit)
        for name, why in sets.left_out:
            note(f"{name}: left out, {why}")
        own = _baselines(sets.made, data, lexicon or found.lexicon, out) if baselines else {}
        rows = sum(len(evalset.rows) for evalset in sets.made)
        advance = stack.enter_context(_progress(say("progress", settings().lang), rows))
        reports = list(
            measure(
                sets.made,
                engine=engine,
                model=found,
                hints=hints_of(found),
                baselines=own,
                samples=samples,
                advance=advance,
            )
        )
        if writer:
            facts = {"limit": limit, "threads": threads, "seconds": round(time.monotonic() - start, 1)}
            writer.write(report_of(reports, sets, found, facts))
    _print(reports, markdown=markdown or not is_terminal(sys.stdout))
    return SOME_FAILED if any(report.errors for report in reports) else 0


def check_extra() -> None:
    """Raises MissingExtraError when a package that measuring needs is not installed."""
    for module in _NEEDED:
        if find_spec(module) is None:
            raise MissingExtraError(module, "train")


def task_names(names: str | None) -> tuple[str, ...] | None:
    """The tasks of a comma-separated list; None: all. Raises UsageError for one without a set."""
    from train.evaluation.sets import TASKS

    if names is None:
        return None
    found = split_names(names)
    unknown = [name for name in found if name not in TASKS]
    if unknown:
        raise UsageError(
            f"--tasks: no set for {', '.join(unknown) or 'nothing'}; there are sets for {', '.join(TASKS)}"
        )
    return found or None


def primer_rows() -> Lookup:
    """Questions and statements of the primer, for `ask` and `judge`."""
    from taibao_cli.knowledge.primer import Lang, entries
    from train.evaluation.rows import Lookup

    langs: tuple[Lang, ...] = ("zh", "en")
    return Lookup(
        questions=[(lang, question) for lang in langs for entry in entries() for question in entry.questions(lang)],
        statements=[
            (lang, statement.text(lang), statement.verdict)
            for lang in langs
            for entry in entries()
            for statement in entry.statements
        ],
    )


def _baselines(
    sets: Sequence[EvalSet], data: Path, lexicon: Path | None, out: Path | None
) -> dict[str, dict[str, list[Answer]]]:
    from train.evaluation.baselines import Train, cached_baselines

    cache = out.with_suffix(".baselines.json") if out else None
    with _progress("baselines", len(sets)) as advance:
        return cached_baselines(sets, Train(data), lexicon, cache, advance)


def _progress(title: str, total: int) -> Any:
    return progress(title, total, visible=is_terminal(sys.stderr))


def report_of(reports: Sequence[SetReport], sets: Sets, model: Model, facts: dict[str, Any]) -> dict[str, Any]:
    """The JSON report; docs/evaluation.md describes it."""
    return {
        "schema": 1,
        "taibao": __version__,
        "model": {"label": model.label, "sha256": model.sha256, "prompt": model.prompt},
        "width": DEFAULT_WIDTH,
        **facts,
        "sets": [report.as_json() for report in reports],
        "left_out": [{"set": name, "why": why} for name, why in sets.left_out],
    }


def _print(reports: Sequence[SetReport], *, markdown: bool) -> None:
    scores = [line for report in reports for score in report.scores for line in score_lines(report, score)]
    runs = [run_line(report) for report in reports]
    for columns, lines in ((SCORE_COLUMNS, scores), (RUN_COLUMNS, runs)):
        if markdown:
            answer(markdown_table(columns, lines) + "\n")
        else:
            _print_rich(columns, lines)


def score_lines(report: SetReport, score: Score) -> list[Line]:
    """One line for each baseline, at least one; what does not change is written once."""
    digits = 1 if score.metric == "chrF" else 3

    def number(value: float) -> str:
        return f"{value:.{digits}f}"

    interval = f"{number(score.interval[0])}–{number(score.interval[1])}"
    first = (report.name, report.kind, str(report.rows), score.metric, number(score.value), interval)
    compared: list[Line] = [(one.name, number(one.value), one.verdict) for one in score.baselines]
    return [(*(first if at == 0 else ("",) * len(first)), *cells) for at, cells in enumerate(compared or [("–",) * 3])]


def run_line(report: SetReport) -> Line:
    counts = (report.rows, report.errors, report.invalid, report.loops, report.cut)
    return (report.name, *map(str, counts), f"{report.seconds:.1f}")


def markdown_table(columns: Line, lines: Sequence[Line]) -> str:
    rule = ("---",) * len(columns)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (columns, rule, *lines))


def _print_rich(columns: Line, lines: Sequence[Line]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns)
    for line in lines:
        table.add_row(*line)
    Console().print(table)
