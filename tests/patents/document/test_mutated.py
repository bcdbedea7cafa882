"""Documents with bytes changed at random are read or refused, and nothing else happens."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taibao_cli.patents.document.patent import Patent
from taibao_cli.patents.document.read import read_stream
from taibao_cli.patents.document.reading import Unread
from taibao_cli.patents.document.row import row_of
from tests.patents.document.pdfs import pdf

Changes = list[tuple[float, int, bytes]]
DOCUMENTS = sorted((Path(__file__).parents[2] / "fixtures" / "documents").glob("*.xml"))
_BEGIN = 6
"""Bytes that tell XML from a text; they stay."""

PIECES = [
    b"<",
    b">",
    b"&lt;",
    b"<p>",
    b"</p>",
    b'num="',
    b"<claim>",
    b"</claims>",
    b"&x;",
    b"\xe6\xb0",
    b"<br/>",
    b"1.",
    b"",
]


CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(PIECES)), min_size=1, max_size=4)


def changed(data: bytes, changes: Changes) -> bytes:
    for where, gone, piece in changes:
        at = _BEGIN + int(where * (len(data) - _BEGIN))
        data = data[:at] + piece + data[at + gone :]
    return data


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
@settings(max_examples=60, deadline=None)
@given(
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(PIECES)), min_size=1, max_size=4)
)
def test_mutated_documents(path: Path, changes: list[tuple[float, int, bytes]]) -> None:
    data = path.read_bytes()
    for where, gone, piece in changes:
        at = _BEGIN + int(where * (len(data) - _BEGIN))
        data = data[:at] + piece + data[at + gone :]
    for found in read_stream(io.BytesIO(data), "x.xml"):
        assert isinstance(found, (Patent, Unread))
        if isinstance(found, Patent):
            row = row_of(found)
            assert all(isinstance(claim, str) for claim in row.get("claims", []))


@settings(max_examples=40, deadline=None)
@given(CHANGES)
def test_mutated_word_documents(changes: Changes) -> None:
    docx = pytest.importorskip("docx")
    made, stream = docx.Document(), io.BytesIO()
    made.add_paragraph("A pump.")
    made.save(stream)
    (found,) = read_stream(io.BytesIO(changed(stream.getvalue(), changes)), "x.docx")
    assert isinstance(found, (Patent, Unread))


@settings(max_examples=60, deadline=None)
@given(CHANGES)
def test_mutated_pdf_files(changes: Changes) -> None:
    pytest.importorskip("pypdf")
    data = pdf([[(60.0, 700.0, "1. A pump comprising a casing.")], [(60.0, 700.0, "2. The pump of claim 1.")]])
    (found,) = read_stream(io.BytesIO(changed(data, changes)), "x.pdf")
    assert isinstance(found, (Patent, Unread))
