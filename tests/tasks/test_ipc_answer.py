"""Levels of the IPC: probabilities add up, an unsure answer goes back to the level above, nothing is outside the scheme."""  # noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.batch.runner import Overrides, answer_row, build_request
from taibao_cli.engine.base import Engine, LabelScore, Result
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.engine.load import load_engine
from taibao_cli.models.registry import Model, resolve
from taibao_cli.patents import ipc
from taibao_cli.patents.ipc import LEVELS
from taibao_cli.tasks import Inputs, get, label_surfaces, prepare
from taibao_cli.tasks.ipc_answer import BELOW, KEPT, SURE, ipc_labels
from taibao_cli.tasks.parse import parse

SUBCLASSES = ipc.labels("subclass")


def scores(**shares: float) -> list[LabelScore]:
    """These probabilities, what is left over all other subclasses alike."""
    rest = (1 - sum(shares.values())) / (len(SUBCLASSES) - len(shares))
    found = [LabelScore(symbol, shares.get(symbol, rest)) for symbol in SUBCLASSES]
    return sorted(found, key=lambda each: -each.p)


def test_a_sure_answer_is_a_subclass() -> None:
    labels = ipc_labels(scores(H04L=0.7, H04W=0.2), "", "zh")
    assert [label["label"] for label in labels[:2]] == ["H04L", "H04W"]
    assert (labels[0]["p"], labels[0]["path"], len(labels)) == (0.7, ["H", "H04", "H04L"], KEPT)
    assert "below" not in labels[0]


def test_an_unsure_one_goes_back_to_the_class_and_names_what_is_below() -> None:
    labels = ipc_labels(scores(H04L=0.4, H04W=0.3, H04N=0.1, G06F=0.1), "", "zh")
    assert (labels[0]["label"], labels[0]["title"]) == ("H04", ipc.table()["H04"].zh)
    assert labels[0]["p"] == pytest.approx(0.8, abs=0.01)
    assert [below["label"] for below in labels[0]["below"]] == ["H04L", "H04W", "H04N"]
    assert [below["p"] for below in labels[0]["below"]] == [0.4, 0.3, 0.1]
    assert all(len(label["label"]) == 3 for label in labels)


def test_a_very_unsure_one_to_the_section_and_no_further() -> None:
    section = ipc_labels(scores(H04L=0.25, H01M=0.2, H02J=0.15, G06F=0.3), "", "en")
    assert (section[0]["label"], [each["label"] for each in section[0]["below"]]) == ("H", ["H04", "H01", "H02"])
    nothing = ipc_labels(scores(), "", "en")
    assert len(nothing[0]["label"]) == 1
    assert nothing[0]["p"] < SURE


def test_a_level_that_was_asked_is_answered() -> None:
    asked = [LabelScore("H04", 0.3), LabelScore("G06", 0.2)]
    assert [label["label"] for label in ipc_labels(asked, "class", "en")] == ["H04", "G06"]
    assert ipc_labels(scores(H04L=0.2), "subclass", "en")[0]["label"] == "H04L"


@given(st.dictionaries(st.sampled_from(SUBCLASSES), st.floats(0, 0.2), max_size=5), st.sampled_from(["", "subclass"]))
def test_no_symbol_is_outside_the_scheme_and_probabilities_are_those_of_a_level(
    shares: dict[str, float], level: str
) -> None:
    labels = ipc_labels(scores(**shares), level, "zh")
    shown = [*labels, *labels[0].get("below", ())]
    assert {label["label"] for label in shown} <= set(ipc.table())
    assert sum(label["p"] for label in labels) <= 1.01
    assert [label["p"] for label in labels] == sorted((label["p"] for label in labels), reverse=True)
    assert len(labels[0].get("below", ())) <= BELOW


def test_every_label_that_can_be_asked_is_in_the_scheme() -> None:
    for level in LEVELS:
        asked = label_surfaces(get("ipc"), Inputs("zh", "en", level=level))
        assert len(asked) == {"section": 8, "class": 132, "subclass": 655}[level]
        assert set(asked) <= set(ipc.table())
    assert label_surfaces(get("ipc"), Inputs("zh", "en")) == SUBCLASSES


def test_an_output_row_has_the_answer_as_its_output(tmp_path: Path) -> None:
    model = Model("m", tmp_path, "0" * 64, "full", None, {})
    row = answer_row({"text": "一种电池"}, engine=FakeEngine(), model=model, default_task="ipc")
    assert row["output"] == row["labels"][0]["label"]
    unsure = Result("k", "", "label", labels=tuple(scores(H04L=0.3, H04W=0.3)))
    output, labels = parse(get("ipc"), Inputs("zh", "en"), unsure)
    assert labels is not None
    assert output == labels[0]["label"] == "H04"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load_engine(resolve(None), ctx=1024, width=2)


@pytest.mark.parametrize("text", ["一种离心泵，包括泵壳和叶轮。", "A battery pack with a cooling plate."])
def test_levels_of_the_built_in_model_add_up(engine: Engine, text: str) -> None:
    """A class has the sum of its subclasses, whether it was asked for or not."""
    task, model = get("ipc"), resolve(None)
    requests = [
        build_request(level, task, prepare(task, {"text": text, "level": level}), model, Overrides())
        for level in LEVELS
    ]
    found = {result.key: result.labels or () for result in engine.run(requests)}
    for level, size in (("section", 1), ("class", 3)):
        sums: dict[str, float] = {}
        for each in found["subclass"]:
            sums[each.label[:size]] = sums.get(each.label[:size], 0.0) + each.p
        assert {each.label for each in found[level]} == set(sums)
        for each in found[level]:
            assert each.p == pytest.approx(sums[each.label], abs=0.01)
