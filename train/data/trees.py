"""Training trees: one shared source text and the tasks asked about it.

Several tasks over one document repeat its tokens. A tree holds the document once (the trunk) and one branch for each
task; a branch sees the trunk and itself, with positions that go on from the trunk, so every branch has exactly the
context and the loss it would have as an example of its own (tests/train/test_trees.py proves equal losses).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from taibao_cli.engine.base import Message
from taibao_cli.engine.chatml import render_chatml
from taibao_cli.tasks import Inputs, Task, render, target
from taibao_cli.tasks.task import Style
from train.tokenizer import IM_END


@dataclass(frozen=True, slots=True)
class Branch:
    """One conversation of a tree. `supervised` limits the loss to the first characters of the answer (None: all and
    the closing token); `weight` scales it."""

    messages: tuple[Message, ...]
    answer: str
    weight: float = 1.0
    supervised: int | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """Branches over a common start. `text_weight` is the language-model loss on the common part (0: none)."""

    branches: tuple[Branch, ...]
    text_weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """A tokenized tree: ids, positions, branch number (0 trunk) and loss weight of each token as a target."""

    ids: NDArray[np.int32]
    positions: NDArray[np.int32]
    branches: NDArray[np.int32]
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)


def task_branch(
    task: Task,
    inputs: Inputs,
    value: str | float,
    *,
    style: Style = "brief",
    weight: float = 1.0,
    supervised: int | None = None,
) -> Branch:
    """The training example of a task: the run-time prompt and the answer's own bytes."""
    return Branch(render(task, inputs, style), target(task, inputs, value), weight, supervised)


def tokenize_tree(tokenizer: Tokenizer, tree: Tree) -> Tokens:
    """Tokenize every branch whole, then share the longest common start of the prompts."""
    prompts = [tokenizer.encode(render_chatml(branch.messages)).ids for branch in tree.branches]
    shared = _common_start(prompts) if len(prompts) > 1 else _text_length(prompts[0], tree.text_weight)
    ids: list[int] = list(prompts[0][:shared])
    positions = list(range(shared))
    numbers = [0] * shared
    weights = [0.0] + [tree.text_weight] * (shared - 1) if shared else []
    for number, (branch, prompt) in enumerate(zip(tree.branches, prompts, strict=True), 1):
        answer, answer_weights = _answer(tokenizer, branch)
        own = prompt[shared:] + answer
        ids += own
        positions += range(shared, shared + len(own))
        numbers += [number] * len(own)
        weights += [0.0] * (len(prompt) - shared) + answer_weights
    return Tokens(
        np.array(ids, np.int32),
        np.array(positions, np.int32),
        np.array(numbers, np.int32),
        np.array(weights, np.float32),
    )


def _text_length(prompt: list[int], text_weight: float) -> int:
    """A single branch has no trunk of its own unless its prompt is trained as text."""
    return len(prompt) if text_weight else 0


def _answer(tokenizer: Tokenizer, branch: Branch) -> tuple[list[int], list[float]]:
    encoding = tokenizer.encode(branch.answer)
    ids = [*encoding.ids, tokenizer.token_to_id(IM_END)]
    if branch.supervised is None:
        return ids, [branch.weight] * len(ids)
    kept = [branch.weight if end <= branch.supervised else 0.0 for _, end in encoding.offsets]
    return ids, [*kept, 0.0]


def _common_start(prompts: Sequence[list[int]]) -> int:
    shortest = min(len(prompt) for prompt in prompts) - 1
    for at in range(shortest):
        if any(prompt[at] != prompts[0][at] for prompt in prompts):
            return at
    return shortest
