"""What /open and @FILE make of patents in the formats of the offices."""

from __future__ import annotations

from pathlib import Path

import pytest

from taibao_cli.errors import InputError
from taibao_cli.repl.document import insert_files, open_document

DOCUMENTS = Path(__file__).parents[1] / "fixtures" / "documents"


def test_xml_opens_as_its_parts() -> None:
    document = open_document(DOCUMENTS / "cn-publication.xml")
    assert document.name == "cn-publication.xml"
    assert list(document.fields) == ["title", "abstract", "description", "claims"]
    assert document.fields["claims"].startswith("1. 一种水泵，其特征在于，包括：\n1）泵壳；")
    assert "[0004] 流量为" in document.text


def test_a_text_stays_as_it_is_and_claims_are_claims(tmp_path: Path) -> None:
    for name, text, fields in (
        ("a.txt", "A pump.\n\n\n  It is red.", {"text": "A pump.\n\n\n  It is red."}),
        ("b.txt", "1. A pump.\n2. The pump of claim 1.", {"claims": "1. A pump.\n2. The pump of claim 1."}),
        ("c.json", '{"title": "Pump", "text": "A pump."}', {"title": "Pump", "description": "[0001] A pump."}),
        ("d.json", '{"text": "A pump.\\nIt is red."}', {"text": "A pump.\nIt is red."}),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert dict(open_document(tmp_path / name).fields) == fields, name


def test_of_several_patents_the_first_is_open_and_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"id": "X", "abstract": "Pump."}\n{"id": "Y", "abstract": "Valve."}\n', encoding="utf-8"
    )
    document = open_document(tmp_path / "a.jsonl")
    assert (document.name, dict(document.fields)) == ("a.jsonl (X)", {"abstract": "Pump."})


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cut.xml").write_text("<?xml version='1.0'?><claims>", encoding="utf-8")
    (tmp_path / "empty.txt").write_text(" \n", encoding="utf-8")
    for name, why in (("cut.xml", "not well-formed"), ("empty.txt", "no text"), ("none.txt", "No such file")):
        with pytest.raises(InputError, match=why):
            open_document(tmp_path / name)


def test_a_file_named_in_a_message_is_read_as_a_patent() -> None:
    said = insert_files(f"What is claimed? @{DOCUMENTS / 'us-grant.xml'}")
    assert "<claim" not in said
    assert "2. The pump of claim 1, wherein the casing is made of steel." in said
