"""`taibao kb`: the statute store of this machine. Texts are added from files and shown exactly as they stand there."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

import click

from taibao_cli.batch.writer import StreamWriter
from taibao_cli.cli.days import on_option
from taibao_cli.cli.embedding import embed_option, vectors_of
from taibao_cli.cli.exits import SOME_FAILED
from taibao_cli.cli.generation import encoding_option
from taibao_cli.cli.inputs import read_text
from taibao_cli.cli.kb_notes import chosen, only, report, warn_of_newer
from taibao_cli.cli.noting import note_error
from taibao_cli.cli.root import settings
from taibao_cli.config import law_store
from taibao_cli.console import answer, is_terminal, note
from taibao_cli.errors import InputError, TaibaoError, UsageError
from taibao_cli.knowledge.store.check import check as check_store
from taibao_cli.knowledge.store.database import Source, StatuteStore
from taibao_cli.knowledge.store.files import text_files
from taibao_cli.knowledge.store.html import html_text
from taibao_cli.knowledge.store.identity import identify
from taibao_cli.knowledge.store.lookup import Place, choose, place, resolve
from taibao_cli.knowledge.store.present import (
    citation,
    outline_json,
    outline_lines,
    passage_json,
    text_json,
    text_line,
    version_words,
)
from taibao_cli.knowledge.store.quoting import referred_in, referred_text
from taibao_cli.knowledge.store.reference import Pinpoint, pinpoint_en, pinpoint_zh
from taibao_cli.knowledge.store.retrieve import search as search_store
from taibao_cli.knowledge.store.statute import read_statute
from taibao_cli.knowledge.store.vectors import add_vectors
from taibao_cli.knowledge.store.wrapped import unwrapped
from taibao_cli.messages import say

_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_VERSION: Final = re.compile(r"[12][0-9]{3}(-[0-9]{2}-[0-9]{2})?")


_version_option = click.option(
    "--version", metavar="DATE", default="", help="The version of that date, whatever its state."
)
_json_option = click.option("--json", "as_json", is_flag=True, help="JSON, one object a line.")


@click.group()
def kb() -> None:
    """Statutes and other texts of your own: add them, look them up, search them.

    本机法规库：加入、查阅、检索。
    """


@kb.command()
@click.argument("paths", metavar="FILE|FOLDER…", nargs=-1, required=True)
@click.option("--law", "name", metavar="NAME", default="", help="The law's name; default: the title in the text.")
@click.option("--version", metavar="DATE", default="", help="Its version (YYYY-MM-DD); default: what the text says.")
@embed_option
@encoding_option
def add(paths: tuple[str, ...], name: str, version: str, embed_model: Path | None, encoding: str) -> None:
    """Add texts of law: Markdown, plain text, DOCX, PDF, HTML; files or whole folders. All are added, or none.

    加入法规文本。
    """
    lang = settings().lang
    for path in paths:
        if _ADDRESS.match(path):
            raise UsageError(say("kb-address", lang, path=path))
    files = text_files(Path(path) for path in paths)
    if (name or version) and len(files.taken) != 1:
        raise UsageError(f"--law and --version are for one file; there are {len(files.taken)}")
    sources = [_source(path, name, version, encoding) for path in files.taken]
    if files.left_out:
        note(say("kb-left-out", lang, names=", ".join(path.name for path in files.left_out)))
    if not sources:
        raise InputError(f"{', '.join(paths)}: no text of a known format there")
    with StatuteStore.open(law_store()) as store:
        added, texts = store.add(sources), store.texts()
        if embed_model is not None:
            with vectors_of(embed_model) as vectors:
                note(say("kb-embedded", lang, count=add_vectors(store, vectors), model=embed_model.name))
    for source, one in zip(sources, added, strict=True):
        report(source.statute, one, texts)


@kb.command("list")
@on_option
@_json_option
def list_(day: str, as_json: bool) -> None:
    """What is stored: law, version, state on the day, articles, file.

    列出库中文本。
    """
    with _opened() as store:
        texts = store.texts()
    if as_json:
        _write_rows(text_json(text, day) for text in texts)
        return
    for text in texts:
        answer(text_line(text, day, settings().lang))


@kb.command()
@click.argument("words", metavar="LAW [PLACE]", nargs=-1, required=True)
@on_option
@_version_option
@_json_option
def show(words: tuple[str, ...], day: str, version: str, as_json: bool) -> None:
    """Show an article, paragraph or section word for word; with a law alone, its headings.

    查阅条文，例如：taibao kb show 专利法 22.3

    The place may be written 22, 22.3, 第二十二条第三款, Article 22(3), 第二部分第三章2.1.
    """
    lang = settings().lang
    with _opened() as store:
        texts = store.texts()
        named = resolve(" ".join(words), texts)
        if named is None:
            raise TaibaoError(say("kb-no-law", lang, words=" ".join(words)))
        law_id, pinpoint, rest = named
        text = chosen(choose(texts, law_id, day, version), day, version)
        pinpoint = pinpoint or (Pinpoint(label=rest) if rest else None)
        found = place(store, text, pinpoint) if pinpoint else None
        parts = list(found.parts()) if found else []
        mentioned = tuple(one for _, _, exact in parts for one in referred_in(store, text, exact, day))
        statute = None if pinpoint else read_statute(store.body(text))
    warn_of_newer(text, texts, day)
    if statute is not None and as_json:
        _write_rows([outline_json(text, statute, day)])
    elif statute is not None:
        answer("\n".join([text_line(text, day, lang), *outline_lines(statute)]))
    elif found is not None:
        _check_place(found, text.name(lang), version_words(text, lang))
        if as_json:
            _write_rows(passage_json(text, passage, at, exact, day) for passage, at, exact in parts)
            return
        heads = [f"{citation(text, at, day, lang)}\n{passage.headings}".rstrip() for passage, at, _ in parts]
        shown = [f"{head}\n\n{exact}" for head, (_, _, exact) in zip(heads, parts, strict=True)]
        answer("\n\n".join([*shown, *([referred_text(mentioned, lang)] if mentioned else [])]))


@kb.command()
@click.argument("words", nargs=-1, required=True)
@click.option("-k", "--top", type=click.IntRange(1, 100), default=5, show_default=True, help="How many passages.")
@on_option
@embed_option
@_json_option
def search(words: tuple[str, ...], top: int, day: str, embed_model: Path | None, as_json: bool) -> None:
    """Find passages by words, or by a citation.

    按词语或引用检索。
    """
    lang = settings().lang
    with _opened() as store, vectors_of(embed_model) if embed_model else nullcontext() as vectors:
        found = search_store(store, " ".join(words), day, top, vectors)
    if as_json:
        _write_rows(
            {
                **passage_json(hit.text, hit.passage, hit.pinpoint, hit.quote, day),
                "coverage": round(hit.coverage, 3),
                "exact": hit.exact,
            }
            for hit in found.hits
        )
    elif found.hits:
        hits = [f"{citation(hit.text, hit.pinpoint, day, lang)}\n{hit.quote}" for hit in found.hits]
        answer("\n\n".join(hits))
    if not found.hits:
        note(say("kb-nothing", lang))
    counts = {"looked_at": found.looked_at, "passages": found.passages, "left_out": len(found.left_out)}
    note(say("kb-looked-at", lang, on=day, **counts))


@kb.command()
@click.argument("words", metavar="LAW", nargs=-1, required=True)
@_version_option
def rm(words: tuple[str, ...], version: str) -> None:
    """Take a text out of the store.

    移除文本。
    """
    with _opened() as store:
        text = only(store.texts(), " ".join(words), version)
        store.remove(text)
    lang = settings().lang
    done = "已移除" if lang == "zh" else "removed"
    answer(f"{done}: {text.name(lang)}, {version_words(text, lang)} ({text.source})")


@kb.command()
@on_option
@_json_option
def check(day: str, as_json: bool) -> int:
    """Check hashes, passages and index, and what to know about the texts. Exit code 3: something is damaged.

    检查法规库。
    """
    lang = settings().lang
    with _opened() as store:
        problems = check_store(store, day)
        counts = {"texts": len(store.texts()), "passages": store.count()}
    if as_json:
        _write_rows(problem.as_json() for problem in problems)
    else:
        for problem in problems:
            answer(f"{problem.severity} {problem.where}: {problem.text(lang)}")
    if any(problem.severity == "FIX" for problem in problems):
        return SOME_FAILED
    note(say("kb-whole", lang, **counts))
    return 0


@kb.command()
@click.argument("words", metavar="LAW", nargs=-1, required=True)
@_version_option
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A new file; default: stdout.")
def export(words: tuple[str, ...], version: str, output: Path | None) -> None:
    """Write a text as it was added.

    导出文本。
    """
    with _opened() as store:
        text = only(store.texts(), " ".join(words), version)
        body = store.body(text)
    if output is not None:
        _to_new_file(output, body)
    elif is_terminal(sys.stdout):
        answer(body.removesuffix("\n"))
    else:
        sys.stdout.buffer.write(body.encode("utf-8"))
        sys.stdout.buffer.flush()


@contextmanager
def _opened() -> Iterator[StatuteStore]:
    """The store, which must hold something."""
    with StatuteStore.open(law_store()) as store:
        if not store.texts():
            raise TaibaoError(say("kb-empty", settings().lang))
        yield store


def _source(path: Path, name: str, version: str, encoding: str) -> Source:
    if version and not _VERSION.fullmatch(version):
        raise UsageError(f"--version {version}: expected a date like 2020-10-17")
    text = _text_of(path, encoding)
    if "\x00" in text:
        raise InputError(f"{path}: not a text; convert it to Markdown or plain text first")
    if not text.strip():
        raise InputError(say("no-text", settings().lang, where=path))
    statute = read_statute(text)
    named = name or ("" if statute.title else path.stem)
    return Source(statute, identify(statute, name=named, version=version), path.name)


def _text_of(path: Path, encoding: str) -> str:
    """The text of a file: Word and PDF by their content, HTML by its suffix, anything else as it is."""
    try:
        with path.open("rb") as stream:
            head = stream.read(5)
            stream.seek(0)
            if head == b"%PDF-":
                from taibao_cli.patents.document.pdf.reader import pdf_lines

                pages, notes = pdf_lines(stream, str(path))
                return _noted(path, (unwrapped(pages), notes))
            if head.startswith(b"PK\x03\x04"):
                from taibao_cli.patents.document.docx.reader import docx_text

                return _noted(path, docx_text(stream, str(path)))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    text = read_text(path, encoding)
    return html_text(text) if path.suffix.lower() in (".html", ".htm") else text


def _noted(path: Path, read: tuple[str, tuple[str, ...]]) -> str:
    for remark in read[1]:
        note_error(remark, str(path))
    return read[0]


def _check_place(found: Place, law: str, version: str) -> None:
    """Refuse a place that the law does not have."""
    lang = settings().lang
    where = pinpoint_zh(found.pinpoint) if lang == "zh" else pinpoint_en(found.pinpoint)
    if not found.passages or found.missing:
        raise TaibaoError(say("kb-no-place", lang, law=law, version=version, place=where))


def _write_rows(rows: Iterable[Mapping[str, Any]]) -> None:
    writer = StreamWriter(sys.stdout.buffer)
    for row in rows:
        writer.write(row)


def _to_new_file(path: Path, text: str) -> None:
    try:
        with path.open("xb") as stream:
            stream.write(text.encode("utf-8"))
    except FileExistsError:
        raise TaibaoError(f"{path} exists already; choose another -o") from None
    except OSError as error:
        raise TaibaoError(f"{path}: {error.strerror or error}") from None
