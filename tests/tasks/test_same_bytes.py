"""What a model is trained on and what it is asked are the same bytes up to the answer."""

from __future__ import annotations

from typing import Any

import pytest

from taibao_cli.batch import run
from taibao_cli.engine.base import Message, Request
from taibao_cli.engine.chatml import GENERATION_PROMPT, render_chatml
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.models.registry import Model
from taibao_cli.tasks import Task, all_tasks, get, prepare, render, target
from taibao_cli.tasks.prepare import Hints
from taibao_cli.tasks.task import Style

TEXT = {"zh": "一种泵，包括壳体1和叶轮2。\n\n所述叶轮位于壳体内。", "en": "A pump comprising a housing (1).\nIt turns."}
ANSWERS: dict[str, Any] = {"ipc": "F04D", "type": "invention", "similarity": 0.5, "entail": "neutral"}
ANSWERS |= {"relevance": "background", "judge": "right", "labels": "pump"}
MODEL_TASKS = [name for name in sorted(all_tasks()) if name not in ("ask", "judge")]


def row_for(task: Task, lang: str) -> dict[str, Any]:
    text = TEXT[lang].split("\n")[0] if task.segment else TEXT[lang]
    fields = dict.fromkeys(task.sources[0], text)
    if "messages" in fields:
        fields["messages"] = [{"role": "user", "content": TEXT[lang]}]  # type: ignore[assignment]
    return {**fields, "lang": lang, **({"labels": ["pump", "valve"]} if task.label_source == "row" else {})}


def hints(text: str, source: str, to: str) -> Hints:
    return Hints(terms=f"{source}>{to}", draft=f"draft in {to}")


class Recording(FakeEngine):
    """Keeps the requests that a run sends."""

    def __init__(self) -> None:
        self.seen: list[Request] = []
        super().__init__()

    def run(self, requests: Any) -> Any:
        return super().run(self.seen.append(request) or request for request in requests)  # type: ignore[func-returns-value]


@pytest.mark.parametrize("style", ["brief", "full"])
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", MODEL_TASKS)
def test_training_and_run_time_agree(name: str, lang: str, style: Style, tmp_path: Any) -> None:
    task = get(name)
    if name == "chat" and style == "brief":
        pytest.skip("such a model does not chat: the primer answers")
    row = row_for(task, lang)
    inputs = prepare(task, row, hints=hints)  # type: ignore[arg-type]
    answer = target(task, inputs, ANSWERS.get(name, "answer"))
    trained = render_chatml((*render(task, inputs, style), Message("assistant", answer)), add_generation_prompt=False)
    engine = Recording()
    model = Model("m", tmp_path, "0" * 64, style, None, {})
    (answered,) = run([row], engine=engine, model=model, default_task=name, hints=hints)  # type: ignore[arg-type]
    assert answered["error"] is None
    (request,) = filter(None, engine.seen)
    asked = render_chatml(request.messages)
    assert asked.endswith(GENERATION_PROMPT)
    assert trained == f"{asked}{answer}<|im_end|>\n"
    assert request.labels is None or answer in request.labels
