"""`ask` and `judge`: answered from the primer and the statute store, with the articles they rest on, or from a patent.
No model writes."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import asdict
from importlib import resources
from pathlib import Path

import click

from taibao_cli.batch import run
from taibao_cli.batch.plain import plain_law
from taibao_cli.batch.writer import StreamWriter
from taibao_cli.cli.days import on_option
from taibao_cli.cli.embedding import embed_option, vectors_of
from taibao_cli.cli.generation import encoding_option, json_option
from taibao_cli.cli.inputs import argument_or_stdin
from taibao_cli.cli.lines import lines_option, message_records
from taibao_cli.cli.noting import note_error
from taibao_cli.cli.root import settings
from taibao_cli.cli.rows import show
from taibao_cli.console import answer, note
from taibao_cli.errors import InputError, UsageError
from taibao_cli.knowledge.citation import DISCLAIMER
from taibao_cli.knowledge.document import DocumentAnswer, DocumentQuote, ask_document, document_text
from taibao_cli.knowledge.store.vectors import Vectors
from taibao_cli.messages import say
from taibao_cli.patents.document.patent import Patent
from taibao_cli.patents.document.read import read_patents
from taibao_cli.patents.document.reading import Unread
from taibao_cli.patents.draft import draft
from taibao_cli.patents.language import Lang, detect
from taibao_cli.patents.lexicon import Lexicon


@click.command()
@click.argument("question", required=False)
@click.option("--doc", type=click.Path(path_type=Path), help="Answer from this patent instead: its paragraphs, quoted.")
@on_option
@embed_option
@json_option
@lines_option
@encoding_option
def ask(
    question: str | None,
    doc: Path | None,
    day: str,
    embed_model: Path | None,
    as_json: bool,
    lines: bool,
    encoding: str,
) -> int:
    """Answer a question on intellectual property from the built-in primer, or else from your statute store (taibao kb).

    知识产权问答，注明依据的法条；--doc 则从专利文件中找出段落，逐字引用。
    """
    if doc is not None:
        if lines:
            raise UsageError("--lines and --doc do not go together")
        if embed_model is not None:
            raise UsageError("--embed-model and --doc do not go together")
        return _ask_patent(doc, argument_or_stdin(question, encoding), encoding, as_json=as_json)
    with vectors_of(embed_model) if embed_model else nullcontext() as vectors:
        return _answer("ask", question, day, encoding, as_json=as_json, lines=lines, vectors=vectors)


@click.command()
@click.argument("statement", required=False)
@on_option
@json_option
@lines_option
@encoding_option
def judge(statement: str | None, day: str, as_json: bool, lines: bool, encoding: str) -> int:
    """Say whether a statement on intellectual property is right, with the article it rests on.

    判断关于知识产权的说法是否正确，并给出依据。
    """
    return _answer("judge", statement, day, encoding, as_json=as_json, lines=lines)


def _answer(
    name: str,
    argument: str | None,
    day: str,
    encoding: str,
    *,
    as_json: bool,
    lines: bool,
    vectors: Vectors | None = None,
) -> int:
    records = message_records(argument, encoding, lines=lines, fields={"on": day})
    rows = run(records, engine=None, model=None, default_task=name, width=1, vectors=vectors)
    return show(rows, as_json=as_json, lines=lines, plain=plain_law)


def _ask_patent(path: Path, question: str, encoding: str, *, as_json: bool) -> int:
    patents = []
    for reading in read_patents(path, "utf-8" if encoding == "auto" else encoding):
        if isinstance(reading, Unread):
            note_error(reading.reason)
        else:
            patents.append(reading)
    if not patents:
        raise InputError(f"{path}: no patent could be read")
    lang = detect(question)
    found = ask_document(patents, question, _in_their_words(question, lang, patents))
    if as_json:
        StreamWriter(sys.stdout.buffer).write(_document_json(found, lang))
    else:
        answer("\n".join([found.state, document_text(found, lang), DISCLAIMER[lang]]))
    note(say("doc-looked-at", settings().lang, passages=found.looked_at))
    return 0


def _in_their_words(question: str, lang: Lang, patents: list[Patent]) -> str:
    """The question word by word in the language of the patents, where that is another one."""
    if all(patent.lang == lang for patent in patents):
        return ""
    with resources.as_file(resources.files("taibao_cli.models.builtin").joinpath("lexicon.tsv.xz")) as path:
        return draft(Lexicon.load(path).match(question, lang), lang)


def _document_json(found: DocumentAnswer, lang: Lang) -> dict[str, object]:
    return {
        "state": found.state,
        "text": document_text(found, lang),
        "inferred": False,
        "citations": [_quote_json(one) for one in found.quotes],
        "nearest": [asdict(one) for one in found.nearest],
        "looked_at": found.looked_at,
        "disclaimer": DISCLAIMER[lang],
    }


def _quote_json(one: DocumentQuote) -> dict[str, str]:
    passage = one.passage
    return {"document": passage.document, "place": passage.place, "section": passage.section, "quote": one.quote}
