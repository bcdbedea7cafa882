"""`taibao import` as users run it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import Done, process, taibao

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


def test_an_archive_of_the_parts_of_an_application_is_one_patent(tmp_path: Path) -> None:
    whole = (DOCUMENTS / "cn-application.xml").read_text(encoding="utf-8")
    head = whole[: whole.index("<cn-claims>")]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, part in (
            ("100001/c.xml", whole[whole.index("<cn-claims>") : whole.index("<description>")]),
            ("100002/d.xml", whole[whole.index("<description>") : whole.index("</cn-application-body>")]),
            ("100003/e.xml", '<cn-drawings><figure id="f1" num="1"/></cn-drawings>'),
        ):
            archive.writestr(name, head + part + "</cn-application-body>")
        archive.writestr("a.tif", b"picture")
    (row,) = rows(taibao("import", "a.zip", home=tmp_path))
    (known,) = rows(taibao("import", DOCUMENTS / "cn-application.xml", home=tmp_path))
    assert {**row, "id": "", "file": ""} == {**known, "id": "", "file": ""}
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for name in ("us-grant", "ep-st36"):
            archive.write(DOCUMENTS / f"{name}.xml", f"{name}.xml")
        archive.writestr("z.xml", "<cut>")
    done = taibao("import", "b.zip", home=tmp_path)
    assert (done.returncode, [row["id"] for row in rows(done)]) == (3, ["EP1000000B1", "US09999999B2"])
    assert b"b.zip/z.xml: not well-formed" in done.stderr


def test_a_folder_is_read_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "in" / "b").mkdir(parents=True)
    for name, place in (("us-grant", "in/b/1.xml"), ("ep-st36", "in/a.xml"), ("st96", "in/.hidden.xml")):
        (tmp_path / place).write_bytes((DOCUMENTS / f"{name}.xml").read_bytes())
    assert [row["id"] for row in rows(taibao("import", "in", home=tmp_path))] == ["EP1000000B1", "US09999999B2"]


def test_a_file_that_is_no_text_kept_the_others_from_being_read(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.bin").write_bytes(b"\x80\x00junk")
    (tmp_path / "in" / "b.txt").write_bytes("摘要\n一种水泵。\n".encode("utf-16"))
    (tmp_path / "in" / "c.txt").write_text("摘要\n一种水泵。\n", encoding="utf-8")
    done = taibao("import", "in", "missing.xml", home=tmp_path)
    assert (done.returncode, [row["id"] for row in rows(done)]) == (3, ["in/c.txt"])
    assert [line.partition(": ")[2].split(": ")[0] for line in done.stderr.decode().splitlines()] == [
        "in/a.bin",
        "in/b.txt",
        "missing.xml",
    ]
    assert b"b.txt: is UTF-16" in done.stderr


@pytest.mark.parametrize("name", ["us-grant.xml", "packed.zip"])
def test_standard_input_is_read_too(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.write(DOCUMENTS / "us-grant.xml", "us-grant.xml")
    folder = DOCUMENTS if name.endswith("xml") else tmp_path
    done = process("import", "-", home=tmp_path, stdin=(folder / name).read_bytes())
    assert [row["id"] for row in rows(done)] == ["US09999999B2"], done.stderr


def test_a_row_that_batch_would_refuse_is_said(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("DESCRIPTION\nBACKGROUND ART\n" + "Pumps are loud. " * 300_000, encoding="utf-8")
    done = taibao("import", "long.txt", "-o", "out.jsonl", home=tmp_path)
    assert done.returncode == 0
    assert b"long.txt: its row is over 4 MB" in done.stderr


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


TABLE = "公开（公告）号,公开（公告）日,名称,摘要,主权项,分类号\n"
TABLE += "CN1A,2013.01.02,水泵,一种水泵。,一种水泵，包括泵壳。,F04D29/22(2006.01)I\n"


def test_tables_of_databases(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(TABLE + "CN2A,1,2,3,4,5,6\n", encoding="utf-8-sig")
    done = taibao("import", "a.csv", home=tmp_path)
    assert done.returncode == 3
    assert rows(done) == [
        {
            "id": "CN1A",
            "lang": "zh",
            "title": "水泵",
            "abstract": "一种水泵。",
            "claims": ["1. 一种水泵，包括泵壳。"],
            "publication": "CN1A",
            "dates": {"publication": "2013-01-02"},
            "ipc": ["F04D 29/22"],
            "file": "a.csv",
            "place": "line 2",
            "format": "table",
            "notes": ["the source gives its first or its independent claims only"],
        }
    ]
    assert b"a.csv, line 3: 7 cells under 6 columns" in done.stderr


def test_columns_of_any_name_with_a_mapping_file(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("Nr\tZusammenfassung\tTitel\nUS1A\tA pump.\tPump\n", encoding="utf-8")
    (tmp_path / "maps").write_text("# of our own\nabstract=Zusammenfassung\npublication=Nr\n", encoding="utf-8")
    assert taibao("import", "a.tsv", home=tmp_path).returncode == 4
    (row,) = rows(taibao("import", "a.tsv", "--map-file", "maps", "--map", "title=Titel", home=tmp_path))
    assert (row["id"], row["title"], row["abstract"]) == ("US1A", "Pump", "A pump.")


def test_exports_of_google_patents_begin_with_the_address_of_the_search(tmp_path: Path) -> None:
    text = "search URL:,https://example.org/?q=pump\nid,title,filing/creation date\nUS-1234567-B2,Pump,2001-02-03\n"
    (tmp_path / "gp.csv").write_text(text, encoding="utf-8")
    (row,) = rows(taibao("import", "gp.csv", home=tmp_path))
    assert (row["id"], row["title"], row["dates"]) == ("US1234567B2", "Pump", {"filing": "2001-02-03"})


def test_json_lines_arrays_and_answers_of_services(tmp_path: Path) -> None:
    one, two = {"pn": "US1A", "title": "Pump"}, {"pn": "US2A", "title": "Valve"}
    forms = {
        "lines": f"{json.dumps(one)}\n{json.dumps(two)}\n",
        "array": json.dumps([one, two], indent=1),
        "answer": json.dumps({"total": 2, "data": [one, two]}, indent=1),
    }
    for name, text in forms.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert [row["id"] for row in rows(taibao("import", name, home=tmp_path))] == ["US1A", "US2A"], name
    (tmp_path / "bad").write_text('{"pn": "US1A", "title": "Pump"}\n{"pn": \n', encoding="utf-8")
    bad = taibao("import", "bad", home=tmp_path)
    assert (bad.returncode, len(rows(bad)), b"bad, line 2: not JSON" in bad.stderr) == (3, 1, True)
    (tmp_path / "bad").write_text("[" * 100_000, encoding="utf-8")
    assert taibao("import", "bad", home=tmp_path).returncode == 4


def test_its_own_rows_are_read_again_without_loss(tmp_path: Path) -> None:
    names = ["cn-publication", "us-grant", "ep-st36"]
    first = rows(taibao("import", *(DOCUMENTS / f"{name}.xml" for name in names), home=tmp_path))
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in first), encoding="utf-8")
    again = rows(taibao("import", "rows.jsonl", home=tmp_path))
    for old, new in zip(first, again, strict=True):
        place = {"file": "", "place": "", "format": ""}
        assert {**new, **place} == {**old, **place}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not beside this checkout")
def test_every_sample_export_is_read(tmp_path: Path) -> None:
    counts = {
        "exports/sipo-export-utf8-bom.csv": 40,
        "exports/sipo-export.xlsx": 20,
        "exports/cn-abstracts-A01B-gbk.csv": 40,
        "exports/cn-abstracts-A01C-gbk.csv": 40,
        "exports/patsnap-export-zh-en.csv": 30,
        "exports/patsnap-export-zh-en.xlsx": 15,
        "exports/title-keywords-abstract-cpc.csv": 12,
        "exports/google-bigquery-export.csv": 8,
        "exports/patsnap-record-EP0135822A2.xml": 1,
        "exports/patsnap-record-EP0266476A2.xml": 1,
        "json/uspto-application-US20210189353.json": 1,
        "json/us-grant-fulltext-cpc.json": 1,
        "json/cn-application-CN118524411A.json": 1,
        "demo_zh_200.jsonl": 200,
        "demo_en_200.jsonl": 200,
    }
    for name, count in counts.items():
        done = taibao("import", SAMPLES / name, home=tmp_path)
        found = rows(done)
        assert (done.returncode, len(found)) == (0, count), (name, done.stderr)
        assert all(row.get("title") or row.get("description") for row in found), name


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not beside this checkout")
def test_every_sample_document_is_read(tmp_path: Path) -> None:
    files = sorted([*SAMPLES.glob("cnipa-xml/*.xml"), *SAMPLES.glob("text/*.txt")])
    done = taibao("import", *files, home=tmp_path)
    found = rows(done)
    assert (done.returncode, len(files), len(found)) == (3, 19, 16)
    assert done.stderr.count(b"perhaps only drawings") == 3
    assert sum(len(row.get("claims", ())) for row in found) == 222
