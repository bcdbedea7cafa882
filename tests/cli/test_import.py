"""`taibao import` as users run it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import Done, taibao

DOCUMENTS = Path(__file__).parents[1] / "fixtures" / "documents"
SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "samples"


def rows(done: Done) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_files_of_several_formats_become_rows_in_order(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Pump\n\nABSTRACT\nA pump.\n", encoding="utf-8")
    names = ["cn-publication", "us-grant", "st96"]
    done = taibao("import", *(DOCUMENTS / f"{name}.xml" for name in names), "a.txt", home=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert [(row["id"], row["lang"], row["format"]) for row in rows(done)] == [
        ("CN1234567A", "zh", "cnipa"),
        ("US09999999B2", "en", "us-grant"),
        ("WO2020123456A1", "en", "st96"),
        ("a.txt", "en", "text"),
    ]


def test_an_output_is_written_whole_and_never_over_another(tmp_path: Path) -> None:
    given = ("import", DOCUMENTS / "us-grant.xml", "-o", "patents.jsonl")
    done = taibao(*given, home=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"taibao: 1 patents are in patents.jsonl\n")
    assert json.loads((tmp_path / "patents.jsonl").read_text(encoding="utf-8"))["title"] == "Quiet pump"
    assert taibao(*given, home=tmp_path).returncode == 1
    assert taibao(*given, "--overwrite", home=tmp_path).returncode == 0


def test_its_rows_are_input_of_batch_and_check(tmp_path: Path) -> None:
    done = taibao("import", DOCUMENTS / "us-grant.xml", home=tmp_path)
    answered = rows(taibao("batch", "-", "--task", "title", home=tmp_path, stdin=done.stdout))
    assert [(row["id"], row["error"]) for row in answered] == [("US09999999B2", None)]
    checked = rows(taibao("check", "--json", "-", home=tmp_path, stdin=done.stdout))
    assert [row["id"] for row in checked] == ["US09999999B2"]


def test_parts_of_one_application_come_together(tmp_path: Path) -> None:
    whole = (DOCUMENTS / "cn-application.xml").read_text(encoding="utf-8")
    head = whole[: whole.index("<cn-claims>")]
    claims = whole[whole.index("<cn-claims>") : whole.index("<description>")]
    rest = whole[whole.index("<description>") : whole.index("</cn-application-body>")]
    drawings = '<cn-drawings><figure id="f1" num="1"/></cn-drawings>'
    for name, part in (("1", claims), ("2", rest), ("3", drawings)):
        (tmp_path / f"{name}.xml").write_text(head + part + "</cn-application-body>", encoding="utf-8")
    (row,) = rows(taibao("import", "--together", "1.xml", "2.xml", "3.xml", home=tmp_path))
    (known,) = rows(taibao("import", DOCUMENTS / "cn-application.xml", home=tmp_path))
    assert {**row, "id": "", "file": ""} == {**known, "id": "", "file": ""}
    twice = taibao("import", "--together", "1.xml", DOCUMENTS / "us-grant.xml", home=tmp_path)
    assert (twice.returncode, b"both have claims" in twice.stderr) == (2, True)


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    good = (DOCUMENTS / "us-grant.xml").read_bytes()
    (tmp_path / "some.xml").write_bytes(good + b'<?xml version="1.0"?><cut>' + good)
    some = taibao("import", "some.xml", home=tmp_path)
    assert (some.returncode, len(rows(some))) == (3, 2)
    assert some.stderr.startswith(b"taibao: some.xml, document 2: not well-formed XML: ")
    (tmp_path / "none.xml").write_bytes(good[:300])
    none = taibao("import", "none.xml", "-o", "out.jsonl", home=tmp_path)
    assert (none.returncode, none.stdout, (tmp_path / "out.jsonl").exists()) == (4, b"", False)
    assert taibao("import", "missing.xml", home=tmp_path).returncode == 4
    assert taibao("import", home=tmp_path).returncode == 2


def test_chinese_text_in_gb18030(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("摘要\n本发明公开一种水泵及其使用方法。\n它的噪声小。\n".encode("gb18030"))
    done = taibao("import", "a.txt", home=tmp_path)
    assert rows(done)[0]["abstract"] == "本发明公开一种水泵及其使用方法。\n它的噪声小。"
    assert b"read as GB18030" in done.stderr


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not beside this checkout")
def test_every_sample_document_is_read(tmp_path: Path) -> None:
    files = sorted([*SAMPLES.glob("cnipa-xml/*.xml"), *SAMPLES.glob("text/*.txt")])
    done = taibao("import", *files, home=tmp_path)
    found = rows(done)
    assert (done.returncode, len(files), len(found)) == (3, 19, 16)
    assert done.stderr.count(b"perhaps only drawings") == 3
    assert sum(len(row.get("claims", ())) for row in found) == 222
