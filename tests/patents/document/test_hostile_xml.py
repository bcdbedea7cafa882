"""XML made to harm is refused, in bounded memory and time."""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from taibao_cli.errors import InputError
from taibao_cli.patents.document.patent import Patent
from taibao_cli.patents.document.read import read_stream
from taibao_cli.patents.document.reading import Unread
from taibao_cli.patents.document.xml.parse import MAX_BYTES, MAX_MARKS, parse
from taibao_cli.patents.document.xml.split import split_documents

DOCUMENTS = Path(__file__).parents[2] / "fixtures" / "documents"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
BOMBS = {
    "billion laughs": f'<!DOCTYPE claims [<!ENTITY l0 "ha">{LAUGHS}]><claims>&l11;</claims>',
    "quadratic": f'<!DOCTYPE claims [<!ENTITY a "{"a" * 50_000}">]><claims>{"&a;" * 50_000}</claims>',
    "in an attribute": f'<!DOCTYPE claims [<!ENTITY l0 "ha">{LAUGHS}]><claims lang="&l11;"/>',
    "parameter entity": '<!DOCTYPE claims [<!ENTITY % x SYSTEM "http://localhost:1/x">%x;]><claims/>',
    "external file": '<!DOCTYPE claims [<!ENTITY x SYSTEM "file:///etc/passwd">]><claims>&x;</claims>',
}


def only(data: bytes) -> Unread:
    (found,) = read_stream(io.BytesIO(data), "bad.xml")
    assert isinstance(found, Unread), found
    return found


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_entities_are_refused(bomb: str, encoding: str) -> None:
    started = time.perf_counter()
    reason = only(('<?xml version="1.0"?>' + bomb).encode(encoding)).reason
    assert "declares XML entities" in reason
    assert time.perf_counter() - started < 1


def test_entities_in_an_encoding_that_hides_them_are_refused() -> None:
    for name in ("UTF-7", "UTF-32", "IBM037", "nonsense"):
        data = f'<?xml version="1.0" encoding="{name}"?><claims/>'.encode()
        assert f"in the encoding {name}, which is not read" in only(data).reason


def test_an_encoding_that_python_knows_by_another_name_is_read() -> None:
    assert parse(b'<?xml version="1.0" encoding="utf"?><claims/>', "x").tag == "claims"
    with pytest.raises(InputError, match="encoding"):
        parse(b'<?xml version="1.0" encoding="ansi_x3.4_1986x"?><claims/>', "x")


def test_pictures_declared_as_unparsed_entities_are_read_past() -> None:
    doctype = '<!DOCTYPE x [<!NOTATION TIF SYSTEM ""><!ENTITY P.TIF SYSTEM "P.TIF" NDATA TIF>]>'
    root = parse(f"<?xml version='1.0'?>{doctype}<x><claims/></x>".encode(), "x")
    assert root.tag == "x"


def test_deep_nesting_is_refused() -> None:
    for depth in (300, 1_000_000):
        assert "not well-formed" in only(b"<claims>" + b"<a>" * depth + b"</a>" * depth + b"</claims>").reason


@pytest.mark.parametrize("name", ["cn-application", "cn-publication", "us-grant", "ep-st36", "st96"])
def test_every_truncation_is_refused(name: str) -> None:
    data = (DOCUMENTS / f"{name}.xml").read_bytes().rstrip()
    assert isinstance(next(read_stream(io.BytesIO(data), "x")), Patent)
    for cut in range(40, len(data) - 1, 97):
        assert "not well-formed XML" in only(data[:cut]).reason


def test_a_long_document_is_skipped_and_the_next_one_read() -> None:
    good = (DOCUMENTS / "us-application.xml").read_bytes()
    long = b'<?xml version="1.0"?><claims>' + b"<p>" + b"a" * (MAX_BYTES + 10) + b"</p></claims>"
    first, second = read_stream(io.BytesIO(long + good), "x")
    assert isinstance(first, Unread)
    assert first.reason == "longer than 32 MB"
    assert isinstance(second, Patent)
    assert second.id == "US20180123456A1"


def test_too_many_elements_or_attributes_are_refused() -> None:
    with pytest.raises(InputError, match="elements and attributes"):
        parse(b"<x>" + b"<a/>" * MAX_MARKS + b"</x>", "x")
    attributes = b"".join(b' a%d=""' % number for number in range(200_000))
    started = time.perf_counter()
    only(b"<claims" + attributes + b"></claims>")
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize("cut", [1, 7, 1 << 20, (1 << 20) - 3, (1 << 20) + 5])
def test_documents_are_split_wherever_a_chunk_ends(cut: int) -> None:
    one = b'<?xml version="1.0"?><?xml-stylesheet href="x"?><a>' + b"x" * cut + b"</a>\n"
    two = b"<?xml\nversion='1.0'?><b/>"
    assert list(split_documents(io.BytesIO(b"\xef\xbb\xbf" + one + two))) == [one, two]
    assert list(split_documents(io.BytesIO(b" \n"))) == []


HUNDRED_MEGABYTES = """
import resource, sys, time
from pathlib import Path
from taibao_cli.patents.document.read import read_patents
limit = 600 << 20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
started = time.perf_counter()
found = list(read_patents(Path(sys.argv[1])))
print(len(found), found[0].reason, time.perf_counter() - started < 20)
"""


@pytest.mark.parametrize("inner", [b"<a/>", b"<p>text</p>", b" "], ids=["elements", "paragraphs", "blanks"])
def test_100_megabytes_are_refused_in_bounded_memory(tmp_path: Path, inner: bytes) -> None:
    path = tmp_path / "large.xml"
    with path.open("wb") as file:
        file.write(b'<?xml version="1.0"?><claims>')
        for _ in range(100):
            file.write(inner * ((1 << 20) // len(inner)))
        file.write(b"</claims>")
    command = [sys.executable, "-c", HUNDRED_MEGABYTES, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "1 longer than 32 MB True\n", done.stderr


def test_the_worst_document_below_all_limits_takes_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "worst.xml"
    path.write_bytes(b"<x><claims>" + b'<a b=""/>' * (MAX_MARKS // 2 - 10) + b"</claims></x>")
    command = [sys.executable, "-c", HUNDRED_MEGABYTES.replace("600 << 20", "1500 << 20"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "holds no text of a patent" in done.stdout, done.stderr
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 1_500_000
