"""Records of exports: names of columns, numbers, languages, codes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taibao_cli.errors import InputError, UsageError
from taibao_cli.patents.document.columns import COLUMNS, field_of, parse_maps
from taibao_cli.patents.document.dates import iso_date
from taibao_cli.patents.document.patent import Code, DocumentNumber, Origin, Patent, Translation
from taibao_cli.patents.document.record import fields_of_object, patent_of

HERE = Origin("file", "json")


def read(record: dict[str, Any]) -> Patent:
    return patent_of(fields_of_object(record), HERE)


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("公开（公告）号", "publication"),
        ("公开(公告)号", "publication"),
        ("[标]公开号", "publication"),
        ("Publication Number", "publication"),
        ("Display Key", "publication"),
        ("标题(译)(简体中文)", "title_zh"),
        ("标题(译)(English)", "title_en"),
        ("首项权利要求", "claim"),
        ("主权项", "claim"),
        ("IPC主分类号", "ipc_main"),
        ("被引用专利数量", None),
    ],
)
def test_names_of_columns(column: str, field: str | None) -> None:
    assert field_of(column) == field


def test_maps_win_and_must_be_there() -> None:
    assert COLUMNS.fields_of(["摘要", "Zusammenfassung"], {"zusammenfassung": "abstract"}, "f") == [None, "abstract"]
    with pytest.raises(InputError, match="no column zusammenfassung; there are 摘要"):
        COLUMNS.fields_of(["摘要"], {"zusammenfassung": "abstract"}, "f")
    with pytest.raises(InputError, match="none of the columns Datum, ipc is known"):
        COLUMNS.fields_of(["Datum", "ipc"], {}, "f")
    assert parse_maps(["title=发明名称（译）"]) == {"发明名称(译)": "title"}
    for wrong in ("title", "titel=A", "title="):
        with pytest.raises(UsageError):
            parse_maps([wrong])


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("CN110083831A", ("CN", "110083831", "A")),
        ("US-5072544-A", ("US", "5072544", "A")),
        ("US 2020/0123456 A1", ("US", "2020/0123456", "A1")),
        ("CN201910302430.1", ("CN", "201910302430.1", "")),
        ("CN96117076.X", ("CN", "96117076.X", "")),
        ("WO2020123456A1", ("WO", "2020123456", "A1")),
        ("12345", ("", "12345", "")),
    ],
)
def test_numbers(written: str, read_as: tuple[str, str, str]) -> None:
    number = read({"publication number": written, "title": "t"}).publication
    assert number is not None
    assert (number.country, number.number, number.kind) == read_as


def test_dates() -> None:
    assert {
        iso_date(each) for each in ("20190802", "2019.08.02", "2019-8-2", "2019年8月2日", "2019-08-02T00:00:00")
    } == {"2019-08-02"}
    assert [iso_date(each) for each in ("", "2019", "20191345", "2019-02-30", "0", "soon")] == [""] * 6


def test_both_languages_of_a_database() -> None:
    record = {
        "公开号": "CN1A",
        "标题(译)(简体中文)": "水泵",
        "标题(译)(English)": "Pump",
        "摘要": "水泵。",
        "申请日": "2013-01-21",
    }
    patent = read(record)
    assert (patent.lang, patent.title, patent.abstract) == ("zh", "水泵", "水泵。")
    assert patent.translations == (Translation("en", "Pump"),)
    assert patent.application == DocumentNumber("", "", "", "2013-01-21")
    american = read({**record, "公开号": "US1234567B2"})
    assert (american.lang, american.title, american.translations) == (
        "en",
        "Pump",
        (Translation("zh", "水泵", "水泵。"),),
    )


def test_a_printed_list_of_bigquery() -> None:
    record = {
        "publication_number": "US-5072544-A",
        "title_localized": "[{'text': 'Türe', 'language': 'de'}, {'text': 'Pet door', 'language': 'en'}]",
        "claims_localized": "[{'text': 'I claim: \\n 1. A door. \\n 2. The door of claim 1.', 'language': 'en'}]",
    }
    patent = read(record)
    assert (patent.title, [(claim.number, claim.refers) for claim in patent.claims]) == (
        "Pet door",
        [(1, ()), (2, (1,))],
    )
    assert read({"title": "[{" * 3000, "abstract": "A door."}).abstract == "A door."


def test_a_record_of_the_lens_api() -> None:
    patent = read(
        {
            "lens_id": "000-111",
            "jurisdiction": "EP",
            "doc_number": "1000000",
            "kind": "A1",
            "date_published": "2000-05-17",
            "lang": "en",
            "biblio": {
                "invention_title": [{"text": "Pompe", "lang": "fr"}, {"text": "Pump", "lang": "en"}],
                "application_reference": {"jurisdiction": "EP", "doc_number": "99203729", "date": "1999-11-08"},
                "classifications_ipcr": {"classifications": [{"symbol": "F04D29/22"}]},
                "classifications_cpc": {"classifications": [{"symbol": "F04D29/2222"}]},
            },
            "abstract": [{"text": "A pump.", "lang": "en"}],
            "claims": [
                {"lang": "de", "claims": [{"claim_text": ["1. Pumpe."]}]},
                {"lang": "en", "claims": [{"claim_text": ["1. A pump."]}, {"claim_text": ["2. The pump of claim 1."]}]},
            ],
            "description": {"text": "TECHNICAL FIELD\n[0001] Pumps.", "lang": "en"},
        }
    )
    assert (patent.id, patent.name, patent.title, patent.abstract) == ("EP1000000A1", "000-111", "Pump", "A pump.")
    assert patent.application == DocumentNumber("EP", "99203729", "", "1999-11-08")
    assert patent.codes == (Code("ipc", "F04D 29/22"), Code("cpc", "F04D 29/2222"))
    assert [(claim.number, claim.refers) for claim in patent.claims] == [(1, ()), (2, (1,))]
    assert [(section.kind, section.paragraphs[0].id) for section in patent.description] == [("field", "0001")]


def test_only_the_first_claim_is_said() -> None:
    patent = read({"摘要": "水泵。", "主权项": "1.一种水泵，包括泵壳。"})
    assert [(claim.number, claim.text) for claim in patent.claims] == [(1, "一种水泵，包括泵壳。")]
    assert patent.notes == ("the source gives its first or its independent claims only",)


def test_steps_numbered_inside_a_listed_claim_stay_in_it() -> None:
    patent = read({"claims": ["1. A method comprising:\n1. mixing;\n2. heating.", "2. The method of claim 1."]})
    assert [(claim.number, claim.refers) for claim in patent.claims] == [(1, ()), (2, (1,))]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["title", "abstract", "claims", "description", "biblio", "dates", "text", "ipc", "pn", "kind", "lang"]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_no_record_is_too_strange(record: dict[str, Any]) -> None:
    assert read(record).lang in ("zh", "en")
