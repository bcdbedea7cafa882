"""A user's glossary and the model's lexicon: what they offer to a translation."""

from __future__ import annotations

from pathlib import Path

from taibao_cli.cli.inputs import read_text
from taibao_cli.errors import InputError
from taibao_cli.models.registry import Model
from taibao_cli.patents.lexicon import Lexicon
from taibao_cli.patents.termbase.entries import Glossary as Glossary
from taibao_cli.patents.termbase.entries import Termbase
from taibao_cli.patents.termbase.table import read_table_terms
from taibao_cli.tasks.hints import lexicon_hints
from taibao_cli.tasks.prepare import HintsOf


def read_glossary(path: Path, encoding: str = "auto") -> Glossary:
    """The glossary of a file, for both directions; see `read_termbase`."""
    return read_termbase(path, encoding).glossary


def read_termbase(path: Path, encoding: str = "auto") -> Termbase:
    """Read TBX, TMX, or a TSV or CSV file of two columns, told by content.

    A table is UTF-8, or in `encoding` (that of the texts) when it is not; XML says its own.

    Raises:
        InputError: unreadable, no such format, or a line without two terms.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    if data.lstrip(b"\xef\xbb\xbf\xff\xfe\xfe\xff \t\r\n").replace(b"\0", b"")[:1] == b"<":
        from taibao_cli.patents.termbase.xml import read_xml_terms

        return Termbase.of(read_xml_terms(data, str(path)))
    try:
        text = read_text(path, "utf-8")
    except InputError:
        text = read_text(path, encoding)
    return Termbase.of(read_table_terms(text, str(path)))


def hints_of(model: Model, glossary: Glossary | None = None) -> HintsOf | None:
    """What finds the renderings of a text: the model's lexicon, the user's glossary (it wins), or None for neither."""
    if model.lexicon is None and glossary is None:
        return None
    lexicon = Lexicon.load(model.lexicon) if model.lexicon is not None else Lexicon({}, {})
    return lexicon_hints(lexicon, glossary)
