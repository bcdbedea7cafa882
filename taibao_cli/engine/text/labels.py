"""Exact probabilities over a closed set of labels: a token trie whose nodes are softmaxed over their children alone."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from typing import Any

ROOT = 0


class LabelTrie:
    """Token paths of all labels, each closed by the end token, so that a label and its own beginning compete.

    Nodes are numbered parents first; `ROOT` is the end of the prompt. The probability of a label is the product over
    its path of the child's share among its siblings, so all of them sum to 1.
    """

    def __init__(self, paths: Sequence[Sequence[int]], end: int) -> None:
        """Raises ValueError when two labels have the same tokens."""
        self.parent, self.token, self.depth = [ROOT], [-1], [0]
        self.children: list[dict[int, int]] = [{}]
        self._leaves: list[int] = []
        for path in paths:
            node = ROOT
            for token in (*path, end):
                node = self._child(node, token)
            self._leaves.append(node)
        if len(set(self._leaves)) < len(self._leaves):
            raise ValueError("two labels have the same tokens")
        self.longest = max(self.depth) - 1

    def _child(self, node: int, token: int) -> int:
        if token not in self.children[node]:
            self.children[node][token] = len(self.parent)
            self.parent.append(node)
            self.token.append(token)
            self.depth.append(self.depth[node] + 1)
            self.children.append({})
        return self.children[node][token]

    def branches(self, node: int) -> bool:
        """Whether the logits after this node matter: an only child has probability 1."""
        return len(self.children[node]) > 1

    def path(self, node: int) -> list[int]:
        """Nodes from below the root down to `node`."""
        nodes = []
        while node != ROOT:
            nodes.append(node)
            node = self.parent[node]
        return nodes[::-1]

    @functools.cached_property
    def inner_nodes(self) -> list[int]:
        """The nodes below the root that must be computed, parents first: those that branch and those above them."""
        branching = [node for node in range(1, len(self.parent)) if self.branches(node)]
        return sorted({above for node in branching for above in self.path(node)})

    @functools.cached_property
    def inner_paths(self) -> list[list[int]]:
        """The paths from below the root to the deepest of `inner_nodes`, sorted. Together they hold all of them."""
        parents = {self.parent[node] for node in self.inner_nodes}
        return sorted(self.path(node) for node in self.inner_nodes if node not in parents)

    def probabilities(self, logits: Mapping[int, Sequence[float]]) -> list[float]:
        """Return p of each label in the order given. `logits` holds, for each branching node, those of its children."""
        log_p = [0.0] * len(self.parent)
        for node, children in enumerate(self.children):
            shares = _log_softmax(logits[node]) if self.branches(node) else [0.0] * len(children)
            for child, share in zip(children.values(), shares, strict=True):
                log_p[child] = log_p[node] + share
        return [math.exp(log_p[leaf]) for leaf in self._leaves]


def _log_softmax(values: Sequence[float]) -> list[float]:
    top = max(values)
    total = top + math.log(math.fsum(math.exp(value - top) for value in values))
    return [value - total for value in values]


def child_logits(trie: LabelTrie, node: int, logits: Any) -> list[float]:
    """Pick the logits of a node's children, in the trie's order, from the model's row of shape (n_vocab,)."""
    return [float(value) for value in logits[list(trie.children[node])]]
