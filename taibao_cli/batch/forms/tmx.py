"""TMX 1.4b (LISA/ETSI GS LIS 002): translations as units of a translation memory.

Source and answer with as many lines as each other give a unit for each line, others one unit. Rows that failed give
none.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import Final
from xml.sax.saxutils import XMLGenerator

from taibao_cli import __version__
from taibao_cli.batch.forms.base import Form, Row, RowWriter, Sink
from taibao_cli.batch.forms.clean import clean
from taibao_cli.batch.output import has_failed
from taibao_cli.batch.record import Record
from taibao_cli.patents.language import Lang
from taibao_cli.tasks import Task, prepare

_LANGS: Final[dict[Lang, str]] = {"zh": "zh-CN", "en": "en"}


def pairs(source: str, answer: str) -> Iterator[tuple[str, str]]:
    """The texts line by line when both have as many, without blank ones; else as wholes."""
    lines = [[line.strip() for line in text.split("\n") if line.strip()] for text in (source, answer)]
    if len(lines[0]) == len(lines[1]):
        yield from zip(*lines, strict=True)
    else:
        yield source.strip(), answer.strip()


class _Tmx(RowWriter):
    def __init__(self, stream: Sink, task: Task) -> None:
        self._task = task
        self._xml = XMLGenerator(stream, "utf-8")
        self._units = count(1)
        self._xml.startDocument()
        self._open("tmx", version="1.4")
        self._open(
            "header",
            **{
                "creationtool": "taibao",
                "creationtoolversion": __version__,
                "segtype": "paragraph",
                "o-tmf": "taibao",
                "adminlang": "en",
                "srclang": "*all*",
                "datatype": "plaintext",
            },
        )
        self._close("header")
        self._open("body")

    def write(self, row: Row, record: Record | None) -> None:
        if has_failed(row) or record is None or record.row is None:
            return
        inputs = prepare(self._task, record.row)
        for source, answer in pairs(inputs.text, str(row["output"])):
            self._open("tu", tuid=str(next(self._units)))
            self._text("prop", str(row["id"]), type="x-id")
            if row["finish"] != "stop":
                self._text("prop", str(row["finish"]), type="x-finish")
            for lang, text in ((inputs.lang, source), (inputs.to, answer)):
                self._open("tuv", **{"xml:lang": _LANGS[lang]})
                self._text("seg", text)
                self._close("tuv")
            self._close("tu")

    def finish(self) -> None:
        self._close("body")
        self._close("tmx")
        self._xml.endDocument()

    def _open(self, name: str, **attributes: str) -> None:
        self._xml.startElement(name, attributes)  # type: ignore[arg-type]  # a mapping is all it needs

    def _close(self, name: str) -> None:
        self._xml.endElement(name)
        self._xml.ignorableWhitespace("\n")

    def _text(self, name: str, text: str, **attributes: str) -> None:
        self._open(name, **attributes)
        self._xml.characters(clean(text))
        self._xml.endElement(name)


def tmx(task: Task) -> Form:
    """For answers to `task`, of the family translation."""
    return Form("tmx", partial(_Tmx, task=task), shows_errors=False)
