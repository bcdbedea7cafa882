"""Instruction data in the formats of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from taibao_cli.errors import InputError
from train.instructions.conversation import Conversation, Problem
from train.instructions.formats import read_files
from train.instructions.ranked import read_ranked


def write(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), "utf-8")
    return path


def said(item: Conversation | Problem) -> list[tuple[str, str]]:
    assert isinstance(item, Conversation), item
    return [(message.role, message.content) for message in item.messages]


ALPACA = {"instruction": "译成英文", "input": "电池", "output": "battery"}
SHAREGPT = {"conversations": [{"from": "human", "value": "电池"}, {"from": "gpt", "value": "battery"}]}
CHAT = {"messages": [{"role": "user", "content": "电池"}, {"role": "assistant", "content": "battery"}]}


def test_alpaca_with_history_and_system(tmp_path: Path) -> None:
    row = {**ALPACA, "system": "s", "history": [["一", "one"]], "公开号": "CN1A"}
    (item,) = read_files(write(tmp_path / "a.json", [row]))
    assert said(item) == [
        ("system", "s"), ("user", "一"), ("assistant", "one"), ("user", "译成英文\n电池"), ("assistant", "battery")
    ]  # fmt: skip
    assert isinstance(item, Conversation)
    assert (item.number, item.answer) == ("CN1A", "battery")


@pytest.mark.parametrize("row", [SHAREGPT, CHAT])
def test_lists_of_messages(tmp_path: Path, row: dict[str, Any]) -> None:
    (item,) = read_files(write(tmp_path / "a.jsonl", json.dumps(row) + "\n\n"))
    assert said(item) == [("user", "电池"), ("assistant", "battery")]


def test_dataset_info_names_files_columns_and_tags(tmp_path: Path) -> None:
    info = {
        "one": {"file_name": "one.json", "columns": {"prompt": "q", "query": "more", "response": "a", "system": "sys"}},
        "two": {
            "file_name": "two.jsonl",
            "formatting": "sharegpt",
            "columns": {"messages": "talk"},
            "tags": {
                "role_tag": "who",
                "content_tag": "what",
                "user_tag": "U",
                "assistant_tag": "A",
                "system_tag": "S",
            },
        },
    }
    write(tmp_path / "dataset_info.json", info)
    write(tmp_path / "one.json", [{"q": "x", "more": None, "a": "y", "sys": "z"}])
    talk = [{"who": "S", "what": "s"}, {"who": "U", "what": "u"}, {"who": "A", "what": "a"}]
    write(tmp_path / "two.jsonl", json.dumps({"talk": talk}))
    expected = [
        [("system", "z"), ("user", "x"), ("assistant", "y")],
        [("system", "s"), ("user", "u"), ("assistant", "a")],
    ]
    for path in (tmp_path, tmp_path / "dataset_info.json"):
        assert [said(item) for item in read_files(path)] == expected


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({**ALPACA, "output": None}, "output must be text"),
        ({**ALPACA, "instruction": 3}, "instruction must be text"),
        ({**ALPACA, "history": [["a"]]}, "history[1] must be a pair of texts"),
        (
            {"conversations": [{"from": "bot", "value": "x"}]},
            "conversations[1].from is 'bot'; expected human, gpt, system",
        ),
        ({"conversations": [{"from": "human", "value": 1}]}, "conversations[1].value must be text"),
        ({"conversations": [{"from": "function_call", "value": "x"}]}, "conversations[1]: tool calls (function_call)"),
        (
            {"conversations": SHAREGPT["conversations"][::-1]},
            "message 1 is of assistant; user and assistant take turns",
        ),
        ({"conversations": SHAREGPT["conversations"][:1]}, "the last message must be the assistant's answer"),
        ({"conversations": []}, "conversations must be a list of messages"),
    ],
)
def test_rows_that_are_wrong_are_problems_with_their_line(tmp_path: Path, row: dict[str, Any], text: str) -> None:
    good = ALPACA if "instruction" in row else SHAREGPT
    path = write(tmp_path / "a.jsonl", "\n".join(json.dumps(each) for each in (good, row)))
    first, second = read_files(path)
    assert isinstance(first, Conversation)
    assert isinstance(second, Problem)
    assert str(second).startswith(f"{path}:2: schema: {text}")


def test_a_system_message_of_the_conversation_comes_before_the_column(tmp_path: Path) -> None:
    info = {"x": {"file_name": "x.json", "formatting": "sharegpt", "columns": {"system": "sys", "tools": "tools"}}}
    write(tmp_path / "dataset_info.json", info)
    talk = [{"from": "system", "value": "own"}, *SHAREGPT["conversations"]]
    rows = [{"conversations": talk, "sys": "column"}, {**SHAREGPT, "sys": "column", "tools": ""}]
    write(tmp_path / "x.json", [*rows, {**SHAREGPT, "tools": "[search]"}])
    first, second, third = read_files(tmp_path)
    assert [said(item)[0] for item in (first, second)] == [("system", "own"), ("system", "column")]
    assert str(third) == f"{tmp_path / 'x.json'}:3: schema: tools: tool calls are not trained"


def test_samples_are_drawn_once_and_for_all(tmp_path: Path) -> None:
    write(tmp_path / "a.json", [{"instruction": f"{n}", "output": "x"} for n in range(50)])
    write(tmp_path / "dataset_info.json", {"x": {"file_name": "a.json", "num_samples": 5}})
    numbers = [int(said(item)[0][1]) for item in read_files(tmp_path)]
    assert numbers == [int(said(item)[0][1]) for item in read_files(tmp_path)] == sorted(set(numbers))
    assert (len(numbers), numbers != list(range(5))) == (5, True)
    write(tmp_path / "dataset_info.json", {"x": {"file_name": "a.json", "num_samples": 500}})
    assert len(list(read_files(tmp_path))) == 50


PAIR = {
    "prompt": [{"role": "user", "content": "电池"}],
    "chosen": [{"role": "assistant", "content": "battery"}],
    "rejected": [{"role": "assistant", "content": "pump"}],
}


@pytest.mark.parametrize(
    "row",
    [
        {**PAIR, "task": "translate"},
        {"instruction": "电池", "input": "", "chosen": "battery", "rejected": "pump"},
        {
            "conversations": SHAREGPT["conversations"][:1],
            "chosen": {"from": "gpt", "value": "battery"},
            "rejected": {"from": "gpt", "value": "pump"},
        },
        {"messages": PAIR["prompt"], "chosen": PAIR["chosen"][0], "rejected": PAIR["rejected"][0]},
    ],
    ids=["own", "alpaca", "sharegpt", "messages"],
)
def test_preferences_of_every_form(tmp_path: Path, row: dict[str, Any]) -> None:
    assert list(read_ranked(write(tmp_path / "p.json", [row]))) == [PAIR]


def test_a_description_may_hold_conversations_and_preferences(tmp_path: Path) -> None:
    ranked = {"file_name": "p.json", "ranking": True, "columns": {"prompt": "q", "chosen": "good", "rejected": "bad"}}
    write(tmp_path / "dataset_info.json", {"talk": {"file_name": "a.json"}, "pairs": ranked})
    write(tmp_path / "a.json", [ALPACA])
    write(tmp_path / "p.json", [{"q": "电池", "good": "battery", "bad": "pump"}])
    assert [said(item) for item in read_files(tmp_path)] == [[("user", "译成英文\n电池"), ("assistant", "battery")]]
    assert list(read_ranked(tmp_path)) == [PAIR]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({**PAIR, "chosen": [{"role": "assistant"}]}, "'content'"),
        ({**PAIR, "chosen": [{"role": "assistant", "content": 3}]}, "a message without text"),
        ({"instruction": "x", "chosen": "y"}, "'rejected'"),
        ({"instruction": "x", "chosen": "y", "rejected": 3}, "rejected must be text or a message"),
        ({"conversations": SHAREGPT["conversations"], "chosen": "y", "rejected": "z"}, "message 3 is of assistant"),
    ],
)
def test_preferences_that_are_none(tmp_path: Path, row: dict[str, Any], why: str) -> None:
    path = write(tmp_path / "p.jsonl", "\n".join(json.dumps(each) for each in (PAIR, row)))
    with pytest.raises(InputError) as caught:
        list(read_ranked(path))
    assert f"{path}:2: not a preference (prompt, chosen, rejected): " in str(caught.value)
    assert why in str(caught.value)


def test_lines_that_are_no_objects(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", f"{json.dumps(ALPACA)}\n{{oops\n[1]\n")
    _, broken, other = read_files(path)
    assert str(broken).startswith(f"{path}:2: bad json: Expecting property name")
    assert str(other) == f"{path}:3: bad json: a list, not an object"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", [{"text": "x"}], "rows have text; expected messages, conversations, or instruction and output"),
        ("a.json", [], "no examples"),
        ("a.json", "[1", "not JSON"),
        (
            "dataset_info.json",
            {"x": {"hf_hub_url": "a/b"}},
            "x: file_name is missing; data sets on a hub are not fetched",
        ),
        ("dataset_info.json", {"x": {"file_name": "a", "formatting": "toml"}}, "formatting is 'toml'"),
        (
            "dataset_info.json",
            {"x": {"file_name": "a", "columns": {"question": "q"}}},
            "x: question: unknown; known: prompt",
        ),
        (
            "dataset_info.json",
            {"x": {"file_name": "a", "ranking": True}},
            "all its data sets are preferences (ranking), for taibao train dpo",
        ),
        ("dataset_info.json", {"x": {"file_name": "a", "num_samples": 0}}, "x: num_samples is 0; a number from 1"),
        (
            "dataset_info.json",
            {"x": {"file_name": "a", "columns": {"images": "picture"}}},
            "x: images: only texts are trained here",
        ),
        ("dataset_info.json", {"x": {"file_name": "gone.json"}}, "gone.json: No such file"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, content: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        list(read_files(write(tmp_path / name, content)))
    assert message in str(caught.value)
