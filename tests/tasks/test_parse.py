from __future__ import annotations

import pytest

from taibao_cli.engine.base import LabelScore, Result
from taibao_cli.patents import ipc
from taibao_cli.tasks import Inputs, get, label_surfaces
from taibao_cli.tasks.parse import parse


def scored(*scores: tuple[str, float]) -> Result:
    return Result("k", scores[0][0], "label", labels=tuple(LabelScore(label, p) for label, p in scores))


def test_text_is_stripped() -> None:
    result = Result("k", "\n 第一段。\n第二段。 \n", "stop")
    assert parse(get("summarize"), Inputs("zh", "en"), result) == ("第一段。\n第二段。", None)


def test_a_one_line_task_keeps_the_first_line() -> None:
    assert parse(get("title"), Inputs("en", "zh"), Result("k", "\nPump \nNote: …", "stop")) == ("Pump", None)


def test_a_list_task_gives_values_with_the_words_of_the_language() -> None:
    result = scored(("实用新型", 0.7), ("发明", 0.2), ("外观设计", 0.1))
    assert parse(get("type"), Inputs("zh", "en"), result) == (
        "utility model",
        [
            {"label": "utility model", "p": 0.7, "title": "实用新型"},
            {"label": "invention", "p": 0.2, "title": "发明"},
            {"label": "design", "p": 0.1, "title": "外观设计"},
        ],
    )


def test_a_number_is_the_expectation_over_its_values() -> None:
    result = scored(("4", 0.5), ("3", 0.25), ("0", 0.25), ("1", 0.0), ("2", 0.0))
    output, labels = parse(get("similarity"), Inputs("en", "zh"), result)
    assert output == 0.6875
    assert labels is not None
    assert labels[:2] == [{"label": 1.0, "p": 0.5}, {"label": 0.75, "p": 0.25}]


def test_a_number_is_rounded_to_four_digits() -> None:
    result = scored(("1", 1 / 3), ("0", 2 / 3))
    assert parse(get("similarity"), Inputs("en", "zh"), result)[0] == 0.0833


def test_own_labels_come_back_as_they_are() -> None:
    result = scored(("电机", 0.6), ("电池", 0.4))
    inputs = Inputs("zh", "en", labels=("电池", "电机"))
    assert parse(get("labels"), inputs, result) == ("电机", [{"label": "电机", "p": 0.6}, {"label": "电池", "p": 0.4}])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_ipc_symbols_carry_title_path_and_edition(lang: str) -> None:
    inputs = Inputs(lang, "en")  # type: ignore[arg-type]
    symbols = label_surfaces(get("ipc"), inputs)
    assert len(symbols) == 655
    scores = [("H04L", 0.9), *((symbol, 0.1 / 654) for symbol in symbols if symbol != "H04L")]
    output, labels = parse(get("ipc"), inputs, scored(*scores))
    known = ipc.table()["H04L"]
    assert output == "H04L"
    assert labels is not None
    assert len(labels) == 10
    assert labels[0] == {
        "label": "H04L",
        "p": 0.9,
        "title": getattr(known, lang),
        "path": ["H", "H04", "H04L"],
        "edition": getattr(known, f"{lang}_edition"),
    }


def test_a_cancelled_label_request_has_no_output() -> None:
    assert parse(get("type"), Inputs("zh", "en"), Result("k", "", "cancelled")) == (None, None)
