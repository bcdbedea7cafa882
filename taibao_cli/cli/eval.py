"""`taibao eval`: measured scores of a model beside baselines that cost nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from taibao_cli import __version__
from taibao_cli.batch.progress import progress
from taibao_cli.batch.record import split_names
from taibao_cli.batch.runner import DEFAULT_WIDTH
from taibao_cli.cli.eval_compare import compare
from taibao_cli.cli.eval_tables import check_page, print_reports, write_page
from taibao_cli.cli.exits import SOME_FAILED
from taibao_cli.cli.generation import Generation, generation_options, opened
from taibao_cli.cli.glossary import hints_of, read_glossary
from taibao_cli.cli.noting import tell
from taibao_cli.cli.outputs import new_file
from taibao_cli.cli.root import settings
from taibao_cli.console import is_terminal
from taibao_cli.errors import MissingExtraError, UsageError
from taibao_cli.messages import say
from taibao_cli.messages.errors import in_words
from taibao_cli.models.registry import Model
from taibao_cli.patents.lexicon import Lexicon

if TYPE_CHECKING:
    from train.evaluation.answers import Answer
    from train.evaluation.evaluate import SetReport
    from train.evaluation.lookup_rows import Lookup
    from train.evaluation.sets import EvalSet, Sets

FILE: Final = click.Path(path_type=Path)
_NEEDED: Final = ("numpy", "sklearn", "tokenizers", "sacrebleu", "jieba")


@click.group("eval", invoke_without_command=True)
@click.option("--data", type=FILE, help="Folder of corpora, or a JSONL file with references (docs/evaluation.md).")
@click.option("--tasks", metavar="T[,T…]", help="Measure these tasks; with a file: the task of rows that name none.")
@click.option("--limit", type=click.IntRange(min=1), help="Most rows of a set; default: the size of each set.")
@click.option("-o", "--out", type=FILE, help="Write the report here, as JSON.")
@click.option("--page", type=FILE, help="Write the report for readers too: a name in .html or .md.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier report and page.")
@click.option("--samples", type=click.IntRange(min=0), default=0, help="Answers of each set to keep in the report.")
@click.option("--rephrase", type=click.IntRange(min=0), default=0, help="Ask so many rows of a set in other words too.")
@click.option("--markdown", is_flag=True, help="Print Markdown on a terminal too.")
@click.option("--baselines/--no-baselines", default=True, show_default=True, help="Measure free baselines as well.")
@click.option("--lexicon", type=FILE, help="For terms and the word-by-word baseline; default: the model's own.")
@click.option("--glossary", type=FILE, help="Terms whose renderings are counted, as `taibao translate` takes them.")
@generation_options
@click.pass_context
def evaluate(
    context: click.Context,
    generation: Generation,
    data: Path | None,
    tasks: str | None,
    limit: int | None,
    out: Path | None,
    page: Path | None,
    overwrite: bool,
    samples: int,
    rephrase: int,
    markdown: bool,
    baselines: bool,
    lexicon: Path | None,
    glossary: Path | None,
) -> int:
    """Measure a model on the dev split of corpora, or on rows of your own that have references.

    在语料的 dev 部分或自备的带参考答案的数据上评测模型，并与零成本基线对照。
    """
    if context.invoked_subcommand is not None:
        return 0
    if data is None:
        raise UsageError(
            "give --data: a folder with patents_zh.jsonl.xz, patents_en.jsonl.xz, pairs.jsonl.xz or "
            "similarity.jsonl.xz, or a file of rows with references; docs/evaluation.md describes them"
        )
    check_extra()
    from train.evaluation.evaluate import evaluate as measure

    start = time.monotonic()
    if page:
        check_page(page, overwrite=overwrite)
    with ExitStack() as stack:
        writer = stack.enter_context(new_file(out, overwrite)) if out else None
        engine, found = stack.enter_context(opened(generation, DEFAULT_WIDTH))
        words = lexicon or found.lexicon
        sets = _with_terms(sets_of(data, tasks, limit), words, glossary)
        for name, why in sets.left_out:
            tell("eval-left-out", name=name, why=in_words(why, settings().lang))
        own = _baselines(sets.made, data, words, out) if baselines else {}
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
                rephrased=rephrase,
                overrides=generation.overrides,
                advance=advance,
            )
        )
        facts = {"limit": limit, "threads": generation.threads, "seconds": round(time.monotonic() - start, 1)}
        report = report_of(reports, sets, found, facts)
        if writer:
            writer.write(report)
    if page:
        from train.evaluation.pages import report_page

        write_page(report_page(report, settings().lang), page)
    print_reports(reports, markdown=markdown or not is_terminal(sys.stdout))
    return SOME_FAILED if any(report.errors for report in reports) else 0


@evaluate.command("page")
@click.argument("report", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, help="The page: a name in .html, or in .md (plots beside it).")
@click.option("--overwrite", is_flag=True, help="Replace an earlier page.")
def make_page(report: Path, out: Path, overwrite: bool) -> None:
    """Make a page for readers from a report that `taibao eval -o` wrote.  把评测报告做成网页或 Markdown"""
    check_extra()
    from train.evaluation.pages import report_page
    from train.evaluation.reports import read_report

    check_page(out, overwrite=overwrite)
    write_page(report_page(read_report(report), settings().lang), out)


evaluate.add_command(compare)


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
    from train.evaluation.lookup_rows import Lookup

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


def sets_of(data: Path, tasks: str | None, limit: int | None) -> Sets:
    """Of a folder of corpora, or of a file of rows with references.

    Raises:
        UsageError: a task that has no set.
        InputError: the data cannot be read.
    """
    from train.evaluation.own import own_sets
    from train.evaluation.sets import build_sets

    if data.is_file():
        return own_sets(data, tasks, limit=limit)
    return build_sets(data, primer_rows(), tasks=task_names(tasks), limit=limit)


def _with_terms(sets: Sets, lexicon: Path | None, glossary: Path | None) -> Sets:
    """Sets of translations with the terms that can be judged in them."""
    from dataclasses import replace

    from train.evaluation.sets import Sets
    from train.evaluation.terms import with_terms

    loaded = Lexicon.load(lexicon) if lexicon else None
    table: Mapping[Any, Mapping[str, str]] = read_glossary(glossary) if glossary else {}
    return Sets(
        made=[
            replace(made, rows=tuple(with_terms(made.rows, loaded, table))) if "term accuracy" in made.metrics else made
            for made in sets.made
        ],
        left_out=sets.left_out,
    )


def _baselines(
    sets: Sequence[EvalSet], data: Path, lexicon: Path | None, out: Path | None
) -> dict[str, dict[str, list[Answer]]]:
    from train.evaluation.baselines import Train, cached_baselines, own_baselines

    if data.is_file():
        loaded = Lexicon.load(lexicon) if lexicon else None
        return {made.name: own_baselines(made, loaded) for made in sets}
    cache = out.with_suffix(".baselines.json") if out else None
    with _progress("baselines", len(sets)) as advance:
        return cached_baselines(sets, Train(data), lexicon, cache, advance)


def _progress(title: str, total: int) -> Any:
    return progress(title, total, visible=is_terminal(sys.stderr))


def report_of(reports: Sequence[SetReport], sets: Sets, model: Model, facts: dict[str, Any]) -> dict[str, Any]:
    """The JSON report; docs/evaluation.md describes it."""
    from train.evaluation.reports import SCHEMA

    return {
        "schema": SCHEMA,
        "taibao": __version__,
        "model": {"label": model.label, "sha256": model.sha256, "prompt": model.prompt},
        "width": DEFAULT_WIDTH,
        **facts,
        "sets": [report.as_json() for report in reports],
        "left_out": [{"set": name, "why": why} for name, why in sets.left_out],
    }
