"""PDF files with text: columns, line numbers, running heads, wrapped lines; scans are refused."""

from __future__ import annotations

import io

import pytest

from taibao_cli.patents.document.patent import Patent
from taibao_cli.patents.document.pdf.order import ordered
from taibao_cli.patents.document.pdf.unwrap import paragraphs
from taibao_cli.patents.document.read import read_stream
from taibao_cli.patents.document.reading import Reading, Unread
from tests.patents.document.pdfs import Line, pdf

pytest.importorskip("pypdf")


def read(data: bytes) -> Reading:
    (found,) = read_stream(io.BytesIO(data), "a.pdf")
    return found


def patent(data: bytes) -> Patent:
    found = read(data)
    assert isinstance(found, Patent), found
    return found


def column(x: float, top: float, *lines: str) -> list[Line]:
    return [(x, top - 12 * at, line) for at, line in enumerate(lines)]


LEFT = (
    "SUMMARY",
    "A pump has a casing and an impel-",
    "ler, and a seal that is made of a",
    "well-known rubber.",
    "The casing holds the impeller and",
    "is closed by a cover of steel.",
    "It is well-known that pumps leak.",
    "What is claimed is:",
)
RIGHT = (
    "1. A pump comprising a casing and",
    "an impeller in the casing, the",
    "impeller having two blades.",
    "2. The pump of claim 1, wherein",
    "the casing is made of steel or of",
    "brass.",
    "3. The pump of claim 1 or 2,",
    "further comprising a seal.",
)


def american() -> bytes:
    gutter = [(300.0, 700 - 12 * at, str(number)) for at, number in ((2, 5), (4, 10), (6, 15))]
    first = [(280.0, 740.0, "US 9,999,999 B2"), *column(60, 700, *LEFT), *column(330, 700, *RIGHT), *gutter]
    return pdf([first])


def test_two_columns_with_line_numbers_between_them() -> None:
    found = patent(american())
    assert [(claim.number, claim.text, claim.refers) for claim in found.claims] == [
        (1, "A pump comprising a casing and an impeller in the casing, the impeller having two blades.", ()),
        (2, "The pump of claim 1, wherein the casing is made of steel or of brass.", (1,)),
        (3, "The pump of claim 1 or 2, further comprising a seal.", (1, 2)),
    ]
    texts = [paragraph.text for _, paragraph in found.paragraphs()]
    assert "A pump has a casing and an impeller, and a seal that is made of a well-known rubber." in texts
    assert found.description[-1].kind == "summary"


def test_a_page_of_one_column_keeps_its_order() -> None:
    lines = [
        f"Line {number} goes from the left margin to the right one, without any gap in it." for number in range(30)
    ]
    assert ordered(["\n".join(lines)]) == [lines]


def test_running_heads_and_page_numbers_are_left_out() -> None:
    texts = [[f"Text of page {letter}.", f"More of {letter}."] for letter in "abcde"]
    pages = ["\n".join(["   US 2018/0123456 A1", str(at), *text, f"   - {at} -"]) for at, text in enumerate(texts)]
    assert ordered(pages) == texts


def chinese() -> bytes:
    head = "CN 110083831 A          权　利　要　求　书          1/1 页"
    claims = column(
        60, 700,
        "1．一种水泵，其特征在于，包括泵壳和叶轮，所述叶轮设在所述泵壳内，所述泵壳由铸铁制",
        "成，并设有密封圈。",
        "2．根据权利要求1所述的水泵，其特征在于，所述叶轮有两片叶片。",
    )  # fmt: skip
    second = "CN 110083831 A          说　明　书          1/1 页"
    text = column(
        60, 700, "一种水泵", "技术领域", "[0001]　本发明涉及水泵。", "背景技术",
        "[0002]　现有的水泵噪声大，寿命短，密封圈容易老化，维修时需要拆下整个泵壳，费时费力，成",
        "本高。",
    )  # fmt: skip
    return pdf([[(60.0, 740.0, head), *claims], [(60.0, 740.0, second), *text], []])


def test_a_chinese_publication() -> None:
    found = patent(chinese())
    assert [(claim.number, claim.refers) for claim in found.claims] == [(1, ()), (2, (1,))]
    assert found.claims.claims[0].text.endswith("所述泵壳由铸铁制成，并设有密封圈。")
    assert [(section.kind, [p.id for p in section.paragraphs]) for section in found.description[-2:]] == [
        ("field", ["0001"]),
        ("background", ["0002"]),
    ]
    assert found.by_id["0002"].text.endswith("费时费力，成本高。")
    assert found.notes == ("pages without text, drawings or scans: 3",)


def test_a_scan_is_refused_in_so_many_words() -> None:
    found = read(pdf([[], []], picture=True))
    assert isinstance(found, Unread)
    assert found.reason == "a.pdf: 2 pages without text, probably scanned; run OCR over it first"


def test_damaged_files_are_refused() -> None:
    data = american()
    for cut in (9, 200, len(data) // 2):
        found = read(data[:cut])
        assert isinstance(found, (Unread, Patent))
    found = read(b"%PDF-1.7 nothing else")
    assert isinstance(found, Unread)
    assert "not a PDF file that can be read" in found.reason


def test_a_hyphen_stays_where_the_word_has_it_elsewhere() -> None:
    assert paragraphs([["a well-", "known and well-known in-", "vention of some length here."]]) == (
        "a well-known and well-known invention of some length here."
    )
