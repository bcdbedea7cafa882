"""`taibao import`: patents from files of offices and databases, as rows for every other command."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import orjson

from taibao_cli.batch.encoding import ENCODINGS
from taibao_cli.batch.patent_files import open_patents, read_patent_stream
from taibao_cli.batch.readers import MAX_ROW_BYTES
from taibao_cli.batch.writer import StreamWriter
from taibao_cli.cli.exits import SOME_FAILED
from taibao_cli.cli.inputs import STDIN, own_stdin, read_text
from taibao_cli.cli.noting import note_error
from taibao_cli.cli.outputs import new_file
from taibao_cli.cli.root import settings
from taibao_cli.console import note
from taibao_cli.errors import InputError
from taibao_cli.messages import say
from taibao_cli.patents.document.columns import parse_maps
from taibao_cli.patents.document.merge import merge
from taibao_cli.patents.document.patent import Origin, Patent
from taibao_cli.patents.document.reading import Reading, Unread
from taibao_cli.patents.document.row import row_of


@click.command("import")
@click.argument("files", metavar="FILE|FOLDER|-…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where the rows go; default: stdout.")
@click.option("--overwrite", is_flag=True, help="Replace an output that is there.")
@click.option("--together", is_flag=True, help="The files are parts of one application: one row.")
@click.option("--map", "maps", metavar="FIELD=COLUMN", multiple=True, help="A column of a table, beside known names.")
@click.option("--map-file", type=click.Path(path_type=Path), help="A file of lines FIELD=COLUMN.")
@click.option("--sheet", metavar="NAME|N", help="Sheet of a workbook; default: the first.")
@click.option("--encoding", type=click.Choice(ENCODINGS), default=ENCODINGS[0], show_default=True, help="Of texts.")
def import_(
    files: tuple[Path, ...],
    output: Path | None,
    overwrite: bool,
    together: bool,
    maps: tuple[str, ...],
    map_file: Path | None,
    sheet: str | None,
    encoding: str,
) -> int:
    """Read patents, and write one row of JSON for each. Exit code 3: some could not be read.

    XML of CNIPA, WIPO (ST.36, ST.96) and the USPTO, exports of databases (CSV, TSV, XLSX, JSON), DOCX, PDF with text,
    Markdown, plain text.

    读取专利文件，每件专利写成一行 JSON。
    """
    lines = read_text(map_file).splitlines() if map_file else []
    columns = parse_maps([*(line for line in lines if line.strip() and not line.startswith("#")), *maps])
    readings = _readings(files, Options(encoding, columns, sheet))
    if together:
        readings = _merged(readings)
    with new_file(output, overwrite) if output else nullcontext(StreamWriter(sys.stdout.buffer)) as writer:
        read, unread = 0, 0
        for reading in readings:
            if isinstance(reading, Unread):
                unread += 1
                note_error(reading.reason)
                continue
            read += 1
            for remark in reading.notes:
                note_error(remark, str(reading.origin))
            writer.write(_row(reading))
        if unread and not read:
            raise InputError(say("nothing-imported", settings().lang))
    if output:
        note(say("imported", settings().lang, rows=read, path=output))
    return SOME_FAILED if unread else 0


@dataclass(frozen=True, slots=True)
class Options:
    """How files are read."""

    encoding: str
    maps: Mapping[str, str]
    sheet: str | None


def _readings(files: tuple[Path, ...], options: Options) -> Iterator[Reading]:
    """The patents of all files; one that cannot be read at all does not keep the others from it."""
    for path in _flat(files):
        try:
            yield from _readings_of(path, options)
        except InputError as error:
            yield Unread(Origin(str(path), "text"), str(error))


def _readings_of(path: Path, options: Options) -> Iterator[Reading]:
    if path == STDIN:
        return read_patent_stream(
            own_stdin(), "stdin", encoding=options.encoding, maps=options.maps, on_guess=_say_guess
        )
    return open_patents(path, encoding=options.encoding, maps=options.maps, sheet=options.sheet, on_guess=_say_guess)


def _row(patent: Patent) -> dict[str, Any]:
    row = row_of(patent)
    if len(orjson.dumps(row)) > MAX_ROW_BYTES:
        note(say("row-long", settings().lang, name=patent.id, limit=MAX_ROW_BYTES >> 20))
    return row


def _flat(paths: Iterable[Path]) -> Iterator[Path]:
    """Files, and those of folders in the order of their names, hidden ones left out."""
    for path in paths:
        if path.is_dir():
            yield from _flat(sorted(each for each in path.iterdir() if not each.name.startswith(".")))
        else:
            yield path


def _merged(readings: Iterator[Reading]) -> Iterator[Reading]:
    parts: list[Patent] = []
    for reading in readings:
        if isinstance(reading, Patent):
            parts.append(reading)
        elif not reading.empty:
            yield reading
    if parts:
        yield merge(parts)


def _say_guess(name: str, encoding: str) -> None:
    note(say("guessed", settings().lang, where=name, encoding=encoding.upper()))
