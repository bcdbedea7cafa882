"""`taibao summarize`: a text in a few sentences, or a whole patent, every sentence with its paragraphs."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from taibao_cli.batch.patent_files import is_document, open_patents
from taibao_cli.batch.summary.sentence import STYLES, Style
from taibao_cli.batch.summary.show import summary_row, summary_text
from taibao_cli.batch.summary.summarize import WIDTH, Summarizer, Summary
from taibao_cli.batch.writer import StreamWriter
from taibao_cli.cli.exits import SOME_FAILED
from taibao_cli.cli.generation import Generation, opened
from taibao_cli.cli.inputs import STDIN
from taibao_cli.cli.noting import note_error
from taibao_cli.cli.root import settings
from taibao_cli.cli.text import Texts, answer_texts, text_options
from taibao_cli.console import answer, note
from taibao_cli.errors import RowError, UsageError
from taibao_cli.messages import say
from taibao_cli.patents.document.patent import Patent
from taibao_cli.patents.document.reading import Reading, Unread

_PAUSE: Final = 10.0
"""Seconds between two lines of progress."""


@click.command()
@text_options
@click.option("--style", type=click.Choice(STYLES), help="Of a whole patent; default for XML, DOCX and PDF: short.")
def summarize(
    files: tuple[Path, ...], generation: Generation, as_json: bool, lines: bool, encoding: str, style: Style | None
) -> int:
    """Summarize a text in a few sentences; with --style a whole patent of any length, sentences with their paragraphs.

    概括专利文本；--style 用于整件专利，长短不限，每句注明所依据的段落。
    """
    if style is None and not any(path != STDIN and is_document(path) for path in files):
        return answer_texts("summarize", Texts(files, encoding, as_json, lines), generation)
    if lines or not files or STDIN in files:
        raise UsageError("a whole patent is read from a file; --style goes with FILE…, not with --lines or -")
    readings = (reading for path in files for reading in open_patents(path, encoding=encoding))
    return _summaries(readings, generation, style or "short", as_json=as_json)


def _summaries(readings: Iterator[Reading], generation: Generation, style: Style, *, as_json: bool) -> int:
    code = 0
    writer = StreamWriter(sys.stdout.buffer) if as_json else None
    with opened(generation, WIDTH) as (engine, model):
        summarizer = Summarizer(engine, model, generation.overrides)
        for number, reading in enumerate(readings):
            if isinstance(reading, Unread):
                note_error(reading.reason)
                code = SOME_FAILED
                continue
            try:
                summary = summarizer.summarize(reading, style, _Progress(reading.id))
            except RowError as error:
                code = SOME_FAILED
                note_error(error, reading.id)
                if writer is not None:
                    writer.write({"id": reading.id, "task": "summarize", "error": error.as_json()})
                continue
            if writer is not None:
                writer.write(summary_row(summary, reading.id))
            else:
                answer(("\n" if number else "") + summary_text(summary, reading.lang))
            _say_facts(reading, summary)
    return code


def _say_facts(patent: Patent, summary: Summary) -> None:
    lang = settings().lang
    note(say("summary-read", lang, name=patent.id, read=summary.read))
    if summary.unsupported:
        note(say("summary-unsupported", lang, count=summary.unsupported))
    if patent.counted:
        note(say("paragraphs-counted", lang, name=patent.id))


class _Progress:
    """A line on stderr every few seconds."""

    def __init__(self, name: str) -> None:
        self._name, self._said = name, time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() - self._said >= _PAUSE and done < total:
            self._said = time.monotonic()
            note(say("summary-progress", settings().lang, name=self._name, done=done, total=total))
