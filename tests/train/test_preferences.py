"""Preferences made from checks: the better answer passes what the worse one fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from taibao_cli.checks.document import document_of_text
from taibao_cli.checks.registry import check_document
from taibao_cli.engine.base import Message
from tests.cli.shell import taibao
from train.instructions.conversation import Conversation, Place
from train.instructions.preferences import preferences

CLAIMS = (
    "1. 一种散热装置，其特征在于，包括基板。\n"
    "2. 根据权利要求1所述的散热装置，其特征在于，还包括翅片。\n"
    "3. 根据权利要求2所述的散热装置，其特征在于，还包括风扇。"
)
ENGLISH = (
    "1. A heat sink comprising a base plate.\n"
    "2. The heat sink of claim 1, further comprising fins.\n"
    "3. The heat sink of claim 2, further comprising a fan."
)


def example(task: str, question: str, answer: str) -> Conversation:
    return Conversation(Place(Path("f"), 1), (Message("user", question), Message("assistant", answer)), task=task)


@pytest.mark.parametrize("seed", range(4))
def test_the_worse_claims_fail_a_check_that_the_better_ones_pass(seed: int) -> None:
    (made,) = preferences([example("claims", "一种散热装置。\n\n权利要求书：", CLAIMS)], seed=seed)
    assert made.chosen == CLAIMS
    assert not [f for f in check_document(document_of_text(made.chosen)) if f.state == "FIX"]
    wrong = {f.check for f in check_document(document_of_text(made.rejected)) if f.state == "FIX"}
    assert wrong == set(made.failed)


def test_a_translation_that_breaks_the_claim_graph_is_the_worse_one() -> None:
    question = f"把下文译成英文：\n{CLAIMS}"
    made = [next(preferences([example("translate", question, ENGLISH)], seed=seed)) for seed in range(8)]
    failed = {check for each in made for check in each.failed}
    assert {"claim-graph", "claim-count"} <= failed
    assert all(each.rejected != ENGLISH for each in made)


@pytest.mark.parametrize(
    "other",
    [
        example("title", "x", CLAIMS),
        example("claims", "x", "1. 一种散热装置，其特征在于，包括基板。"),
        example("claims", "x", CLAIMS.replace("权利要求2", "权利要求3")),
        example("translate", "把下文译成英文：\n电池", "battery"),
    ],
    ids=["another task", "one claim", "wrong already", "no claims"],
)
def test_what_cannot_be_decided_makes_no_pair(other: Conversation) -> None:
    assert list(preferences([other], seed=0)) == []


def test_command(tmp_path: Path) -> None:
    said = [{"role": "user", "content": "写权利要求"}, {"role": "assistant", "content": CLAIMS}]
    (tmp_path / "d.jsonl").write_text(json.dumps({"messages": said, "task": "claims"}) + "\n", encoding="utf-8")
    done = taibao("train", "data", "preferences", "d.jsonl", "-o", "p.jsonl", home=tmp_path)
    assert (done.returncode, "1 pairs" in done.stderr.decode()) == (0, True)
    row = json.loads((tmp_path / "p.jsonl").read_text(encoding="utf-8"))
    assert row["prompt"] == said[:1]
    assert row["chosen"] == said[1:]
    assert row["rejected"][0]["content"] != CLAIMS
    (tmp_path / "e.jsonl").write_text(json.dumps({"messages": said, "task": "title"}) + "\n", encoding="utf-8")
    done = taibao("train", "data", "preferences", "e.jsonl", "-o", "q.jsonl", home=tmp_path)
    assert (done.returncode, "can be broken" in done.stderr.decode()) == (4, True)
