"""`taibao check`: what code can prove about a document, or about a translation and its source."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Final

import click
import orjson

from taibao_cli.batch.patent_files import open_patents
from taibao_cli.batch.readers import parse_line
from taibao_cli.batch.writer import StreamWriter
from taibao_cli.checks.base import STATE_WORDS, Finding, State, worst
from taibao_cli.checks.document import document_of_text
from taibao_cli.checks.generated.facts import GENERATED
from taibao_cli.checks.registry import check_document, check_translation, table
from taibao_cli.checks.report import as_row, lines, ranked, sarif
from taibao_cli.checks.rows import Options, check_answer, check_row, unreadable
from taibao_cli.cli.exits import SOME_FAILED
from taibao_cli.cli.generation import encoding_option
from taibao_cli.cli.glossary import read_glossary
from taibao_cli.cli.inputs import STDIN, Source, read_sources, read_text, refuse_terminal
from taibao_cli.cli.root import settings
from taibao_cli.console import answer, is_dumb, is_terminal, safe
from taibao_cli.errors import InputError, UsageError
from taibao_cli.patents.claims.defects import OFFICES, Office
from taibao_cli.patents.document.reading import Unread
from taibao_cli.patents.document.row import row_of
from taibao_cli.patents.language import Lang

FIX_FOUND: Final = 1
"""Something is proved wrong. REVIEW alone is SOME_FAILED, as a defect of `tree` is."""

_PATENT_FILES: Final = (".xml", ".docx", ".pdf")

Result = tuple[object, tuple[Finding, ...]]
_COLUMNS: Final = {"zh": ("状态", "检查项", "位置", "说明"), "en": ("state", "check", "place", "message")}
_STYLES: Final = {"FIX": "bold red", "REVIEW": "yellow", "PASS": "green", "not checked": "dim"}


@click.command()
@click.argument("files", metavar="[FILE…|-]", nargs=-1, type=click.Path(path_type=Path))
@click.option("--task", type=click.Choice(["translate", *GENERATED]), help="What the answer is of; default: translate.")
@click.option(
    "--source", type=click.Path(path_type=Path), help="The text that was translated, or that the answer is made of."
)
@click.option("--answer", "rendered", type=click.Path(path_type=Path), help="The answer.")
@click.option("--to", type=click.Choice(["en", "zh"]), help="Language of the answer; default: the other one.")
@click.option(
    "--glossary", type=click.Path(path_type=Path), help="TSV or CSV of two columns that the answer must obey."
)
@click.option("--forbid", type=click.Path(path_type=Path), help="Words that must not stand in the answer, one a line.")
@click.option("--office", type=click.Choice(OFFICES), help="Default: cn for Chinese documents, ep for English.")
@click.option("--fail-on", type=click.Choice(["fix", "review"]), default="review", show_default=True)
@click.option("--json", "form", flag_value="json", help="One JSON object for each document, answer or row.")
@click.option("--sarif", "form", flag_value="sarif", help="One SARIF 2.1.0 log.")
@click.option("--list", "listed", is_flag=True, help="Print the table of all checks.")
@encoding_option
def check(
    files: tuple[Path, ...],
    task: str | None,
    source: Path | None,
    rendered: Path | None,
    to: Lang | None,
    glossary: Path | None,
    forbid: Path | None,
    office: Office | None,
    fail_on: str,
    form: str | None,
    listed: bool,
    encoding: str,
) -> int:
    """Check a document, or an answer against its source; rules alone, no model. Exit code 1: a FIX, 3: a REVIEW.

    FILE is a patent (XML, DOCX, PDF), text (claims, or a description), or JSON rows: documents, or answers of task
    commands with their source.

    检查专利文件，或将译文与原文对照检查。
    """
    if listed:
        answer(table())
        return 0
    if (source is None) != (rendered is None) or (task and source is None) or (source and files):
        raise UsageError("give FILE…, or --task TASK --source FILE --answer FILE")
    if source is None and not files:
        refuse_terminal()
    options = Options(office, read_glossary(glossary, encoding) if glossary else {}, _forbidden(forbid, encoding))
    if source is not None and rendered is not None:
        texts = _text(source, encoding), read_text(rendered, encoding)
        translated = task in (None, "translate")
        found = (
            check_translation(options.translation(*texts, to))
            if translated
            else check_answer(str(task), *texts, options)
        )
        results: Iterator[Result] = iter([(_shown(rendered), found)])
    else:
        results = chain.from_iterable(_of_file(path, encoding, options) for path in files or (STDIN,))
    return _print(results, form, fail_on)


def _text(path: Path, encoding: str) -> str:
    return read_sources((path,), encoding)[0].text


def _shown(path: Path) -> str:
    return "stdin" if path == STDIN else str(path).encode("utf-8", "replace").decode("utf-8")


def _forbidden(path: Path | None, encoding: str) -> tuple[str, ...]:
    if path is None:
        return ()
    return tuple(line.strip() for line in read_text(path, encoding).splitlines() if line.strip())


def _of_file(path: Path, encoding: str, options: Options) -> Iterator[Result]:
    """The patents of a file that is more than text, or what a text holds."""
    if path.suffix.lower() not in _PATENT_FILES:
        for source in read_sources((path,), encoding):
            yield from _checked(source, options)
        return
    for reading in open_patents(path, encoding=encoding):
        if isinstance(reading, Unread):
            raise InputError(reading.reason)
        yield f"{_shown(path)}: {reading.id}", check_row(row_of(reading), options)


def _checked(source: Source, options: Options) -> Iterator[Result]:
    """Each row of a text of rows, or the text as one document."""
    rows = _rows(source)
    if rows is None:
        yield source.name, check_document(document_of_text(source.text, options.office))
        return
    for number, row in rows:
        if isinstance(row, dict):
            yield row.get("id", number), check_row(row, options)
        else:
            yield number, unreadable(row)


def _rows(source: Source) -> Iterator[tuple[int, Any]] | None:
    """Rows with their numbers: one JSON object, an array of them, or one a line; None when the text is none of it.

    A line that is no object gives its error instead.
    """
    text = source.text.lstrip()
    if not text.startswith(("{", "[")):
        return None
    try:
        whole = orjson.loads(text)
    except orjson.JSONDecodeError:
        whole = None
    if isinstance(whole, dict):
        return iter([(1, whole)])
    if isinstance(whole, list) and whole and all(isinstance(row, dict) for row in whole):
        return iter(list(enumerate(whole, 1)))
    records = [
        parse_line(number, line.encode()) for number, line in enumerate(source.text.split("\n"), 1) if line.strip()
    ]
    if not text.startswith("{") or all(record.error for record in records):
        return None
    return ((record.number, record.error or record.row) for record in records)


def _print(results: Iterator[Result], form: str | None, fail_on: str) -> int:
    """Print as it comes, but for SARIF, which is one object; return the exit code."""
    lang, kept = settings().lang, list[Result]()
    states: set[State] = set()
    writer = StreamWriter(sys.stdout.buffer)
    first, second = next(results), next(results, None)
    for at, (name, findings) in enumerate(chain((first,), (second,) if second else (), results)):
        states.add(worst(findings))
        if form == "json":
            writer.write(as_row(name, findings))
        elif form == "sarif":
            kept.append((name, findings))
        else:
            if second is not None:
                answer(("\n" if at else "") + f"{name}:")
            _show(findings, lang)
    if form == "sarif":
        from taibao_cli import __version__

        writer.write(sarif(kept, __version__))
    if "FIX" in states:
        return FIX_FOUND
    return SOME_FAILED if "REVIEW" in states and fail_on == "review" else 0


def _show(findings: tuple[Finding, ...], lang: Lang) -> None:
    """A table for a person, lines for a program."""
    if not is_terminal(sys.stdout) or is_dumb():
        answer("\n".join(lines(findings, lang)))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(*_COLUMNS[lang])
    for found in ranked(findings):
        place = found.place.label(lang) if found.place else ""
        repair = f"\n→ {found.repair(lang)}" if found.repair(lang) and found.state in ("FIX", "REVIEW") else ""
        cells = (STATE_WORDS[lang][found.state], found.check, place, found.message(lang) + repair)
        style = _STYLES[found.state]
        shown.add_row(*(Text(safe(cell), style=style if at == 0 else "") for at, cell in enumerate(cells)))
    Console(file=sys.stdout).print(shown)
