"""The rows that `taibao bench` lets the engines answer, in the prompts of the tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from taibao_cli.batch.runner import Overrides, build_request
from taibao_cli.bench.workloads import LABELS, Count, shared_requests, text_of, translate_rows
from taibao_cli.cli.glossary import hints_of
from taibao_cli.engine.base import Request
from taibao_cli.models.registry import Model
from taibao_cli.tasks import get, prepare

NEW_TOKENS: Final = 64


@dataclass(frozen=True, slots=True)
class Workload:
    """What is asked. `rows` is how many are answered unasked."""

    rows: int
    requests: Callable[[Model, int, Count], list[Request]]


def _quick(model: Model, rows: int, measured: Count) -> list[Request]:
    return _of_task(model, "translate", translate_rows(rows), NEW_TOKENS)


def _translate(model: Model, rows: int, measured: Count) -> list[Request]:
    texts = [{"text": text_of(row, 190, measured), "lang": "zh"} for row in range(rows)]
    return _of_task(model, "translate", texts, NEW_TOKENS)


def _classify(model: Model, rows: int, measured: Count) -> list[Request]:
    texts = [{"text": text_of(row, 300, measured), "labels": list(LABELS), "lang": "zh"} for row in range(rows)]
    return _of_task(model, "labels", texts, 1)


def _summarize(model: Model, rows: int, measured: Count) -> list[Request]:
    texts = [{"text": text_of(row, 1500, measured), "lang": "zh"} for row in range(rows)]
    return _of_task(model, "summarize", texts, 128)


def _shared(model: Model, rows: int, measured: Count) -> list[Request]:
    return shared_requests(rows, measured)


WORKLOADS: Final[Mapping[str, Workload]] = {
    "translate": Workload(64, _translate),
    "classify": Workload(64, _classify),
    "summarize": Workload(16, _summarize),
    "shared": Workload(64, _shared),
}
QUICK: Final = Workload(64, _quick)
CHAT: Final = "chat"


def _of_task(model: Model, name: str, rows: list[Any], new: int) -> list[Request]:
    task, hints = get(name), hints_of(model)
    return [
        build_request(str(number), task, prepare(task, row, hints=hints), model, Overrides(max_tokens=new))
        for number, row in enumerate(rows)
    ]


@contextmanager
def token_count(path: Path) -> Iterator[Count]:
    """What counts the tokens of a text for the model at `path`."""
    if path.is_dir():
        from taibao_cli.engine.openvino.tokens import FolderVocabulary

        vocabulary = FolderVocabulary(path)
        yield lambda text: len(vocabulary.tokenize(text, parse_special=False))
        return
    from taibao_cli.engine.llamacpp.capi.model import Model as Weights

    with closing(Weights(path)) as weights:
        yield lambda text: len(weights.tokenize(text, parse_special=False))
