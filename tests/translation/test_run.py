"""Whole patents through an engine that answers what the test says."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from lxml import etree

from taibao_cli.engine.base import Request
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.errors import RowError
from taibao_cli.models.registry import Model
from taibao_cli.patents.lexicon import Lexicon
from taibao_cli.patents.termbase.entries import Glossary
from taibao_cli.tasks.hints import lexicon_hints
from taibao_cli.translation.forms.rows import rows_of
from taibao_cli.translation.forms.text import text_of
from taibao_cli.translation.forms.xml import tmx_of, xliff_of
from taibao_cli.translation.run import Options, Result, Translator
from tests.translation.test_parts import patent

ANSWERS = {
    "离心泵": "Centrifugal pump",
    "泵壳": "the casing",
    "叶轮": "an impeller",
    "一种离心泵。": "A centrifugal pump.",
    "一种离心泵，包括泵壳（1）和叶轮（2）。": "A centrifugal pump, comprising a casing (1) and an impeller (2).",
    "所述叶轮（2）为钢。": "The impeller (2) is of steel.",
    "本发明涉及一种离心泵。": "The invention relates to a centrifugal pump.",
    "泵壳1内有叶轮2。": "The casing 1 has an impeller 2.",
    "叶轮2转动，泵壳1不动。": "The impeller 2 turns, the casing 1 does not.",
}


def engine(answers: Mapping[str, str], later: Mapping[str, str] | None = None) -> FakeEngine:
    """Answers by the last line of the prompt, or, asked again, by `later`."""

    def said(request: Request) -> str:
        prompt = request.messages[-1].content
        if "上一次的译文有误" in prompt:
            known = (answer for source, answer in (later or {}).items() if source in prompt)
            return next(known, "")
        return answers.get(prompt.rsplit("\n", 1)[-1], "?")

    return FakeEngine(said)


def translated(answers: Mapping[str, str], later: Mapping[str, str] | None = None, **options: object) -> Result:
    model = Model(name="fake", path=Path(), sha256="0" * 64, prompt="full", lexicon=None, metadata={})

    def hints_of(glossary: Glossary) -> Callable[..., object]:
        return lexicon_hints(Lexicon({}, {}), glossary)

    chosen = Options("en", **options)  # type: ignore[arg-type]
    return Translator(engine(answers, later), model, hints_of, chosen).translate(patent())  # type: ignore[arg-type]


def test_every_piece_is_checked_and_the_structure_is_there_again() -> None:
    result = translated(ANSWERS)
    assert {each.state for each in result.pieces} == {"PASS"}
    assert all(each.findings for each in result.pieces)
    assert dict(result.terms) == {"离心泵": "centrifugal pump", "泵壳": "casing", "叶轮": "impeller"}
    assert text_of(result) == (
        "Centrifugal pump\n\nABSTRACT\n\nA centrifugal pump.\n\nCLAIMS\n\n"
        "1. A centrifugal pump, comprising a casing (1) and an impeller (2).\n\n"
        "2. The centrifugal pump according to claim 1, characterized in that the impeller (2) is of steel.\n\n"
        "DESCRIPTION\n\nTECHNICAL FIELD\n\n[0001] The invention relates to a centrifugal pump.\n\n"
        "[0002] The casing 1 has an impeller 2. The impeller 2 turns, the casing 1 does not.\n"
    )


def test_a_piece_that_fails_is_asked_again_with_the_failure_named() -> None:
    wrong = {**ANSWERS, "所述叶轮（2）为钢。": "The impeller (3) is of steel."}
    result = translated(wrong, {"所述叶轮（2）为钢。": "The impeller (2) is of steel."})
    (piece,) = [each for each in result.pieces if each.piece.id == "claim-2/1"]
    assert (piece.answer, piece.origin, piece.state) == ("The impeller (2) is of steel.", "again", "PASS")


def test_what_stays_wrong_is_marked() -> None:
    wrong = {**ANSWERS, "所述叶轮（2）为钢。": "The impeller (3) is of steel."}
    result = translated(wrong, {}, tries=1)
    (piece,) = [each for each in result.pieces if each.state == "FIX"]
    assert piece.piece.id == "claim-2/1"
    rows = list(rows_of(result, "fake"))
    assert [row["id"] for row in rows if row["state"] == "FIX"] == ["claim-2/1", "claims"]
    assert all(row["state"] for row in rows)


def test_memory_and_glossary_come_first() -> None:
    memory = {"一种离心泵。": "A centrifugal pump is disclosed."}
    glossary = {"zh": {"叶轮": "rotor"}, "en": {}}
    result = translated(ANSWERS, memory=memory, glossary=glossary)
    by_id = {each.piece.id: each for each in result.pieces}
    assert (by_id["abstract/1"].answer, by_id["abstract/1"].origin) == (memory["一种离心泵。"], "memory")
    assert by_id["claim-2/1"].state == "FIX"
    assert "叶轮" not in result.terms


def test_a_document_in_the_target_language_is_refused() -> None:
    model = Model(name="fake", path=Path(), sha256="0" * 64, prompt="full", lexicon=None, metadata={})
    with pytest.raises(RowError, match="already in zh"):
        Translator(FakeEngine(), model, lambda own: None, Options("zh")).translate(patent())


def test_memories_and_xliff() -> None:
    wrong = {**ANSWERS, "所述叶轮（2）为钢。": "The impeller (3) is of steel."}
    result = translated(wrong, {})
    tmx = etree.fromstring(tmx_of([result]))
    texts = [segment.text for segment in tmx.iter("seg")]
    assert "The centrifugal pump according to claim 1, characterized in that" in texts
    assert "The impeller (3) is of steel." not in texts
    xliff = etree.fromstring(xliff_of([result]))
    space = {"x": "urn:oasis:names:tc:xliff:document:1.2"}
    states = xliff.xpath("//x:target/@state", namespaces=space)
    assert (len(states), states.count("needs-translation")) == (len(result.pieces), 1)
    assert xliff.xpath("//x:file/@source-language", namespaces=space) == ["zh-CN"]


def test_rows_are_json() -> None:
    rows = [json.loads(json.dumps(row)) for row in rows_of(translated(ANSWERS), "fake@0")]
    assert [row["origin"] for row in rows[:4]] == ["model", "model", "model", "rule"]
    assert rows[-1]["terms"] == {"离心泵": "centrifugal pump", "泵壳": "casing", "叶轮": "impeller"}
