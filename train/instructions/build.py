"""Instruction data from raw patents: tasks in their phrasings, split by family, mixed by weights, dialogue kept in."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from taibao_cli.engine.base import Message
from taibao_cli.errors import InputError
from taibao_cli.patents.language import detect
from taibao_cli.tasks import prepare, render, target
from train.instructions.conversation import Conversation, Problem
from train.instructions.formats import read_files
from train.instructions.made import KINDS, Item, Pool, items_of
from train.instructions.patents import Patent, read_patents
from train.instructions.phrasings import phrasings
from train.manifest import file_digest

SPLITS: Final = ("train", "dev", "test")
REPORT: Final = "build.json"

ALL: Final = "all"
"""In place of a kind: all that patents give."""

OWN_PROMPT: Final = 0.5
"""Share of the examples that are asked with the task's own prompt."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How data are built. `weights` say how often an example of a kind is taken on average: 0.5 every second one, 2
    each in two phrasings; kinds that are not named have the weight `ALL` of those that patents give, else 1. `dev` and
    `test` are shares of the families."""

    weights: Mapping[str, float] = field(default_factory=dict)
    dev: float = 0.02
    test: float = 0.02
    seed: int = 1

    def check(self) -> None:
        """Raises InputError for an unknown kind, a negative weight, or shares that leave nothing to train."""
        for kind, weight in self.weights.items():
            if kind not in (*KINDS, ALL) or weight < 0:
                raise InputError(f"weight {kind}={weight:g}: kinds are {', '.join((*KINDS, ALL))}, weights 0 or more")
        if min(self.dev, self.test) < 0 or self.dev + self.test >= 1:
            raise InputError("the shares of dev and test are 0 or more and below 1 together")


@dataclass(frozen=True, slots=True)
class Built:
    """What was written: examples by split and kind, and rows that gave none."""

    counts: Mapping[str, Counter[str]]
    problems: Sequence[Problem]


def build(patents: Sequence[Path], dialogue: Sequence[Path], out: Path, plan: Plan) -> Built:
    """Write `train.jsonl`, `dev.jsonl`, `test.jsonl` and `build.json` into the new folder `out`.

    The split of a row depends on its family, number or text alone, so it stays when rows are added; a family is never
    in two of them. Everything is a function of the files and the plan.

    Raises:
        InputError: a file cannot be read, `out` exists, or the plan makes no sense.
    """
    plan.check()
    if out.exists():
        raise InputError(f"{out} exists; remove it or name another folder")
    read = [row for path in patents for row in read_patents(path)]
    said = [row for path in dialogue for row in read_files(path)]
    problems = [row for row in (*read, *said) if isinstance(row, Problem)]
    parted: dict[str, list[Patent]] = {name: [] for name in SPLITS}
    talks: dict[str, list[Conversation]] = {name: [] for name in SPLITS}
    for row in read:
        if isinstance(row, Patent):
            parted[split_of(row.family or row.number or str(row.texts), plan)].append(row)
    for talk in said:
        if isinstance(talk, Conversation):
            talks[split_of(talk.family or talk.number or talk.asked, plan)].append(talk)
    part = out.with_name(out.name + ".part")
    part.mkdir(parents=True, exist_ok=True)
    counts = {name: _write(part / f"{name}.jsonl", _rows(parted[name], talks[name], name, plan)) for name in SPLITS}
    _report(part / REPORT, (*patents, *dialogue), plan, counts, problems)
    part.rename(out)
    return Built(counts, problems)


def split_of(key: str, plan: Plan) -> str:
    """train, dev or test, by the hash of what names a family."""
    at = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64
    return "dev" if at < plan.dev else "test" if at < plan.dev + plan.test else "train"


def _rows(
    patents: Sequence[Patent], talks: Sequence[Conversation], split: str, plan: Plan
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(kind, row) in a shuffled order; only training is weighted."""
    rng = Random(f"{plan.seed}/{split}")
    weights = plan.weights if split == "train" else {}
    usual = weights.get(ALL, 1.0)
    pool, rows = Pool.of(patents), []
    for patent in patents:
        for item in items_of(patent, pool, rng):
            rows += [(item.kind, row) for row in _asked(item, _times(weights.get(item.kind, usual), rng), rng)]
    for talk in talks:
        rows += [("dialogue", _dialogue(talk))] * _times(weights.get("dialogue", 1.0), rng)
    rng.shuffle(rows)
    yield from rows


def _times(weight: float, rng: Random) -> int:
    return int(weight) + (rng.random() < weight % 1)


def _asked(item: Item, times: int, rng: Random) -> Iterator[dict[str, Any]]:
    """The item under so many phrasings, different ones as far as there are."""
    forms = phrasings()[item.kind, item.lang]
    others = rng.sample(range(1, len(forms)), len(forms) - 1)
    order = [0, *others] if rng.random() < OWN_PROMPT else [*others, 0]
    for at in range(times):
        task = forms[order[at % len(order)]]
        inputs = prepare(task, {**item.inputs, "lang": item.lang})
        messages = (*render(task, inputs, "full"), Message("assistant", target(task, inputs, item.value)))
        yield _row(messages, item.kind, item.lang, item.patent.number, item.patent.family)


def _dialogue(talk: Conversation) -> dict[str, Any]:
    return _row(talk.messages, talk.task or "chat", detect(talk.answer), talk.number, talk.family)


def _row(messages: Sequence[Message], task: str, lang: str, number: str, family: str) -> dict[str, Any]:
    said = [{"role": message.role, "content": message.content} for message in messages]
    named = {"pub_no": number, "family": family}
    return {"messages": said, "task": task, "lang": lang, **{key: value for key, value in named.items() if value}}


def _write(path: Path, rows: Iterator[tuple[str, dict[str, Any]]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    with path.open("w", encoding="utf-8") as file:
        for kind, row in rows:
            counts[kind] += 1
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return counts


def _report(
    path: Path, files: Sequence[Path], plan: Plan, counts: Mapping[str, Counter[str]], problems: Sequence[Problem]
) -> None:
    report = {
        "inputs": {str(file): file_digest(file) for file in files if file.is_file()},
        "weights": dict(plan.weights),
        "dev": plan.dev,
        "test": plan.test,
        "seed": plan.seed,
        "examples": {name: dict(sorted(count.items())) for name, count in counts.items()},
        "problems": len(problems),
        "sha256": {name: file_digest(path.parent / f"{name}.jsonl") for name in SPLITS},
    }
    path.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
