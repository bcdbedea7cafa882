"""Summaries of whole patents: all of it is read, every sentence has its paragraphs, what has no basis is left out."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from taibao_cli.batch.summary.sentence import STYLES, Style, anchored
from taibao_cli.batch.summary.show import summary_text
from taibao_cli.batch.summary.summarize import Summarizer, Summary
from taibao_cli.engine.base import Request
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.errors import RowError
from taibao_cli.models.registry import Model
from taibao_cli.patents.anchors import Passage, Passages, sentences
from taibao_cli.patents.document.chunks import chunks, parts_of
from taibao_cli.patents.document.patent import Origin, Patent
from taibao_cli.patents.document.text import read_text
from taibao_cli.patents.segments import size
from tests.cli.shell import taibao

PARTS = ("aluminium", "brass", "copper", "diamond", "ebony", "felt", "glass", "hemp", "iron", "jute")


def model(prompt: str = "full") -> Model:
    return Model(name="fake", path=Path(), sha256="0" * 64, prompt=prompt, lexicon=None, metadata={})  # type: ignore[arg-type]


def paragraph(number: int) -> str:
    part = f"{PARTS[number % 10]} {PARTS[number // 10 % 10]} {PARTS[number // 100 % 10]}"
    bolt, plate = number + 5000, number + 7000
    return f"[{number:04d}] Bolt {bolt} is made of {part}. It holds plate {plate} in the housing of the pump."


def patent(count: int) -> Patent:
    heads = {1: "TECHNICAL FIELD", 3: "BACKGROUND ART", 6: "SUMMARY", 10: "BRIEF DESCRIPTION OF THE DRAWINGS"}
    lines = ["A pump", "ABSTRACT", "A pump with bolts.", "CLAIMS", "1. A pump comprising a bolt.", "DESCRIPTION"]
    for number in range(1, count + 1):
        lines += [heads[number]] if number in heads else ["DETAILED DESCRIPTION"] if number == 12 else []
        lines.append(paragraph(number))
    return read_text("\n".join(lines), Origin("pump.txt", "text"))


class Asked:
    """Answers with the first two sentences of the text it is given, and remembers the texts."""

    def __init__(self, instead: str | None = None) -> None:
        self.texts: list[str] = []
        self._instead = instead

    def __call__(self, request: Request) -> str:
        text = request.messages[-1].content.rpartition("\n\nSummary:")[0]
        self.texts.append(text)
        return self._instead or " ".join(list(sentences(text))[:2])


def run(given: Patent, style: Style, asked: Asked, prompt: str = "full", context: int = 4096) -> Summary:
    return Summarizer(FakeEngine(asked, context), model(prompt)).summarize(given, style)


@pytest.mark.parametrize("style", STYLES)
def test_all_of_it_is_read_and_every_sentence_has_its_paragraph(style: Style) -> None:
    given, asked = patent(60), Asked()
    summary = run(given, style, asked)
    said = "\n".join(asked.texts)
    for _, each in given.paragraphs():
        assert each.text in said
    assert "A pump comprising a bolt." in said
    assert "A pump with bolts." in said
    assert summary.read == 62
    assert summary.sentences
    for sentence in summary.sentences:
        assert sentence.ids
        for own in sentence.ids:
            assert own in given.by_id or own in ("claim 1", "abstract")
    if style == "short":
        assert len(summary.sentences) <= 4


def test_an_id_is_that_of_the_paragraph_the_words_are_from() -> None:
    summary = run(patent(60), "sections", Asked())
    for sentence in summary.sentences:
        if sentence.text.startswith("Bolt"):
            assert int(sentence.ids[0]) == int(sentence.text.split()[1]) - 5000


def test_200_pages_are_read_whole_in_a_bounded_time() -> None:
    given, asked, steps = patent(4000), Asked(), list[tuple[int, int]]()
    started = time.perf_counter()
    summarizer = Summarizer(FakeEngine(asked, 4096), model())
    summary = summarizer.summarize(given, "sections", lambda done, total: steps.append((done, total)))
    assert sum(len(text) for text in asked.texts) >= sum(len(each.text) for _, each in given.paragraphs()) > 350_000
    assert (steps[0][0], steps[-1][0]) == (0, steps[-1][1])
    assert summary.read == 4002
    assert time.perf_counter() - started < 20


def test_what_the_paragraphs_do_not_support_is_left_out_and_counted() -> None:
    given = patent(3)
    lied = run(
        given, "points", Asked("Bolt 5002 is made of copper and lasts 900 years. A turbine burns hydrogen gas quickly.")
    )
    assert lied.unsupported > 0
    for sentence in lied.sentences:
        assert sentence.quoted
        source = given.by_id[sentence.ids[0]].text if sentence.ids[0] in given.by_id else given.abstract
        assert sentence.text in source + given.claims.claims[0].text


def test_a_small_model_only_chooses_sentences() -> None:
    given = patent(30)
    summary = run(given, "sections", Asked("Bolt 5001 holds plate 7001 in the housing."), prompt="brief")
    for sentence in summary.sentences:
        assert sentence.quoted
    texts = {each.id: each.text for _, each in given.paragraphs()}
    texts |= {"claim 1": given.claims.claims[0].text, "abstract": given.abstract}
    assert all(sentence.text in texts[sentence.ids[0]] for sentence in summary.sentences)


def test_a_paragraph_longer_than_the_model_reads_is_cut_at_its_sentences_and_keeps_its_id() -> None:
    text = "".join(f"The plate number {number} is wide. " for number in range(400))
    given = read_text(f"DESCRIPTION\nBACKGROUND ART\n[0001] {text}\n[0002] The end.", Origin("f", "text"))
    (part,) = parts_of(given)
    cut = list(chunks(part, 300))
    assert all(sum(size(passage.text) for passage in chunk) <= 300 for chunk in cut)
    assert {passage.id for chunk in cut for passage in chunk} == {"0001", "0002"}
    joined = " ".join(passage.text for chunk in cut for passage in chunk)
    assert joined == text.strip() + " The end."


def test_a_model_that_fails_is_an_error_and_not_a_gap() -> None:
    engine = FakeEngine(Asked(), errors={"2/0/0": RowError("engine", "died", retryable=True)})
    with pytest.raises(RowError, match="died"):
        Summarizer(engine, model()).summarize(patent(30), "short")


def test_anchors_name_two_passages_where_two_are_needed_and_check_figures() -> None:
    passages = Passages(
        [
            Passage("0001", "泵壳由铸铁制成，壁厚12毫米。"),
            Passage("0002", "叶轮由黄铜制成。"),
            Passage("0003", "其他内容。"),
        ]
    )
    both = passages.anchor("泵壳由铸铁制成，叶轮由黄铜制成")
    assert (set(both.ids), both.holds) == ({"0001", "0002"}, True)
    wrong = passages.anchor("泵壳由铸铁制成，壁厚21毫米")
    assert (wrong.missing_figures, wrong.holds) == (("21",), False)
    assert not passages.anchor("电动机驱动风扇旋转").holds
    assert passages.anchor("").ids == ()


def test_bullets_and_numbers_of_a_list_are_no_part_of_a_sentence() -> None:
    passages = Passages([Passage("0001", "The pump is quiet.")])
    found = anchored("1. The pump is quiet.\n- The pump is quiet.", passages, "summary", verbatim=False)
    assert [sentence.text for sentence in found.sentences] == ["The pump is quiet."]


def test_shown_in_both_languages() -> None:
    given = read_text(
        "摘要\n一种水泵。\n权利要求书\n1. 一种水泵，包括泵壳。\n说明书\n背景技术\n[0001] 现有的水泵噪声大。",
        Origin("f", "text"),
    )
    summary = Summarizer(FakeEngine(lambda request: "没有的事"), model()).summarize(given, "points")
    assert (
        summary_text(summary, "zh")
        == "- 背景技术：现有的水泵噪声大。[0001]\n- 权利要求：一种水泵，包括泵壳。[权利要求1]"
    )
    assert summary_text(summary, "en").startswith("- Background: 现有的水泵噪声大。 [0001]")


def test_the_command(tmp_path: Path) -> None:
    path = Path(__file__).parents[1] / "fixtures" / "documents" / "us-grant.xml"
    done = taibao("summarize", "--style", "sections", path, home=tmp_path)
    text = done.stdout.decode()
    assert (done.returncode, text.count("## ")) == (0, 5)
    assert all(line.endswith("]") for line in text.splitlines() if line and not line.startswith("#"))
    assert b"US09999999B2: read whole: 7 paragraphs" in done.stderr
    row = json.loads(taibao("summarize", "--json", path, home=tmp_path).stdout)
    assert (row["id"], row["style"], row["read"], row["error"]) == ("US09999999B2", "short", 7, None)
    assert taibao("summarize", "--style", "short", home=tmp_path, stdin="text").returncode == 2
    assert taibao("summarize", home=tmp_path, stdin="A pump.").returncode == 0
