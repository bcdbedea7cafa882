from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.knowledge.store.html import html_text
from taibao_cli.knowledge.store.statute import read_statute
from taibao_cli.knowledge.store.wrapped import unwrapped
from tests.cli.shell import taibao
from tests.knowledge.store.texts import PATENT_LAW

PAGE = """<!DOCTYPE html><html><head><title>专利法 - 某网站</title><style>p{}</style>
<script>document.write("第九十九条 伪造。")</script></head><body>
<h1>中华人民共和国专利法</h1><p>（2020年10月17日第四次修正）</p><h2>第一章&nbsp;总则</h2>
<p>第一条&emsp;为了保护专利权，<b>制定</b>本法。</p>
<div>第二条 对下列各项，不授予专利权：<br>（一）科学发现；<br>（二）数学 &lt;方法&gt;。</div>
<iframe src="http://example.org/x">第三条 隐藏。</iframe></body></html>"""


def test_a_page_becomes_articles() -> None:
    statute = read_statute(html_text(PAGE))
    assert statute.title == "中华人民共和国专利法"
    assert [statute.body_of(one) for one in statute.articles] == [
        "为了保护专利权，制定本法。",
        "对下列各项，不授予专利权：\n\n（一）科学发现；\n\n（二）数学 <方法>。",
    ]
    assert "伪造" not in statute.text
    assert "隐藏" not in statute.text


def test_the_title_stands_in_for_a_missing_heading() -> None:
    assert html_text("<title>商标法</title><p>第一条 甲。") == "# 商标法\n\n第一条 甲。\n"


@given(st.text(alphabet="<>/ph1b&;#x专利法第一条scriptstyle\"'= \n", max_size=80))
def test_no_page_breaks_it(page: str) -> None:
    assert "\0" not in html_text(page)


def _articles(done: object) -> bytes:
    return done.stdout  # type: ignore[attr-defined,no-any-return]


def test_word_and_html_hold_the_same_articles(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    document = docx.Document()
    for line in PATENT_LAW.splitlines():
        if line.startswith("#"):
            document.add_heading(line.lstrip("# "), level=1)
        elif line.strip():
            document.add_paragraph(line)
    data = io.BytesIO()
    document.save(data)
    (tmp_path / "law.docx").write_bytes(data.getvalue())
    (tmp_path / "law.html").write_text(
        "".join(f"<h1>{line.lstrip('# ')}</h1>" if line.startswith("#") else f"<p>{line}</p>"
                for line in PATENT_LAW.splitlines()), encoding="utf-8"
    )  # fmt: skip
    (tmp_path / "law.md").write_text(PATENT_LAW, encoding="utf-8")
    shown = []
    for name in ("law.md", "law.docx", "law.html"):
        added = taibao("kb", "add", name, "--law", "专利法", "--version", "2020-10-17", home=tmp_path)
        assert added.returncode == 0, added.stderr
        shown.append([taibao("kb", "show", "专利法", place, home=tmp_path).stdout for place in ("1", "2.1.2", "4")])
        assert b"5 articles" in added.stdout
    assert [one[0].splitlines()[-1] for one in shown] == [shown[0][0].splitlines()[-1]] * 3
    assert [one[2] for one in shown] == [shown[0][2]] * 3


def test_pdf(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
    lines = ["The Act", "Article 1 This act protects the inventions of", "everybody.",
             "Article 2 The term is twenty years."]  # fmt: skip
    (tmp_path / "law.pdf").write_bytes(_pdf(lines))
    added = taibao("kb", "add", "law.pdf", "--law", "Act X", home=tmp_path)
    assert b"2 articles (law.pdf)" in added.stdout, added.stderr
    assert b"The term is twenty years." in taibao("kb", "show", "Act X", "2", home=tmp_path).stdout
    assert b"inventions of everybody." in taibao("kb", "show", "Act X", "1", home=tmp_path).stdout


def test_lines_of_a_page_are_put_together_again() -> None:
    page = ["中华人民共和国专利法", "第一章 总 则", "第一条 为了保护专利权人的合法权益，鼓励发明创造，推动发明创",
            "造的应用，制定本法。",
            "第二条 对下列各项，不授予专利权：", "（一）科学发现；", "（二）智力活动的规则。"]  # fmt: skip
    assert unwrapped([page]).splitlines() == [
        "中华人民共和国专利法",
        "第一章 总则",
        "第一条 为了保护专利权人的合法权益，鼓励发明创造，推动发明创造的应用，制定本法。",
        "第二条 对下列各项，不授予专利权：",
        "（一）科学发现；",
        "（二）智力活动的规则。",
    ]


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    pytest.importorskip("docx")
    (tmp_path / "a.docx").write_bytes(b"PK\x03\x04 damaged")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4 damaged")
    for name in ("a.docx", "b.pdf"):
        done = taibao("kb", "add", name, home=tmp_path)
        assert (done.returncode, done.stdout) == (4, b"")
        assert done.stderr.startswith(f"taibao: {name}: not a ".encode())


def _pdf(lines: list[str]) -> bytes:
    """A page of Helvetica, one line below the other."""
    text = "BT /F1 12 Tf 72 720 Td " + " ".join(f"({line}) Tj 0 -20 Td" for line in lines) + " ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    data, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    trailer = (
        f"xref\n0 6\n0000000000 65535 f \n{table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
    )
    return data + trailer.encode()
