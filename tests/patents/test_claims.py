"""Claim sets of both languages: numbers, dependence, parts, categories, formal defects, renderings."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from taibao_cli.patents.claims.claimset import parse_claims
from taibao_cli.patents.claims.defects import defects
from taibao_cli.patents.claims.tree import ASCII, branches_for, tree_dot, tree_json, tree_mermaid, tree_text

EXAMPLES = Path(__file__).parents[2] / "examples" / "patents.jsonl"
SAMPLES = Path(__file__).parents[2] / "../shared/data/samples"

PUMP_ZH = """权利要求书

1. 一种离心泵，包括泵壳（1）和叶轮（2），其特征在于，所述叶轮（2）的直径为12.5 mm。
2、根据权利要求1所述的离心泵，其特征在于，所述泵壳（1）由不锈钢制成。
３．如权利要求1或2所述的泵，其特征在于，还包括：
密封圈（3）。
权利要求4：一种制造权利要求1至3中任一项所述离心泵的方法，其特征在于，包括以下步骤：
1、铸造所述泵壳；
2、装入所述叶轮。
5. 根据权利要求4所述的方法，其中，所述铸造在700 ℃下进行。
6. 权利要求1所述的离心泵在输送海水中的用途。
7. 一种输水系统，其特征在于，包括如权利要求1-3任意一项所述的离心泵。
"""

PUMP_EN = """What is claimed is:

1. A centrifugal pump comprising: a casing; and
an impeller with a diameter of 12.5 mm, as shown in FIG. 1.
2. The pump of claim 1, wherein the casing consists of steel No. 4.
3. A centrifugal pump as claimed in claims 1 or 2, characterised in that it has a seal encoded by SEQ ID NO: 3.
Claim 4. A method of making the pump of any one of claims 1 to 3, comprising casting the casing.
5. The method according to claim 4, wherein casting takes place at 700 °C.
6. Use of a pump according to any of the preceding claims for pumping sea water.
7. A vessel comprising the pump of claim 1.
8. A casing made by the method of claim 4.
"""

Graph = dict[int, tuple[tuple[int, ...], tuple[int, ...], str]]


def graph(text: str | list[str]) -> Graph:
    """Number -> (depends on, cites, category)."""
    return {claim.number: (claim.refers, claim.cites, claim.category) for claim in parse_claims(text)}


def found(text: str | list[str], office: str | None = None) -> list[tuple[int, str, str]]:
    return [(defect.claim, defect.code, defect.severity) for defect in defects(parse_claims(text), office)]  # type: ignore[arg-type]


def test_a_chinese_set() -> None:
    assert graph(PUMP_ZH) == {
        1: ((), (), "product"),
        2: ((1,), (), "product"),
        3: ((1, 2), (), "product"),
        4: ((), (1, 2, 3), "method"),
        5: ((4,), (), "method"),
        6: ((), (1,), "use"),
        7: ((), (1, 2, 3), "product"),
    }
    assert parse_claims(PUMP_ZH).head == "权利要求书"
    assert found(PUMP_ZH) == []


def test_an_english_set() -> None:
    assert graph(PUMP_EN) == {
        1: ((), (), "product"),
        2: ((1,), (), "product"),
        3: ((1, 2), (), "product"),
        4: ((), (1, 2, 3), "method"),
        5: ((4,), (), "method"),
        6: ((), (1, 2, 3, 4, 5), "use"),
        7: ((), (1,), "product"),
        8: ((), (4,), "product"),
    }
    assert parse_claims(PUMP_EN).head == "What is claimed is:"
    assert found(PUMP_EN) == found(PUMP_EN, "us") == []


@pytest.mark.parametrize(
    ("opening", "numbers"),
    [
        ("根据权利要求1所述的泵", (1,)),
        ("根据权利要求 1 所述的泵", (1,)),
        ("权利要求2所述泵", (2,)),
        ("一种如权利要求2所述的泵", (2,)),
        ("如权利要求1或2所述的泵", (1, 2)),
        ("按照权利要求1或权利要求3所述的泵", (1, 3)),
        ("根据权利要求1至5中任一项所述的泵", (1, 2, 3, 4, 5)),
        ("根据权利要求1-3任意一项所述的泵", (1, 2, 3)),
        ("如权利要求1～3之一所述的泵", (1, 2, 3)),
        ("如权利要求1-4中任一权利要求所述的泵", (1, 2, 3, 4)),
        ("根据权利要求1、2、3、5任意一项所述的泵", (1, 2, 3, 5)),
        ("根据权利要求1-2、4或5所述的泵", (1, 2, 4, 5)),
        ("根据权利要求1或2或3所述的泵", (1, 2, 3)),
        ("根据权利要求1至3任一所述的一种泵", (1, 2, 3)),
        ("前述权利要求任一项的泵", (1, 2, 3, 4, 5)),
        ("一种泵，如权利要求2所述", (2,)),
        ("根据权利要求１至３中任一项所述的泵", (1, 2, 3)),
        ("根据前述权利要求中任一项所述的泵", (1, 2, 3, 4, 5)),
        ("根据上述任一项权利要求所述的泵", (1, 2, 3, 4, 5)),
        ("The pump of claim 1", (1,)),
        ("The pump of claim 1 or 2 with 3 wheels", (1, 2)),
        ("The pump of claim 1, 2 of the wheels being red", (1,)),
        ("The pump of any one or more of the foregoing claims", (1, 2, 3, 4, 5)),
        ("A pump according to at least one of claims 2 through 4", (2, 3, 4)),
        ("The invention as defined in claim 3", (3,)),
        ("Pump according to claim 2", (2,)),
        ("A pump as claimed in claims 1, 2 or 4", (1, 2, 4)),
        ("A pump as claimed in claim 1, 2 or 4", (1, 2, 4)),
        ("The pump of any one of claims 1 to 5", (1, 2, 3, 4, 5)),
        ("The pump as recited in any of claims 1-3 and 5", (1, 2, 3, 5)),
        ("A pump according to claim 1 or claim 3", (1, 3)),
        ("A pump according to claim 1 or any one of claims 3 to 5", (1, 3, 4, 5)),
        ("A pump according to any of the preceding claims", (1, 2, 3, 4, 5)),
        ("The pump set forth in one of the previous claims", (1, 2, 3, 4, 5)),
        ("A pump in accordance with claim 1", (1,)),
        ("According to claim 1, the pump", (1,)),
    ],
)
def test_references(opening: str, numbers: tuple[int, ...]) -> None:
    zh = "权利要求" in opening
    first = "一种泵，包括叶轮。" if zh else "A pump comprising an impeller."
    last = f"{opening}，其特征在于，叶轮是圆的。" if zh else f"{opening}, wherein the impeller is round."
    claim = parse_claims([*[first] * 5, last]).claims[-1]
    assert (claim.refers, claim.cites, claim.category, claim.opens_with_reference) == (numbers, (), "product", True)


@pytest.mark.parametrize(
    ("claim", "category"),
    [
        ("一种实施权利要求1所述方法的装置，包括炉。", "product"),
        ("一种由权利要求1所述的方法制得的钢板，其特征在于，厚度为2 mm。", "product"),
        ("用权利要求1所述的方法制备的钢板。", "product"),
        ("一种汽车，其包括由权利要求1所述的方法制得的钢板。", "product"),
        ("根据权利要求1所述的方法制备的钢板。", "product"),
        ("一种计算机可读存储介质，其上存储有程序，其特征在于，所述程序执行时实现权利要求1所述的方法。", "product"),
        ("An apparatus for carrying out the method of claim 1, comprising a furnace.", "product"),
        ("A plate made by the method according to claim 1.", "product"),
        ("A system configured to perform the method of claim 1.", "product"),
        ("A non-transitory medium storing instructions to perform the method as claimed in claim 1.", "product"),
        ("A method of building a ship using the method of claim 1.", "method"),
    ],
)
def test_a_claim_that_only_names_another_is_independent(claim: str, category: str) -> None:
    zh = "权利要求" in claim
    read = parse_claims(
        ["一种钢板的制备方法，包括加热。" if zh else "A method of making a plate, comprising heating.", claim]
    )
    assert (read.claims[1].independent, read.claims[1].cites, read.claims[1].category) == (True, (1,), category)
    assert found([each.text for each in read]) == []


def test_use_and_method_claims_that_open_with_a_reference_to_a_product() -> None:
    alloy = "一种镍基合金，由镍和铬组成。"
    assert graph([alloy, "权利要求1所述的镍基合金作为涂层的使用。"])[2] == ((), (1,), "use")
    assert graph(["A pump.", "A vessel comprising the pump of claim 5."])[2] == ((), (5,), "product")
    assert graph(["A vessel comprising a pump.", "A vessel comprising a pump according to claim 1."])[2] == (
        (1,),
        (),
        "product",
    )
    assert graph([alloy, "如权利要求1所述的镍基合金的制备方法，包括熔炼。"])[2] == ((), (1,), "method")
    assert graph([alloy, "权利要求1所述的镍基合金在燃气轮机中的应用。"])[2] == ((), (1,), "use")
    assert graph(
        ["A method for producing a tyre, comprising A.", "The method for producing the tyre of claim 1, wherein B."]
    )[2] == ((1,), (), "method")
    assert graph(["A tyre.", "A method for producing the tyre of claim 1, wherein B."])[2] == ((), (1,), "method")


@pytest.mark.parametrize(
    ("claim", "parts"),
    [
        ("一种泵，包括壳，其特征在于，叶轮是圆的。", ("一种泵，包括壳", "其特征在于", "叶轮是圆的。")),
        ("一种泵，其特征是：叶轮是圆的。", ("一种泵", "其特征是", "叶轮是圆的。")),
        ("一种组合物，由水、盐和糖组成。", ("一种组合物", "由…组成", "水、盐和糖。")),
        ("一种泵，包括：壳和叶轮。", ("一种泵", "包括", "壳和叶轮。")),
        ("一种包含水的组合物。", ("一种包含水的组合物。", "", "")),
        ("A pump comprising: a casing.", ("A pump", "comprising", "a casing.")),
        (
            "A pump having a casing, the pump comprising: a seal.",
            ("A pump having a casing, the pump", "comprising", "a seal."),
        ),
        ("A mixture consisting essentially of water.", ("A mixture", "consisting essentially of", "water.")),
        ("A mixture consisting of water.", ("A mixture", "consisting of", "water.")),
        (
            "A pump comprising a casing, characterised in that it is round.",
            ("A pump comprising a casing", "characterised in that", "it is round."),
        ),
        ("A pump.", ("A pump.", "", "")),
    ],
)
def test_parts(claim: str, parts: tuple[str, str, str]) -> None:
    read = parse_claims([claim]).claims[0]
    assert (read.preamble, read.transition, read.body) == parts


@pytest.mark.parametrize(
    ("claim", "category"),
    [
        ("一种数据处理方法，包括接收。", "method"),
        ("一种齿轮的加工工艺。", "method"),
        ("化合物A在制备药物中的用途。", "use"),
        ("一种数据处理方法的实现装置。", "product"),
        ("A computer-implemented method, comprising receiving.", "method"),
        ("A process chamber for etching.", "product"),
        ("Process for the preparation of soap.", "method"),
        ("Use of a compound in a soap.", "use"),
        ("In a pump, a method of cooling a casing, comprising cooling.", "method"),
    ],
)
def test_category(claim: str, category: str) -> None:
    assert parse_claims([claim]).claims[0].category == category


def test_claims_in_one_line_and_a_set_without_line_ends() -> None:
    assert graph(
        "1. A pump comprising a casing of 2. 5 mm. 2. The pump of claim 1, wherein it is red. 3. A valve."
    ) == {
        1: ((), (), "product"),
        2: ((1,), (), "product"),
        3: ((), (), "product"),
    }
    assert list(graph("1.一种泵，包括壳。2.根据权利要求1所述的泵，还包括阀。")) == [1, 2]


def test_a_header_before_the_first_number_and_claims_cut_badly() -> None:
    first, second = "A pump comprising a casing.", "The pump of claim 1, wherein it is red."
    joined = parse_claims(f"The embodiments in which a privilege is claimed are as follows: 1. {first} 2. {second}")
    assert [claim.text for claim in joined] == [first, second]
    listed = parse_claims([f"What I claim is: 1. {first}", f"2. {second} 3. A valve.", "4. The valve of claim 3."])
    assert [(claim.number, claim.refers) for claim in listed] == [(1, ()), (2, (1,)), (3, ()), (4, (3,))]
    assert listed.head == "What I claim is:"
    canada = "The embodiments of the invention in which an exclusive property is claimed are defined as follows."
    assert [claim.text for claim in parse_claims([f"{canada} 1. {first}", f"2. {second}"])] == [first, second]
    chinese = ["权利要求书 1. 一种泵，包括壳。", "2. 根据权利要求1所述的泵，还包括阀。"]
    for badly_cut in (chinese, "".join(chinese), "权利要求书1、一种泵，包括壳。2、根据权利要求1所述的泵，还包括阀。"):
        assert [(claim.number, claim.refers) for claim in parse_claims(badly_cut)] == [(1, ()), (2, (1,))]
        assert parse_claims(badly_cut).head == "权利要求书"
    steps = parse_claims(["A method comprising:\n1. heating;\n2. cooling.", "The method of claim 1, wherein A."])
    assert [len(claim.refers) for claim in steps] == [0, 1]


def test_a_text_without_numbers_is_one_claim() -> None:
    assert [(claim.number, claim.text) for claim in parse_claims("Claims:\nA pump\ncomprising a casing.")] == [
        (1, "A pump\ncomprising a casing.")
    ]
    assert len(parse_claims("")) == len(parse_claims([])) == len(parse_claims("权利要求书\n")) == 0


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ("1. 一种泵。\n3. 一种阀。", [(3, "number-gap", "FIX")]),
        ("1. 一种泵。\n1. 一种阀。", [(1, "number-repeated", "FIX")]),
        (["1. 一种泵。", "一种阀。"], [(2, "number-missing", "FIX")]),
        ("1. 一种泵。\n2. 根据权利要求2所述的泵，还包括阀。", [(2, "ref-self", "FIX")]),
        ("1. 一种泵。\n2. 根据权利要求3所述的泵。\n3. 根据权利要求1所述的泵。", [(2, "ref-later", "FIX")]),
        ("1. 一种泵。\n2. 根据权利要求9所述的泵。", [(2, "ref-missing", "FIX")]),
        ("1. 一种泵。\n2. 一种阀，用于权利要求9所述的泵。", [(2, "ref-missing", "FIX")]),
        ("1. 一种泵。\n2. 一种泵。\n3. 根据权利要求1和2所述的泵。", [(3, "not-alternative", "FIX")]),
        ("1. 一种泵。\n2. 一种泵。\n3. 根据权利要求1-2所述的泵。", [(3, "not-alternative", "REVIEW")]),
        ("1. 一种泵", [(1, "no-full-stop", "FIX")]),
        ("1. 一种泵，包括壳。所述壳是圆的。", [(1, "several-sentences", "FIX")]),
        ("1. 一种泵，其特征在于，有壳，其特征在于，壳是圆的。", [(1, "two-transitions", "REVIEW")]),
        ("1. 一种离心泵。\n2. 根据权利要求1所述的方法，还包括加热。", [(2, "subject-differs", "REVIEW")]),
        ("1. A pump.\n2. The method of claim 1, further comprising heating.", [(2, "subject-differs", "REVIEW")]),
        ("1. A pump.\n2. The pump of claim 4, wherein it is red.", [(2, "ref-missing", "FIX")]),
        ("1. A pump.\n2. The pump of claim 2, wherein it is red.", [(2, "ref-self", "FIX")]),
        ("5. 根据权利要求1所述的泵。", [(5, "number-gap", "REVIEW"), (5, "ref-missing", "REVIEW")]),
    ],
)
def test_defects(claims: str | list[str], expected: list[tuple[int, str, str]]) -> None:
    assert found(claims) == expected


def test_offices_differ() -> None:
    multiple = (
        "1. A pump.\n2. A pump of claim 1.\n3. The pump of claim 1 or 2.\n4. The pump of any one of claims 1 to 3."
    )
    assert found(multiple) == found(multiple, "ep") == []
    assert found(multiple, "us") == found(multiple, "cn") == [(4, "multiple-on-multiple", "FIX")]
    through = multiple.replace(
        "4. The pump of any one of claims 1 to 3.", "4. The pump of claim 3.\n5. The pump of claim 1 or 4."
    )
    assert found(through, "cn") == []
    assert found(through, "us") == [(5, "multiple-on-multiple", "FIX")]
    joint = "1. A pump.\n2. A pump.\n3. The pump of claims 1 and 2, wherein it is red."
    assert (found(joint, "us"), found(joint)) == ([(3, "not-alternative", "FIX")], [(3, "not-alternative", "REVIEW")])
    open_end = "1. A pump. The pump is red"
    assert [severity for _, _, severity in found(open_end, "us")] == ["FIX", "FIX"]
    assert [severity for _, _, severity in found(open_end)] == ["REVIEW", "REVIEW"]


@pytest.mark.parametrize(
    "claim",
    [
        "1. A pump of 2.5 mm as in FIG. 1, e.g. a St. Gallen pump, cf. The Handbook, according to E. coli approx. A.",
        '1. A sign bearing the words "as in claim 7. The end", wherein it is red.',
        "1. A compound of formula\n(I) X-Y2.5",
        "1. 一种标牌，其上写有“见权利要求9。谢谢”。",
        "1. 一种合金，硬度为2.5，式为：\nAx+By=1 (I)",
        "1. 一种泵，包括2.5 mm的壳，如图1所示.",
        "1. 一种化合物，其结构式为：",
        "1. A kit of claim-processing parts, wherein 3. 5 and 6.7 are ratios.",
    ],
)
def test_traps_are_no_defects(claim: str) -> None:
    assert found(claim, "us" if claim.isascii() else "cn") == []
    assert parse_claims(claim).claims[0].cites == ()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("A method of washing.", "The process of claim 1, wherein A."),
        ("An isolated antibody.", "The antibody or fragment of claim 1, wherein A."),
        ("One or more media storing instructions.", "The media of claim 1, wherein A."),
        ("A pump.", "The invention of claim 1, wherein A."),
        ("一种自动裁布装置。", "根据权利要求1所述的装置，其中，A。"),
        ("一种彩色沥青（C）。", "根据权利要求1所述的沥青，其中，A。"),
    ],
)
def test_subjects_that_agree(first: str, second: str) -> None:
    assert found([first, second]) == []


def test_where_a_defect_stands() -> None:
    claims = parse_claims("1. 一种泵。\n2. 根据权利要求9所述的泵。")
    defect = defects(claims)[0]
    assert claims.claims[1].text[slice(*defect.place)] == "权利要求9"
    assert (defect.zh, defect.en) == ("引用的权利要求 9 不存在", "refers to claim 9, which is not there")


TREE = """1 [product] A pump comprising an impeller.
├─ 2 [product] The pump of claim 1.
│  ├─ 3 [product] The pump of claim 1 or 2.
│  │  └─ 4 [product] The pump of claim 3.
│  └─ 5 [product] The pump of claim 2.
└─ 3 (see above)
6 [product] (cites 1) A boat comprising the pump of claim 1."""
CLAIMS = [
    "A pump comprising an impeller.",
    "The pump of claim 1.",
    "The pump of claim 1 or 2.",
    "The pump of claim 3.",
    "The pump of claim 2.",
    "A boat comprising the pump of claim 1.",
]


NARROW = """1 [产品] 一种泵，包括壳体和…
├─ 2 [产品] 根据权利要求1所…
│  └─ 3 [产品] 根据权利要求…
│     └─ 4 [产品] 如权利要…
└─ 5 [产品] 根据权利要求1所…"""


def test_lines_of_a_tree_were_wider_than_the_terminal() -> None:
    claims = parse_claims(
        [
            "一种泵，包括壳体和叶轮。",
            "根据权利要求1所述的泵，还包括滤网。",
            "根据权利要求2所述的泵，所述滤网为铜网。",
            "如权利要求3所述的泵。",
            "根据权利要求1所述的泵。",
        ]
    )
    assert tree_text(claims, "zh", width=28) == NARROW
    wide = [sum(2 if char > "\u2e80" else 1 for char in line) for line in NARROW.splitlines()]
    assert max(wide) <= 28


def test_renderings() -> None:
    claims = parse_claims(CLAIMS)
    assert tree_text(claims, "en") == TREE
    plain = TREE.replace("├─", "|-").replace("└─", "`-").replace("│", "|")
    assert tree_text(claims, "en", ASCII) == plain
    assert (branches_for("ascii"), branches_for("utf-8") is ASCII) == (ASCII, False)
    mermaid = tree_mermaid(claims, defects(claims, "us"), "en").splitlines()
    assert mermaid[0] == "flowchart TD"
    assert {line.strip() for line in mermaid if ">" in line} == {
        *("c0 --> c1", "c0 --> c2", "c1 --> c2", "c2 --> c3", "c1 --> c4", "c0 -.-> c5")
    }
    assert tree_dot(parse_claims(['A "pump" \\.', "The pump of claim 1."]), (), "en").splitlines()[2:] == [
        '  c0 [label="1 [product] A \\"pump\\" \\\\."];',
        '  c1 [label="2 [product] The pump of claim 1."];',
        "  c0 -> c1;",
        "}",
    ]
    read = tree_json(claims, defects(claims))
    assert [(row["number"], row["refers"], row["cites"]) for row in json.loads(json.dumps(read))["claims"]][5] == (
        6,
        [],
        [1],
    )


def test_examples_have_no_defects() -> None:
    rows = [json.loads(line) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()]
    sets = [row["claims"] for row in rows if "claims" in row]
    assert sets
    assert [found(claims) for claims in sets] == [[]] * len(sets)


@pytest.mark.parametrize("name", ["demo_zh_200.jsonl", "demo_en_200.jsonl"])
def test_published_claim_sets_have_few_defects_to_fix(name: str) -> None:
    if not (SAMPLES / name).exists():
        pytest.skip(f"needs {name}")
    rows = [json.loads(line) for line in (SAMPLES / name).read_text(encoding="utf-8").splitlines()]
    sets = [parse_claims(row["claims"]) for row in rows if row.get("claims")]
    codes = Counter(defect.code for claims in sets for defect in defects(claims) if defect.severity == "FIX")
    kept_by_sources = {"multiple-on-multiple", "number-gap"}
    count = sum(map(len, sets))
    assert count > 500
    assert {code: found for code, found in codes.items() if found > count / 50 and code not in kept_by_sources} == {}
