"""Glossaries and memories in TBX, TMX, CSV and TSV."""

from __future__ import annotations

from pathlib import Path

import pytest

from taibao_cli.cli.glossary import read_termbase
from taibao_cli.errors import InputError

TIG = """<?xml version="1.0" encoding="UTF-8"?>
<martif type="TBX-Basic"><text><body>
<termEntry id="1">
 <langSet xml:lang="zh-CN"><tig><term>叶轮</term></tig></langSet>
 <langSet xml:lang="en"><tig><term>impeller</term></tig><tig><term>rotor</term>
  <termNote type="administrativeStatus">deprecatedTerm-admn-sts</termNote></tig></langSet>
</termEntry>
<termEntry id="2"><langSet xml:lang="de"><tig><term>Pumpe</term></tig></langSet></termEntry>
</body></text></martif>"""
NTIG = """<martif type="TBX"><text><body><termEntry>
 <langSet xml:lang="EN-US"><ntig><termGrp><term>casing</term></termGrp></ntig></langSet>
 <langSet xml:lang="zh"><ntig><termGrp><term>泵壳</term></termGrp></ntig>
  <ntig><termGrp><term>壳体</term></termGrp></ntig></langSet>
</termEntry></body></text></martif>"""
SECTIONS = """<tbx xmlns="urn:iso:std:iso:30042:ed-2" type="TBX-Basic" xml:lang="en"><text><body>
<conceptEntry id="c1"><langSec xml:lang="en"><termSec><term>seal  ring</term></termSec></langSec>
<langSec xml:lang="zh"><termSec><term>密封圈</term></termSec></langSec></conceptEntry></body></text></tbx>"""
TMX = """<tmx version="1.4"><header/><body>
<tu><tuv xml:lang="zh-CN"><seg>一种<bpt i="1">&lt;b&gt;</bpt>泵<ept i="1">&lt;/b&gt;</ept>。</seg></tuv>
<tuv xml:lang="en"><seg>A <hi>pump</hi>.</seg></tuv></tu>
<tu><tuv xml:lang="zh"><seg>壳</seg></tuv></tu></body></tmx>"""


def read(tmp_path: Path, text: str, name: str = "g.tbx") -> tuple[dict[str, str], dict[str, str], tuple[str, ...]]:
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = read_termbase(tmp_path / name)
    return dict(found.glossary["zh"]), dict(found.glossary["en"]), found.forbidden


def test_tbx_of_both_forms(tmp_path: Path) -> None:
    assert read(tmp_path, TIG) == ({"叶轮": "impeller"}, {"impeller": "叶轮"}, ("rotor",))
    assert read(tmp_path, NTIG) == ({"泵壳": "casing", "壳体": "casing"}, {"casing": "泵壳"}, ())
    assert read(tmp_path, SECTIONS) == ({"密封圈": "seal ring"}, {"seal ring": "密封圈"}, ())


def test_tmx(tmp_path: Path) -> None:
    assert read(tmp_path, TMX, "m.tmx") == ({"一种泵。": "A pump."}, {"A pump.": "一种泵。"}, ())


def test_tables(tmp_path: Path) -> None:
    assert read(tmp_path, "source\ttarget\n叶轮\timpeller\n# 注\n\ncasing\t泵壳\n", "g.tsv")[0] == {
        "叶轮": "impeller",
        "泵壳": "casing",
    }
    assert read(tmp_path, '"阀, 门",valve\n', "g.csv")[0] == {"阀, 门": "valve"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<martif><text>", "not well-formed"),
        ("<html/>", "neither TBX nor TMX"),
        ('<!DOCTYPE m [<!ENTITY a "b">]><tmx>&a;</tmx>', "entities"),
        ("叶轮", "line 1: expected two terms"),
    ],
)
def test_what_is_no_glossary(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path, text)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_termbase(tmp_path / "none.tbx")
