"""What the readers find in documents of every office."""

from __future__ import annotations

import io
from pathlib import Path

from taibao_cli.patents.document.patent import Code, DocumentNumber, Patent
from taibao_cli.patents.document.read import read_stream
from taibao_cli.patents.document.row import row_of

DOCUMENTS = Path(__file__).parents[2] / "fixtures" / "documents"
Claims = list[tuple[int, str, tuple[int, ...]]]


def read(name: str) -> Patent:
    (patent,) = read_all(name)
    return patent


def read_all(*names: str) -> list[Patent]:
    data = b"".join((DOCUMENTS / f"{name}.xml").read_bytes() for name in names)
    found = list(read_stream(io.BytesIO(data), "file.xml"))
    assert all(isinstance(each, Patent) for each in found), found
    return [each for each in found if isinstance(each, Patent)]


def claims(patent: Patent) -> Claims:
    return [(claim.number, claim.text, claim.refers) for claim in patent.claims]


def sections(patent: Patent) -> list[tuple[str, str, list[str]]]:
    return [(each.kind, each.heading, [p.id + " " + p.text for p in each.paragraphs]) for each in patent.description]


def test_chinese_application() -> None:
    patent = read("cn-application")
    assert (patent.title, patent.abstract, patent.lang) == ("一种水泵", "一种水泵。", "zh")
    assert claims(patent) == [
        (1, "一种水泵，其特征在于：包括泵壳(1)和设在泵壳(1)内的叶轮(2)，体积为5m³。", ()),
        (2, "根据权利要求1所述的水泵，其特征在于：转速n满足\nn＝2a1，\n其中a为系数。", (1,)),
    ]
    assert sections(patent) == [
        ("field", "技术领域", ["0001 本发明涉及水泵。"]),
        ("embodiments", "具体实施方式", ["0002 如图1所示，水泵用MP3控制。", "0003 [image: A1.tif]"]),
    ]
    assert patent.origin is not None
    assert (patent.id, patent.origin.form, patent.counted) == ("file.xml", "cnipa", False)


def test_chinese_publication() -> None:
    patent = read("cn-publication")
    assert (patent.id, patent.title, patent.abstract) == ("CN1234567A", "水泵", "一种水泵。\n它很安静。")
    assert patent.publication == DocumentNumber("CN", "1234567", "A", "2019-08-02")
    assert patent.application == DocumentNumber("CN", "201910302430.1", "", "2019-04-16")
    assert patent.codes == (Code("ipc", "F04D 29/22", "2006.01"),)
    assert sections(patent) == [
        ("field", "技术领域", ["0002 本发明涉及水泵。"]),
        ("embodiments", "具体实施方式", ["0004 流量为$\\frac{α}{x_{1}}$，式中α为常数。"]),
    ]
    assert [section.heading_id for section in patent.description] == ["0001", "0003"]
    assert claims(patent) == [
        (1, "一种水泵，其特征在于，包括：\n1）泵壳；\n2）叶轮。", ()),
        (2, "根据权利要求1所述的水泵，还包括“[image: b.TIF]”形密封。", (1,)),
    ]


def test_american_grant() -> None:
    patent = read("us-grant")
    assert (patent.id, patent.title, patent.abstract, patent.lang) == (
        "US09999999B2",
        "Quiet pump",
        "A quiet pump.",
        "en",
    )
    assert patent.publication == DocumentNumber("US", "09999999", "B2", "2018-06-19")
    assert patent.application == DocumentNumber("US", "15123456", "", "2016-03-02")
    assert patent.priorities == (DocumentNumber("CN", "2015 1 0100000", "", "2015-03-03"),)
    assert patent.codes == (Code("ipc", "F04D 29/22", "2006.01"), Code("cpc", "F04D 29/2222", "2013.01"))
    assert sections(patent) == [
        ("other", "", ["0001 This application claims priority."]),
        ("background", "BACKGROUND", ["0002 Pumps are loud."]),
        (
            "embodiments",
            "",
            [
                "0003 A pump 10 is shown in FIG. 1. It moves 10⁻³ m³ of H2O—or n0.\nquiet;\nsmall.",
                "0004 Speed | Noise\n10 | 2",
            ],
        ),
    ]
    assert claims(patent) == [
        (1, "A pump comprising:\na casing 10; and\nan impeller having\ntwo blades.", ()),
        (2, "The pump of claim 1, wherein the casing is made of steel.", (1,)),
    ]


def test_american_application_with_cancelled_claims() -> None:
    patent = read("us-application")
    assert claims(patent) == [(21, "A pump with a valve.", ()), (22, "The pump of claim 21, wherein it is red.", (21,))]
    assert patent.claims.cancelled == frozenset(range(1, 21))


def test_american_documents_of_2001_to_2004() -> None:
    known = [(1, ()), (2, (1,))]
    grant = read("us-grant-2003")
    assert (grant.id, grant.title, grant.abstract) == ("US06510000B1", "Pump", "A quiet pump.")
    assert grant.application == DocumentNumber("US", "09555555", "", "2000-01-03")
    assert sections(grant) == [
        ("background", "BACKGROUND", ["00002 Pumps are loud."]),
        ("embodiments", "", ["00003 A pump 10 is shown."]),
    ]
    assert [(claim.number, claim.refers) for claim in grant.claims] == known
    assert grant.claims.claims[1].text == "The pump of claim 1, which is red."
    application = read("us-application-2002")
    assert (application.id, application.title, application.codes) == (
        "US20020012345A1",
        "Pump",
        (Code("ipc", "F04D 29/22"),),
    )
    assert sections(application) == [
        ("background", "BACKGROUND", ["0001 Pumps are loud."]),
        ("embodiments", "", ["0002 A pump is shown."]),
    ]
    assert [(claim.number, claim.refers, claim.numbered) for claim in application.claims] == [
        (1, (), True),
        (2, (1,), True),
    ]
    assert application.claims.claims[1].text == "The pump of claim 1, which is red."


def test_european_patent_in_three_languages() -> None:
    patent = read("ep-st36")
    assert (patent.id, patent.title, patent.lang) == ("EP1000000B1", "Pump", "en")
    assert patent.publication == DocumentNumber("EP", "1000000", "B1", "2001-05-09")
    assert patent.application == DocumentNumber("EP", "99123456.7", "", "1999-11-01")
    assert patent.codes == (Code("ipc", "F04D 29/22", "2006.01"),)
    assert [(number, refers) for number, _, refers in claims(patent)] == [(1, ()), (2, (1,))]
    assert claims(patent)[0][1] == "A pump with a wheel."


def test_records_of_ops_have_no_text_but_title_and_abstract() -> None:
    first, second = read_all("ops-docdb")
    assert (first.id, first.title, first.abstract, second.id, second.title) == (
        "EP1000000A1",
        "Pump",
        "A pump.",
        "EP1000001A1",
        "Valve",
    )
    assert first.application == DocumentNumber("", "99203729", "", "")
    assert first.priorities == (DocumentNumber("NL", "19981010536", "", "1998-11-12"),)
    assert first.codes == (Code("ipc", "F04D 29/22"), Code("cpc", "F04D 29/2222"))
    assert str(second.origin) == "file.xml, part 2"


def test_st96() -> None:
    patent = read("st96")
    assert (patent.id, patent.title, patent.abstract) == ("WO2020123456A1", "Pump", "A quiet pump.")
    assert patent.application == DocumentNumber("IB", "PCT/IB2019/000001", "", "2019-12-01")
    assert sections(patent) == [
        ("field", "", ["0001 Pumps."]),
        ("summary", "", ["0002 Noise."]),
        ("embodiments", "Example", ["0003 See FIG. 1."]),
    ]
    assert claims(patent) == [(1, "A pump comprising\na wheel.", ()), (2, "The pump of claim 1, which is red.", (1,))]


def test_several_documents_in_a_file() -> None:
    found = read_all("us-grant", "us-application", "ep-st36")
    assert [patent.id for patent in found] == ["US09999999B2", "US20180123456A1", "EP1000000B1"]
    assert [str(patent.origin) for patent in found] == ["file.xml", "file.xml, document 2", "file.xml, document 3"]


def test_a_row_keeps_paragraph_ids_codes_and_dates() -> None:
    row = row_of(read("cn-publication"))
    assert row["description"] == (
        "[0001] 技术领域\n[0002] 本发明涉及水泵。\n[0003] 具体实施方式\n[0004] 流量为$\\frac{α}{x_{1}}$，式中α为常数。"
    )
    assert row["claims"][1] == "2. 根据权利要求1所述的水泵，还包括“[image: b.TIF]”形密封。"
    assert (row["ipc"], row["dates"]) == (["F04D 29/22"], {"filing": "2019-04-16", "publication": "2019-08-02"})
    assert (row["publication"], row["application"]) == ("CN1234567A", "CN201910302430.1")
    assert (row["paragraphs"], row["format"], "cpc" in row) == ("written", "cnipa", False)
