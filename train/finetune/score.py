"""Dev questions answered by the model while it trains, and one number from the answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from transformers import GenerationConfig

from taibao_cli.patents.language import detect
from taibao_cli.tasks.registry import builtin_tasks
from train.evaluation.metrics import rouge_l
from train.finetune.attention import ISOLATED
from train.instructions.conversation import Conversation
from train.instructions.encode import Encoder

_ROOM: Final = 16
"""Tokens that an answer may have beyond half more than the right one."""


@dataclass(frozen=True, slots=True)
class Question:
    """`gold` is the right answer of the `task`, `room` the tokens that an answer may have."""

    task: str
    prompt: tuple[int, ...]
    gold: str
    room: int


def questions_of(conversations: Sequence[Conversation], encoder: Encoder, rows: int) -> list[Question]:
    """At most `rows` of each task, spread evenly over its examples."""
    groups: dict[str, list[Conversation]] = defaultdict(list)
    for conversation in conversations:
        groups[conversation.task].append(conversation)
    found = []
    for task in sorted(groups):
        step = max(1, len(groups[task]) // rows)
        for conversation in groups[task][::step][:rows]:
            whole = next(encoder.encode([conversation.messages]))
            prompt = encoder.prompt(conversation.messages[:-1])
            room = int(1.5 * (len(whole) - len(prompt))) + _ROOM
            found.append(Question(task, tuple(prompt), conversation.answer, room))
    return found


def worth(task: str, answer: str, gold: str) -> float:
    """1 or 0 for tasks with a closed set of answers, else ROUGE-L."""
    known = builtin_tasks().get(task)
    if known is not None and known.kind in ("labels", "number"):
        return float(answer.strip() == gold.strip())
    return rouge_l(answer, gold, detect(gold))


def macro(worths: Mapping[str, Sequence[float]]) -> tuple[float, dict[str, float]]:
    """Mean of the tasks' means, and those."""
    means = {task: sum(values) / len(values) for task, values in sorted(worths.items())}
    return sum(means.values()) / len(means), means


def groups(questions: Sequence[Question], *, width: int, tokens: int) -> Iterator[list[int]]:
    """Places of the questions that are answered at once, those of like length together: at most `width`, and no more
    than `tokens` with padding and answers, where one alone does not have more."""
    group: list[int] = []
    longest = room = 0
    for at in sorted(range(len(questions)), key=lambda at: len(questions[at].prompt)):
        longest, room = len(questions[at].prompt), max(room, questions[at].room)
        if group and (len(group) == width or (len(group) + 1) * (longest + room) > tokens):
            yield group
            group, room = [], questions[at].room
        group.append(at)
    if group:
        yield group


def answers(causal: Any, questions: Sequence[Question], encoder: Encoder, *, width: int, tokens: int) -> Iterator[str]:
    """Greedy answers in the order of `questions`, in `groups`."""
    said: dict[int, str] = {}
    causal.set_attn_implementation("sdpa")
    training = causal.training
    causal.eval()
    try:
        for group in groups(questions, width=width, tokens=tokens):
            for at, text in zip(group, _answered(causal, [questions[at] for at in group], encoder), strict=True):
                said[at] = text
    finally:
        causal.set_attn_implementation(ISOLATED)
        causal.train(training)
    yield from (said[at] for at in range(len(questions)))


def _answered(causal: Any, questions: Sequence[Question], encoder: Encoder) -> list[str]:
    longest = max(len(question.prompt) for question in questions)
    ids = torch.full((len(questions), longest), encoder.end)
    seen = torch.zeros_like(ids)
    for row, question in enumerate(questions):
        ids[row, longest - len(question.prompt) :] = torch.tensor(question.prompt)
        seen[row, longest - len(question.prompt) :] = 1
    plan = GenerationConfig(
        max_new_tokens=max(question.room for question in questions),
        do_sample=False,
        eos_token_id=encoder.end,
        pad_token_id=encoder.end,
    )
    with torch.inference_mode():
        out = causal.generate(
            ids.to(causal.device), attention_mask=seen.to(causal.device), generation_config=plan, use_cache=True
        )
    kept = zip(out[:, longest:].tolist(), questions, strict=True)
    return [encoder.decode(row[: question.room]) for row, question in kept]
