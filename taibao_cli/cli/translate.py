"""`taibao translate`: texts as any task, and whole patents with their structure, checked piece by piece."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import orjson

from taibao_cli.batch.patent_files import open_patents
from taibao_cli.batch.progress import progress
from taibao_cli.batch.writer import part_of
from taibao_cli.cli.exits import SOME_FAILED
from taibao_cli.cli.generation import Generation, opened
from taibao_cli.cli.glossary import hints_of, read_glossary, read_termbase
from taibao_cli.cli.noting import note_error
from taibao_cli.cli.root import settings
from taibao_cli.cli.text import Texts, answer_texts, text_options
from taibao_cli.console import is_terminal, note
from taibao_cli.errors import InputError, RowError, TaibaoError, UsageError
from taibao_cli.messages import say
from taibao_cli.patents.document.patent import Patent
from taibao_cli.patents.document.reading import Unread
from taibao_cli.patents.language import Lang, nfc, other
from taibao_cli.patents.termbase.entries import Termbase
from taibao_cli.translation.run import Options, Result, Translator

_FORMS: Final = (".docx", ".jsonl", ".tmx", ".xlf", ".xliff", ".txt")
_TRIES: Final = 2
_WIDTH: Final = 16


@click.command()
@text_options
@click.option("--to", type=click.Choice(["en", "zh"]), help="Target language; default: the other one.")
@click.option(
    "--glossary", type=click.Path(path_type=Path), help="Terms to obey: TBX, TMX, or TSV or CSV of two columns."
)
@click.option("--tm", type=click.Path(path_type=Path), help="Translation memory (TMX): known pieces are taken from it.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Translate whole patents, with checks, into .docx, .jsonl, .tmx, .xlf or .txt.",
)
@click.option("--overwrite", is_flag=True, help="Replace an output that is there.")
@click.option(
    "--tries", type=click.IntRange(min=0), default=_TRIES, show_default=True, help="More tries for a piece that fails."
)
def translate(
    files: tuple[Path, ...],
    generation: Generation,
    as_json: bool,
    lines: bool,
    encoding: str,
    to: Lang | None,
    glossary: Path | None,
    tm: Path | None,
    output: Path | None,
    overwrite: bool,
    tries: int,
) -> int:
    """Translate patent text between Chinese and English; with -o whole patents, their structure kept.

    FILE is text; with -o whatever `taibao import` reads. Exit code 3: some pieces are proved wrong and marked.

    专利文本中英互译；用 -o 译整件专利，保留结构并逐段检查。
    """
    if output is None:
        if tm is not None:
            raise UsageError("--tm goes with -o, for whole patents")
        own = read_glossary(glossary, encoding) if glossary is not None else None
        texts = Texts(files, encoding, as_json, lines)
        return answer_texts("translate", texts, generation, fields={"to": to} if to else {}, glossary=own)
    if as_json or lines or not files:
        raise UsageError("-o takes FILE…, and neither --json nor --lines; rows are written to a .jsonl output")
    _refuse(output, overwrite)
    patents, unread = _patents(files, encoding)
    terms = read_termbase(glossary, encoding) if glossary is not None else Termbase()
    memory = read_termbase(tm, encoding) if tm is not None else Termbase()
    with opened(generation, _WIDTH) as (engine, model):
        results = []
        for patent in patents:
            target = to or other(patent.lang)
            known = {nfc(source): answer for source, answer in memory.glossary[other(target)].items()}
            options = Options(target, terms.glossary, known, terms.forbidden, tries, _WIDTH, generation.overrides)
            shown = is_terminal(sys.stderr)
            with progress(patent.id, None, visible=shown) as step:
                translator = Translator(engine, model, lambda own: hints_of(model, own), options, step)
                try:
                    results.append(translator.translate(patent))
                except RowError as error:
                    unread += 1
                    note_error(error)
    if not results:
        raise InputError(say("nothing-imported", settings().lang))
    _write(output, results, model.label)
    return _told(results, output) or (SOME_FAILED if unread else 0)


def _refuse(output: Path, overwrite: bool) -> None:
    if output.suffix.lower() not in _FORMS:
        raise UsageError(f"{output}: an output ends in {', '.join(_FORMS)}")
    if output.is_file() and not overwrite:
        raise TaibaoError(say("already-exists", settings().lang, path=output))
    if not output.resolve().parent.is_dir():
        raise TaibaoError(f"{output}: its folder is not there")


def _patents(files: tuple[Path, ...], encoding: str) -> tuple[list[Patent], int]:
    """All patents of the files, and how many could not be read."""
    found: list[Patent] = []
    unread = 0
    for path in files:
        for reading in open_patents(path, encoding=encoding):
            if isinstance(reading, Unread):
                unread += 1
                note_error(reading.reason)
            else:
                found.append(reading)
    if not found:
        raise InputError(say("nothing-imported", settings().lang))
    return found, unread


def _write(output: Path, results: list[Result], model: str) -> None:
    """Complete, or not at all."""
    part = part_of(output)
    part.write_bytes(_bytes(output.suffix.lower(), results, model))
    if part != output:
        part.replace(output)


def _bytes(suffix: str, results: list[Result], model: str) -> bytes:
    if suffix == ".docx":
        from taibao_cli.translation.forms.docx import docx_of

        return docx_of(results)
    if suffix == ".tmx":
        from taibao_cli.translation.forms.xml import tmx_of

        return tmx_of(results)
    if suffix in (".xlf", ".xliff"):
        from taibao_cli.translation.forms.xml import xliff_of

        return xliff_of(results)
    if suffix == ".jsonl":
        return b"".join(orjson.dumps(row) + b"\n" for row in _rows(results, model))
    from taibao_cli.translation.forms.text import text_of

    return "\n\n".join(text_of(result) for result in results).encode("utf-8")


def _rows(results: list[Result], model: str) -> Iterator[dict[str, Any]]:
    from taibao_cli.translation.forms.rows import rows_of

    return (row for result in results for row in rows_of(result, model))


def _told(results: list[Result], output: Path) -> int:
    """Say how many pieces passed, are to be looked at, are wrong; the exit code says whether there are wrong ones."""
    states = [each.state for result in results for each in result.pieces]
    wrong = states.count("FIX")
    counts = {"total": len(states), "passed": states.count("PASS"), "review": states.count("REVIEW"), "wrong": wrong}
    note(say("translated", settings().lang, path=output, **counts))
    return SOME_FAILED if wrong else 0
