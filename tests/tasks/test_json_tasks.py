"""Tasks whose answers are JSON objects of a stated form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from taibao_cli.engine.base import Finish, Result
from taibao_cli.errors import RowError
from taibao_cli.tasks import TaskFileError, load_file, prepare
from taibao_cli.tasks.parse import parse
from taibao_cli.tasks.render import label_surfaces, target

TASK = """
name = "facts"
kind = "json"
[input]
sources = [["text"]]
[answer.schema]
type = "object"
required = ["problem", "means"]
[answer.schema.properties]
problem = {type = "string"}
means = {type = "array", items = {type = "string"}}
[full.zh]
user = "{text}"
[full.en]
user = "{text}"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "facts.toml"
    path.write_text(TASK)
    return path


def test_the_schema_keeps_the_order_of_the_file(file: Path) -> None:
    task = load_file(file)
    assert task.answer.schema is not None
    assert list(json.loads(task.answer.schema)["properties"]) == ["problem", "means"]
    lines = TASK.splitlines()
    first = lines.index('problem = {type = "string"}')
    lines[first], lines[first + 1] = lines[first + 1], lines[first]
    file.write_text("\n".join(lines))
    assert load_file(file).digest != task.digest
    assert label_surfaces(task, prepare(task, {"text": "一种泵"})) == ()


def test_answers_are_objects(file: Path) -> None:
    task = load_file(file)
    inputs = prepare(task, {"text": "一种泵"})
    value = {"problem": "泄漏", "means": ["密封圈"]}
    written = target(task, inputs, value)
    assert parse(task, inputs, Result("1", written, "stop")) == (value, None)
    assert parse(task, inputs, Result("1", written[:9], "cancelled")) == (None, None)


@pytest.mark.parametrize(
    ("text", "finish", "message"),
    [
        ('{"problem": "泄', "length", r"^the answer is no whole JSON object \(length\); raise --max-tokens$"),
        ("[1]", "stop", r"^the answer is no whole JSON object \(stop\); ask again or use another model$"),
    ],
)
def test_an_answer_that_broke_off_is_an_error(file: Path, text: str, finish: Finish, message: str) -> None:
    task = load_file(file)
    with pytest.raises(RowError, match=message):
        parse(task, prepare(task, {"text": "一种泵"}), Result("1", text, finish))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "json"', 'kind = "text"', "answer.schema: a task of kind json needs the schema of its answers"),
        ('type = "object"', 'type = "array"', 'answer.schema: expected a JSON schema with type = "object"'),
        ('problem = {type = "string"}', "problem = {default = 2026-01-01}", "answer.schema: dates and times are not"),
        ("[answer.schema", "[answer.form", "answer.form: unknown key"),
    ],
)
def test_a_file_that_is_wrong(file: Path, old: str, new: str, message: str) -> None:
    file.write_text(TASK.replace(old, new))
    with pytest.raises(TaskFileError, match=message):
        load_file(file)
