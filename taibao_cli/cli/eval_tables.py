"""What `taibao eval` prints: tables for a terminal or in Markdown, and pages in files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from taibao_cli.cli.root import settings
from taibao_cli.console import answer
from taibao_cli.errors import TaibaoError, UsageError
from taibao_cli.messages import say

if TYPE_CHECKING:
    from train.evaluation.document import Page
    from train.evaluation.evaluate import Score, SetReport

PAGES: Final = (".html", ".htm", ".md")

Line = Sequence[str]


def print_reports(reports: Sequence[SetReport], *, markdown: bool) -> None:
    """Scores, then how the runs went, in the user's language."""
    from train.evaluation.pages import RUNS, SCORES, page_words

    words = page_words(settings().lang)
    scores = [line for report in reports for score in report.scores for line in score_lines(report, score, words)]
    print_table([words[key] for key in SCORES], scores, markdown=markdown)
    print_table([words[key] for key in RUNS], [run_line(report) for report in reports], markdown=markdown)


def score_lines(report: SetReport, score: Score, words: Mapping[str, str]) -> list[Line]:
    """One line for each baseline, at least one; what does not change is written once."""
    from train.evaluation.reports import interval, shown

    name = score.metric
    first = (report.name, report.kind, str(report.rows), name, shown(name, score.value), interval(name, score.interval))
    compared: list[Line] = [(one.name, shown(name, one.value), words[one.verdict]) for one in score.baselines]
    return [(*(first if at == 0 else ("",) * len(first)), *cells) for at, cells in enumerate(compared or [("–",) * 3])]


def run_line(report: SetReport) -> Line:
    counts = (report.rows, report.errors, report.invalid, report.loops, report.cut)
    return (report.name, *map(str, counts), f"{report.seconds:.1f}")


def print_table(columns: Line, lines: Sequence[Line], *, markdown: bool) -> None:
    if markdown:
        rule = ("---",) * len(columns)
        answer("\n".join(f"| {' | '.join(cells)} |" for cells in (columns, rule, *lines)) + "\n")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns)
    for line in lines:
        table.add_row(*line)
    Console().print(table)


def check_page(out: Path, *, overwrite: bool) -> None:
    """Refuse what cannot become a page, before anything is measured.

    Raises:
        UsageError: the name is none of a page.
        TaibaoError: it exists and `overwrite` is not set, or its folder does not.
    """
    if out.suffix.lower() not in PAGES:
        raise UsageError(f"{out}: a page is HTML or Markdown; name it with {' or '.join(PAGES)}")
    if out.exists() and not overwrite:
        raise TaibaoError(say("already-exists", settings().lang, path=out))
    if not out.parent.is_dir():
        raise TaibaoError(f"{out}: cannot be written: there is no folder {out.parent}")


def write_page(page: Page, out: Path) -> None:
    """Write a page and the plots that stand beside it. Raises TaibaoError when that is impossible."""
    try:
        for path, text in page.files(out).items():
            part = path.with_name(path.name + ".part")
            part.write_text(text, encoding="utf-8")
            part.replace(path)
    except OSError as error:
        raise TaibaoError(f"{out}: cannot be written: {error.strerror or error}") from None
